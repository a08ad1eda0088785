"""A request as it came over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

FAULTS_UNSUPPORTED = (
    "this server cannot break connections, so a rule with `fault` cannot be carried out; "
    "run `simulator serve`, or use the in-process transport"
)


class Request(msgspec.Struct, frozen=True, gc=False):
    """A request as it came over the wire."""

    method: str
    path: str  # still percent-encoded, so that `%2F` does not split a segment
    query: str
    headers: Mapping[str, str]  # names in lower case
    raw: bytes | None  # None: a body larger than the simulator accepts
    scheme: str = "http"
    root_path: str = ""  # where the simulator is mounted in another application
    faults_supported: bool = True  # whether the server that received it can break connections

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        headers = self.headers
        texts = "".join([self.path, self.query, *headers, *headers.values()])
        return len(texts) + 4 * len(headers) + len(self.raw or b"")

    @property
    def parameters(self) -> Mapping[str, str]:
        """Query parameters, decoded; of a name that is repeated, the last."""
        query = self.query
        if not query:
            return {}
        if "%" in query or "+" in query:
            return dict(parse_qsl(query, keep_blank_values=True))
        pairs = [pair.partition("=") for pair in query.split("&") if pair]  # the same in less time
        return {name: value for name, _, value in pairs}

    @property
    def origin(self) -> str:
        """Scheme, host and mount path under which the client reached the simulator."""
        return f"{self.scheme}://{self.headers.get('host') or '127.0.0.1'}{self.root_path}"
