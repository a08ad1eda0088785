"""Explanations of keys: the account that a key opened, or why it opened none, and which keys do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.engine.journal import Entry
from simulator.engine.masking import ELLIPSIS, shorten, shorten_key, split_credential
from simulator.engine.world import World
from simulator.openapi.operation import MAX_KEY, Operation, Scheme
from simulator.provider.bound import BoundProvider

MAX_KEY_FORMS = 3
MAX_KEYS = 10  # of a closed world that are shown
KINDS = (("digits", "09", "af"), ("hex digits", "09af", "gz"), ("letters or digits", "09azAZ", "_-"))  # fit, and do not
AUTHENTICATION_ERRORS = {"UNAUTHORIZED", "INVALID_KEY", "WRONG_KEY"}


def explain_key(entry: Entry, world: World, bound: BoundProvider | None, operation: Operation | None) -> Iterator[str]:
    """Yield sentences about the account of a request; for a rejected key what it lacks, and which keys are accepted."""
    if entry.tenant:
        yield f"Authenticated as account {shorten(entry.tenant)!r}."
        return
    if bound is None or operation is None or entry.error not in AUTHENTICATION_ERRORS:
        yield "No account was used."
        return
    listed, is_open = world.scenario.keys(bound.name), world.scenario.open
    usual = [*bound.provider.keys, *listed] if is_open else listed
    keys = [(scheme, key) for scheme in operation.schemes for key in usual if scheme.pattern.fullmatch(key)]
    forms = [_presented(scheme, f"{_prefix(scheme, key)}…" if is_open else shorten_key(key)) for scheme, key in keys]
    problem = "The request has no key" if entry.error == "UNAUTHORIZED" else "The key matched no account"
    expected = " or ".join(list(dict.fromkeys(forms))[:MAX_KEY_FORMS])
    yield f"{problem} (expected {expected})." if expected else f"{problem} (this world has no keys for {bound.name})."
    yield from _faults(entry, bound, operation, [*bound.provider.keys, *listed])
    if not is_open and listed:
        shown = ", ".join(shorten_key(key) for key in listed[:MAX_KEYS])
        more = f" and {len(listed) - MAX_KEYS} more" if len(listed) > MAX_KEYS else ""
        yield (
            f"This world is closed: only the keys that its scenario lists work, for {bound.name} {shown}{more}; "
            f"GET /_simulator/worlds/{world.name} has them in full."
        )


def _faults(entry: Entry, bound: BoundProvider, operation: Operation, examples: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the header that carries the key, or with the form of the key."""
    headers = entry.request.headers
    given = [scheme for scheme in operation.schemes if scheme.header in headers]
    for scheme in given[:1]:
        word, key = split_credential(headers[scheme.header])
        if scheme.basic:
            if scheme.read({scheme.header: headers[scheme.header]}) is None:
                yield f"The header {scheme.header} does not hold Basic and user:password in base64."
            return
        if scheme.bearer and not word:
            yield f"The header {scheme.header} holds the key alone; expected Bearer before it."
        elif word and not scheme.bearer:
            yield f"The header {scheme.header} has the word {word.strip()} before the key; expected the key alone."
        if any(accepted.match(key) for accepted in bound.spec.schemes.values()):
            return
        if len(key) > MAX_KEY:
            yield f"The key has {len(key)} characters, expected at most {MAX_KEY}."
            return
        forms = dict.fromkeys(_form(scheme, example) for example in examples if scheme.pattern.fullmatch(example))
        if forms:
            title, expected = bound.spec.title, " or ".join(list(forms)[:MAX_KEY_FORMS])
            yield f"The key, of {len(key)} characters, does not have the form of {title}'s keys: expected {expected}."


def _presented(scheme: Scheme, shown: str) -> str:
    """Return how a request presents a key, of which only this is shown."""
    if scheme.place == "header":
        word = "Bearer " if scheme.bearer else "Basic " if scheme.basic else ""
        return f"{scheme.header}: {word}{shown}"
    return f"{scheme.parameter}={shown} in the {scheme.place}"


def _form(scheme: Scheme, example: str) -> str:
    """Return the form of a key by an example: how all keys begin and, where all are of the same length, what follows."""
    fits, prefix = scheme.pattern.fullmatch, _prefix(scheme, example)
    is_fixed = not fits(example[:-1]) and not fits(f"{example}{example[-1]}")
    if not is_fixed:
        return f"{prefix}…"
    rest = len(example) - len(prefix)
    kind = next(
        (kind for kind, samples, others in KINDS if _allows(scheme, example, len(prefix), samples, others)), "characters"
    )
    return f"{prefix} and {rest} {kind}" if prefix else f"{rest} {kind}"


def _prefix(scheme: Scheme, example: str) -> str:
    """Return what all keys of a form begin with: as much of an example as no other character may take the place of."""
    for place in range(len(example)):
        if any(_allows(scheme, example, place, other) for other in "0aZ_" if other != example[place]):
            return example[:place]
    return shorten_key(example).removesuffix(ELLIPSIS)


def _allows(scheme: Scheme, example: str, place: int, samples: str, others: str = "") -> bool:
    """Return whether all samples, and none of the others, may stand at a place of a key."""
    fits = scheme.pattern.fullmatch
    return all(bool(fits(example[:place] + one + example[place + 1 :])) == (one in samples) for one in samples + others)
