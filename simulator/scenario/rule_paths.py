"""Paths of rules that no request can have, and the paths that were probably meant."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.scenario.matching import decoded_pattern, patterns_overlap

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
HOST = re.compile(
    r"https?:|(?:localhost|[0-9]+(?:\.[0-9]+){3}|\[[0-9a-f:]*\])(?::[0-9]+)?", re.IGNORECASE
)  # as the first segment of a path
PLACEHOLDER = re.compile(r"(?<=/)(?:<[^/<>]*>|:[A-Za-z_][A-Za-z0-9_]*)(?=/|$)")  # of a template, as web frameworks write them
WORLD_PREFIX = re.compile(r"/w/[^/]*(?=/|$)")
MAX_COMPARED = 200  # characters of a path that are compared with all routes
NEEDS_ESCAPE = re.compile(r"[^!-~]")
SAFE = "/*%:@!$&'()+,;=-._~[]|^`\"<>\\"  # everything printable that is not reported for another reason


def path_faults(path: str, providers: Mapping[str, BoundProvider], first_segments: Container[str]) -> Iterator[str]:
    """Yield why no request to a provider can have a path that matches; the first is the one to report.

    `first_segments` are those of the routes of the rule's providers, which are no prefix even if they look like one.
    """
    if URL.match(path):
        yield f"found the URL {path!r}, expected the path alone: {urlsplit(path).path or '/'}"
    if path.startswith("//"):
        yield f"{path!r} begins with two slashes, as a URL without its scheme does; expected the path alone: {_path_of(path)}"
    if "#" in path:
        yield f"{path!r} has a fragment, which no client sends; expected {path.partition('#')[0] or '/'}"
    if "?" in path:
        yield f"{path!r} has a query, which is not a part of the path; expected {path.partition('?')[0] or '/'} and when.query"
    if path[0] not in "/*":
        yield f"{path!r} has no leading slash; did you mean /{path}?"
    yield from _template_faults(path)
    if NEEDS_ESCAPE.search(path):
        yield f"{path!r} has characters that a request has percent-encoded; expected {quote(path, safe=SAFE)}"
    if re.match(r"/_simulator(?:[/*]|$)", path):
        yield f"{path!r} is a path of the control API, for which there are no rules"
    yield from _prefix_faults(path, providers, first_segments)


def _template_faults(path: str) -> Iterator[str]:
    """Yield why a path is one that a program writes, and no client sends."""
    if "{" in path or "}" in path:
        pattern = re.sub(r"\{[^}]*\}?|\}", "*", path)
        yield f"{path!r} is a template, and no request has braces in its path; expected {pattern}, where * stands for any text"
    if PLACEHOLDER.search(path):
        pattern = PLACEHOLDER.sub("*", path)
        yield f"{path!r} is a template, and no request has its placeholders; expected {pattern}, where * stands for any text"
    if not {".", ".."}.isdisjoint(path.split("/")):
        yield f"{path!r} has segments of dots, which clients resolve before they send it; expected {_resolved(path)}"


def _path_of(path: str) -> str:
    """Return what is probably meant by a path that begins with two slashes: if a host follows, what is behind it."""
    host, slash, rest = path.lstrip("/").partition("/")
    return f"/{rest}" if "." in host or ":" in host else f"/{host}{slash}{rest}"


def _resolved(path: str) -> str:
    """Return a path as clients send it: without segments of dots (RFC 3986, 5.2.4)."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[max(1, len(segments) - 1) :]  # never what is before the leading slash
        elif segment != ".":
            segments.append(segment)
    return "/".join(segments) if len(segments) > 1 else "/"


def _is_host(text: str, providers: Mapping[str, BoundProvider]) -> bool:
    return any(text.partition(":")[0].lower() in bound.spec.hosts for bound in providers.values())


def base_path_fault(path: str, providers: Iterable[BoundProvider]) -> str:
    """Return the fault of a path that no provider has, and one would have below the path of its base URL; empty for none."""
    candidates = list(providers)
    if "*" in path and len(candidates) > 1:  # which of them is meant can only be guessed
        return ""
    if len(path) > MAX_COMPARED or any(_is_at(path, bound) for bound in candidates):
        return ""
    for bound in candidates:
        whole = bound.spec.base_path + path
        if bound.spec.base_path and path.startswith("/") and _is_at(whole, bound):
            return f"{path!r} lacks the path of the base URL of {bound.name}; expected {whole}"
    return ""


def _is_at(path: str, bound: BoundProvider) -> bool:
    """Return whether a provider has a route for a path, or may have one that matches the pattern."""
    if "*" not in path:
        return bound.spec.router.find(path) is not None
    start = path.partition("*")[0]
    return any(
        can_match(path, bound, operation)
        for operation in bound.spec.operations.values()
        if _begin_alike(start, operation.path.partition("{")[0])  # quicker than to compare the patterns
    )


def _begin_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _prefix_faults(path: str, providers: Mapping[str, BoundProvider], first_segments: Container[str]) -> Iterator[str]:
    """Yield the fault of a path that begins with a host, or with the prefix of a world, of a provider, or of both."""
    host, slash, others = path[1:].partition("/")
    if host not in first_segments and (HOST.fullmatch(host) or _is_host(host, providers)):
        yield f"{path!r} begins with a host, as a URL does; expected the path alone: {slash}{others or '/'}"
    rest, prefixes = path, []
    if "w" not in first_segments and (match := WORLD_PREFIX.match(path)):
        rest = path[match.end() :] or ("/*" if "*" in match[0] else "/")
        prefixes.append("a world")
    segment = rest[1:].partition("/")[0]
    written = segment.removesuffix("*")  # `/cartesia*` is no more a provider's own path than `/cartesia/*`
    if unquote(written).lower() in providers and segment not in first_segments and written not in first_segments:
        rest = rest[1 + len(written) :] or "/"
        prefixes.append("a provider")
    if prefixes:
        yield f"{path!r} begins with the prefix of {' and '.join(prefixes)}; expected the provider's own path: {rest}"


def can_match(path: str, bound: BoundProvider, operation: Operation) -> bool:
    """Return whether a request to an operation can have a path that matches the one of a rule."""
    if "*" in path:
        return patterns_overlap(decoded_pattern(path), decoded_pattern(template_pattern(operation)))
    match = bound.spec.router.find(path)
    return match is not None and operation.id in match.operations.values()


def template_pattern(operation: Operation) -> str:
    """Return the path of an operation with `*` for its parameters."""
    return re.sub("{[^}]*}", "*", operation.path)
