"""YAML as it is written in specs and scenarios, with the lines of its parts.

An installed package reads JSON in the place of its own files, so a server mostly needs no YAML: the parser and PyYAML are
brought in when something of them is first looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.documents.yaml.parsing import YamlError, compose, line_of, parse, parse_foreign, plain_text

__all__ = ["YamlError", "compose", "line_of", "parse", "parse_foreign", "plain_text"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from simulator.documents.yaml import parsing  # noqa: PLC0415

        return getattr(parsing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
