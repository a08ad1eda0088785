"""Paths of rules that no request can have, and the paths that were probably meant."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from urllib.parse import quote, urlsplit

from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.scenario.matching import decoded_pattern, patterns_overlap

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
WORLD_PREFIX = re.compile(r"/w/[^/*]+(?=/)")
NEEDS_ESCAPE = re.compile(r"[^!-~]")
SAFE = "/*%:@!$&'()+,;=-._~[]|^`\"<>\\"  # everything printable that is not reported for another reason


def path_faults(path: str, providers: Container[str], first_segments: Container[str]) -> Iterator[str]:
    """Yield why no request to a provider can have a path that matches; the first is the one to report.

    `first_segments` are those of the routes of the rule's providers, which are no prefix even if they look like one.
    """
    if URL.match(path):
        yield f"found the URL {path!r}, expected the path alone: {urlsplit(path).path or '/'}"
    if "#" in path:
        yield f"{path!r} has a fragment, which no client sends; expected {path.partition('#')[0] or '/'}"
    if "?" in path:
        yield f"{path!r} has a query, which is not a part of the path; expected {path.partition('?')[0] or '/'} and when.query"
    if path[0] not in "/*":
        yield f"{path!r} has no leading slash; did you mean /{path}?"
    if "{" in path or "}" in path:
        pattern = re.sub(r"\{[^}]*\}?|\}", "*", path)
        yield f"{path!r} is a template, and no request has braces in its path; expected {pattern}, where * stands for any text"
    if NEEDS_ESCAPE.search(path):
        yield f"{path!r} has characters that a request has percent-encoded; expected {quote(path, safe=SAFE)}"
    if path.startswith("/_simulator/"):
        yield f"{path!r} is a path of the control API, for which there are no rules"
    yield from _prefix_faults(path, providers, first_segments)


def _prefix_faults(path: str, providers: Container[str], first_segments: Container[str]) -> Iterator[str]:
    """Yield the fault of a path that begins with the prefix of a world, of a provider, or of both."""
    rest, prefixes = path, []
    if "w" not in first_segments and (match := WORLD_PREFIX.match(path)):
        rest = path[match.end() :]
        prefixes.append("a world")
    segment = rest[1:].partition("/")[0]
    if segment in providers and segment not in first_segments:
        rest = rest[1 + len(segment) :] or "/"
        prefixes.append("a provider")
    if prefixes:
        yield f"{path!r} begins with the prefix of {' and '.join(prefixes)}; expected the provider's own path: {rest}"


def can_match(path: str, bound: BoundProvider, operation: Operation) -> bool:
    """Return whether a request to an operation can have a path that matches the one of a rule."""
    if "*" in path:
        return patterns_overlap(decoded_pattern(path), decoded_pattern(template_pattern(operation)))
    match = bound.spec.router.find(path)
    return match is not None and operation in match.operations.values()


def template_pattern(operation: Operation) -> str:
    """Return the path of an operation with `*` for its parameters."""
    return re.sub("{[^}]*}", "*", operation.path)
