"""What a client leaves open when it is stopped; the end of a process would close it."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def closable() -> Iterator[None]:
    """Let `close` look only at what is made until the end of the block: all that is older would take it too long."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def close(error: BaseException | None) -> None:
    """Close the files and databases that nothing but the frames of an error still holds.

    A connection of sqlite3 is part of a reference cycle, and keeps its lock until that is collected.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__
    gc.collect()
