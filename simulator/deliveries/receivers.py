"""Receivers in this process: what kind of callable one is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

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
