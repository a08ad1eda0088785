"""Keys in requests: recorded as others of the same form, and replaced by those of a world when they are sent again."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.engine.masking import split_credential
from simulator.lab.traffic.pseudonyms import Pseudonyms
from simulator.openapi.operation import Scheme
from simulator.provider.bound import BoundProvider

INVALID = "not-a-valid-key"


def scheme_of(bound: BoundProvider, key: str) -> Scheme | None:
    """Return the security scheme whose keys have the form of this one."""
    return next((scheme for scheme in bound.spec.schemes.values() if scheme.match(key)), None)


def places(bound: BoundProvider) -> tuple[frozenset[str], frozenset[str]]:
    """Return the headers and the query parameters, or cookies, that carry keys."""
    schemes = [*bound.spec.schemes.values()]
    headers = frozenset(scheme.header for scheme in schemes if scheme.header)
    return headers | {"authorization"}, frozenset(scheme.parameter for scheme in schemes if scheme.parameter)


def masked(bound: BoundProvider, pseudonyms: Pseudonyms, value: str) -> str:
    """Return the value of a header or parameter with another key of the same form."""
    word, key = split_credential(value)
    return word + masked_key(bound, pseudonyms, key)


def masked_key(bound: BoundProvider, pseudonyms: Pseudonyms, key: str) -> str:
    """Return another key of the same form; the provider's demo keys are public."""
    if key in bound.provider.keys:
        return key
    scheme = scheme_of(bound, key)
    match = scheme.match(key) if scheme else None
    if scheme is None or match is None or not scheme.is_specific:
        return INVALID if scheme is None else pseudonyms.of(key)
    if scheme.names_tenant:
        start, end = match.span("tenant")
    else:
        start = max((_shared(key, demo) for demo in bound.provider.keys), default=0)
        end = len(key)
    other = key[:start] + pseudonyms.of(key[start:end]) + key[end:]
    if scheme.match(other):
        return other
    return next((demo for demo in bound.provider.keys if scheme.match(demo)), INVALID)


def own_key(bound: BoundProvider, keys: Iterable[str], key: str) -> str | None:
    """Return the first of some keys that opens what a key opens; None if no scheme has keys of this form."""
    scheme = scheme_of(bound, key)
    if scheme is None:
        return None
    families = [demo for demo in keys if scheme.match(demo)]
    return max(families, key=lambda demo: _shared(key, demo), default=None)


def _shared(one: str, other: str) -> int:
    """Return how many characters two keys begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))
