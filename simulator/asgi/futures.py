"""Waiting in an event loop for what another thread does."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future
from typing import Any

import anyio
import anyio.to_thread
from msgspec import structs

from simulator.http.response import Held, Response


async def result_of(future: Future[Any]) -> Any:
    """Return the result of a future; in asyncio without a thread, and without cancelling it with the task."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # trio
        return await anyio.to_thread.run_sync(future.result, abandon_on_cancel=True)
    done = asyncio.Event()

    def wake(_: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(wake)
    await done.wait()
    return future.result()


async def settled_async(response: Response) -> Response:
    """Wait for what a response waits for, and return the one to send; one that is held at a gate stays as it is."""
    while response.after is not None and not isinstance(response.after, Held):
        response = await result_of(response.after) or structs.replace(response, after=None)
    return response
