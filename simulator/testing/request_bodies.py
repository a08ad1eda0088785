"""The bodies of the requests that make worlds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.testing.control_transport import Json


def document_of(path: str | Path, **others: Any) -> bytes:
    """Return the document of a world from its file.

    Raises:
        ValueError: what else the document says is given beside it.
    """
    for option, value in others.items():
        if value is not None:
            raise ValueError(f"load={str(path)!r} has its own {option}; leave out {option}={value!r}")
    return Path(path).read_bytes()


def body_of(scenario: str | Json | Path | None, seed: int | None) -> Json | str:
    """Return the body of the request that makes a world.

    Raises:
        OSError: the file cannot be read.
        ValueError: a seed was given for a file, or the file is given as a text.
    """
    if isinstance(scenario, str) and scenario.endswith((".yaml", ".yml")):
        raise ValueError(f"{scenario!r} is a file, expected the name of a scenario; for a file pass pathlib.Path({scenario!r})")
    if isinstance(scenario, Path):
        if seed is not None:
            raise ValueError(f"{scenario} says its own seed; another can be given to a named or an inline scenario")
        try:
            return scenario.read_text(encoding="utf-8")
        except OSError as error:
            raise type(error)(error.errno, f"the scenario cannot be read: {error.strerror}", str(scenario)) from None
    members = {"scenario": scenario, "seed": seed}
    return {key: value for key, value in members.items() if value is not None}
