"""Memory that is free, given back to the system: glibc keeps most of it, so that a server would stay as large as it ever was.

Other C libraries do so by themselves, or have no such functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import sys
import time

M_MMAP_THRESHOLD = -3  # of malloc.h
LARGE = 128 * 1024  # bytes of a block that is given back as soon as it is freed
PAUSE = 5.0  # seconds
WORK = 0.5  # seconds of work after which there may be something to give back


def return_large_blocks() -> None:
    """Give each large block back when it is freed; see mallopt(3), "dynamic mmap threshold"."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)


async def keep_returning() -> None:
    """Give the rest back now and then, when the server has worked; see malloc_trim(3), which lets other threads go on."""
    worked = time.process_time()
    while True:
        await asyncio.sleep(PAUSE)
        if time.process_time() - worked > WORK:
            worked = time.process_time()
            await asyncio.to_thread(_trim)


def _trim() -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
