"""A simulator that looks at what it is doing, at every tick of the CPU time that it takes.

`python -m bench.sampling PORT FILE` counts from the moment that it gets SIGUSR1, and writes the counts when it ends.
"""

from __future__ import annotations

import asyncio.runners
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

import simulator
from simulator.cli.main import main as command

EVERY = 0.001  # seconds of CPU time; the kernel's clock may tick less often
PACKAGE = str(Path(simulator.__file__).parent)
STORY = str(Path(PACKAGE, "engine", "pipeline.py"))
LOOP = asyncio.runners.__file__  # what is above has started the event loop


def main() -> None:
    """Serve, and look on."""
    port, file = sys.argv[1:]
    seen: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        seen[where(frame)] += 1

    signal.signal(signal.SIGPROF, look)
    signal.signal(signal.SIGUSR1, lambda *_: seen.clear())
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        command(["serve", "--port", port])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(file).write_text(json.dumps(seen), encoding="utf-8")


def where(frame: FrameType | None) -> str:
    """The step of the pipeline and what it has called; outside of the pipeline, the function and what it has called."""
    inner: list[CodeType] = []  # of the frames that were passed, the innermost first
    outside = ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename == STORY and code.co_name == "answer":
            return " › ".join([_name(code), *map(_name, inner[:-3:-1])])
        if not outside and code.co_filename.startswith(PACKAGE):
            outside = " › ".join([_name(code), *map(_name, inner[-1:])])
        if code.co_filename == LOOP:
            return outside or "event loop"
        inner.append(code)
        frame = frame.f_back
    return outside


def _name(code: CodeType) -> str:
    path = Path(code.co_filename)
    module = path.parent.name if path.stem == "__init__" else path.stem
    return f"{module}.{code.co_qualname}".replace("<locals>.", "").replace("<string>.", "")


if __name__ == "__main__":
    main()
