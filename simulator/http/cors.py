"""CORS: which web pages may call the providers, by the Fetch standard (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import structs

from simulator.http.request import Request
from simulator.http.response import Response

ORIGIN = r"^(\*|null|[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~%:\[\]-]+)$"
EXPECTED = "expected one such as https://app.example.com, or * for every origin"

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
MAX_AGE = 600  # seconds in which a browser need not ask again

_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z, -]+")  # of headers, separated by commas
_DEFAULT_PORT = re.compile(r"^(http://[^/]+):80$|^(https://[^/]+):443$")  # which browsers leave out


class Origins:
    """The origins whose pages may call providers; without any, CORS is off."""

    def __init__(self, origins: Iterable[str] = ()) -> None:
        """Allow `origins`, or with `*` all.

        Raises:
            ValueError: one of them is not an origin.
        """
        self.origins = tuple(_checked(origin) for origin in origins)

    @classmethod
    def named(cls, origins: str) -> Origins:
        """Return the origins of a list that is separated by commas.

        Raises:
            ValueError: one of them is not an origin.
        """
        return cls(origin for origin in origins.split(",") if origin.strip())

    def __bool__(self) -> bool:
        return bool(self.origins)

    def preflight(self, request: Request) -> Response:
        """Return the response to a preflight: what the page may send, or why it may send nothing."""
        granted = self._granted(request)
        if not granted:
            body = (
                f"This origin may not call the providers, only {', '.join(self.origins)}; "
                "add it to --cors-origins, SIMULATOR_CORS_ORIGINS, or `cors` of the scenario.\n"
            ).encode()
            return Response(403, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))], body)
        headers = [*granted, ("Access-Control-Allow-Methods", METHODS), ("Access-Control-Max-Age", str(MAX_AGE))]
        names = request.headers.get("access-control-request-headers", "")
        if _NAMES.fullmatch(names):  # by name: `*` would not include Authorization
            headers.append(("Access-Control-Allow-Headers", names))
        return Response(204, headers, b"")

    def shared(self, request: Request, response: Response) -> Response:
        """Return a response that the page may read, with all its headers; those of a rule outrank ours."""
        granted = self._granted(request)
        if not granted or any(name.lower() == "access-control-allow-origin" for name, _ in response.headers):
            return response
        return structs.replace(response, headers=[*response.headers, *granted, ("Access-Control-Expose-Headers", "*")])

    def _granted(self, request: Request) -> list[tuple[str, str]]:
        """Return the headers that let the page of a request through; none if its origin is not allowed."""
        origin = request.headers.get("origin", "")
        if "*" in self.origins:
            return [("Access-Control-Allow-Origin", "*")]
        if origin.lower() in self.origins:
            return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        return []


def is_preflight(request: Request) -> bool:
    """Return whether a browser asks what a page may send."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def _checked(origin: str) -> str:
    origin = origin.strip()
    if not re.fullmatch(ORIGIN, origin):
        raise ValueError(f"{origin!r} is not an origin; {EXPECTED}")
    return _DEFAULT_PORT.sub(r"\1\2", origin.lower())
