"""A JSON object of which only those parts are decoded that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

DEPTH = 2  # levels below the first: of an OpenAPI document the path items, and the kinds of its components


class Parts(Mapping[str, Any]):
    """A mapping of the members of a JSON object; objects down to a depth are such mappings too, all others plain values."""

    __slots__ = ("_decoded", "_depth", "_undecoded")

    def __init__(self, text: bytes | msgspec.Raw, depth: int = DEPTH) -> None:
        self._undecoded = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        self._decoded: dict[str, Any] = {}
        self._depth = depth

    def __getitem__(self, name: str) -> Any:
        if name not in self._decoded:  # of threads that decode it at the same time, one keeps its value
            self._decoded.setdefault(name, self._decode(self._undecoded[name]))
        return self._decoded[name]

    def _decode(self, text: msgspec.Raw) -> Any:
        is_object = bytes(memoryview(text)[:1]) == b"{"
        return Parts(text, self._depth - 1) if is_object and self._depth else msgspec.json.decode(text)

    def __contains__(self, name: object) -> bool:
        return name in self._undecoded

    def __iter__(self) -> Iterator[str]:
        return iter(self._undecoded)

    def __len__(self) -> int:
        return len(self._undecoded)
