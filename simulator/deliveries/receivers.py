"""Receivers in this process: what kind of callable one is, and how a function is called that may take its time."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any

NAME = "webhook receiver"  # of the thread in which a function is called
EXPECTED = "expected an ASGI application, or a function of one request"
WSGI = (
    "a WSGI application, such as of Flask or Django's get_wsgi_application(), cannot receive webhooks; "
    "wrap it, as in asgiref.wsgi.WsgiToAsgi(app), or pass a function of one request that calls it"
)


def is_asgi(target: Callable[..., Any]) -> bool:
    """Return whether a target is an ASGI application, which takes scope, receive and send; if not, it is a function.

    Raises:
        TypeError: it is neither: it takes no single argument.
    """
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # such as of some functions in C
        return False
    parameters = signature.parameters.values()
    required = [one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    if len(required) == 3:
        return True
    try:
        signature.bind(None)
    except TypeError as error:
        if required[1:] == ["start_response"]:
            raise TypeError(f"{target!r}: {WSGI}") from None
        raise TypeError(f"{target!r} cannot be called with a request: {error}; {EXPECTED}") from None
    return False


class Turns:
    """Calls functions one after the other, each in a thread that ends with it: one that waits keeps nobody but the next."""

    def __init__(self) -> None:
        self._turn: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Return a future that holds what a function has returned or raised."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._turn[0] is not loop:  # after a fork, too, in which no call is under way
            self._turn = loop, asyncio.Lock()
        async with self._turn[1]:
            ended, outcome, context = loop.create_future(), Future[Any](), copy_context()

            def work() -> None:
                try:
                    outcome.set_result(context.run(function, *arguments))
                except BaseException as error:  # noqa: BLE001  (whatever the code of a test raises)
                    outcome.set_exception(error)
                with contextlib.suppress(RuntimeError):  # the simulator was closed meanwhile
                    loop.call_soon_threadsafe(_end, ended)

            threading.Thread(target=work, name=NAME, daemon=True).start()
            await ended
        return outcome


def _end(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
