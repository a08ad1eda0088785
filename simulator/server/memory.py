"""Memory that is free, given back to the system: glibc keeps most of it, so that a server would stay as large as it ever was.

Other C libraries do so by themselves, or have no such functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import sys
import time

M_MMAP_THRESHOLD = -3  # of malloc.h
LARGE = 128 * 1024  # bytes of a block that is given back as soon as it is freed
PAUSE = 5.0  # seconds
WORK = 0.5  # seconds of work after which there may be something to give back
FREED = 50_000  # Python objects, less than there were, after which Python looks for what it keeps free itself


def return_large_blocks() -> None:
    """Give each large block back when it is freed; see mallopt(3), "dynamic mmap threshold"."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)


async def keep_returning() -> None:
    """Give the rest back now and then, when the server has worked; see malloc_trim(3), which lets other threads go on.

    Where many objects are gone, such as those of deleted worlds, Python keeps some of them for reuse, all over the memory that
    the others took: only a full collection frees these. It is short then, as few are left that it must look at.
    """
    worked, most = time.process_time(), sys.getallocatedblocks()
    while True:
        await asyncio.sleep(PAUSE)
        most = max(most, sys.getallocatedblocks())
        if most - sys.getallocatedblocks() > max(FREED, most // 4):
            gc.collect()
            most = sys.getallocatedblocks()
        if time.process_time() - worked > WORK:
            worked = time.process_time()
            await asyncio.to_thread(_trim)


def _trim() -> None:
    with contextlib.suppress(AttributeError, OSError, TypeError):
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
