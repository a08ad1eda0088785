"""Exceptions that come from outside while the simulator works in somebody else's process, such as the timeout of a test."""

from __future__ import annotations

from types import FrameType, TracebackType


def is_from_outside(error: BaseException) -> bool:
    """Return whether an exception passes as it is: it is a timeout, or a signal handler raised it.

    The simulator never waits, so a TimeoutError is not its own. A handler is called with the frame that it interrupts.
    """
    return isinstance(error, TimeoutError) or any(map(_is_handler, *_frames(error.__traceback__)))


def _frames(trace: TracebackType | None) -> tuple[list[FrameType], list[FrameType]]:
    """Return the frames of a traceback but the last, and those that they called."""
    frames = []
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    return frames[:-1], frames[1:]


def _is_handler(interrupted: FrameType, called: FrameType) -> bool:
    for value in called.f_locals.values():
        if any(item is interrupted for item in (value if isinstance(value, tuple) else (value,))):
            return True
    return False
