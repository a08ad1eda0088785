"""Explanations of keys: the account that a key opened, or why it opened none, and which keys do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.engine.journal import Entry
from simulator.engine.masking import shorten, shorten_key, split_credential
from simulator.engine.world import World
from simulator.openapi.operation import MAX_KEY, Operation, Scheme
from simulator.provider.bound import BoundProvider

MAX_KEY_FORMS = 3
MAX_KEYS = 10  # of a closed world that are shown
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
    forms = [_presented(scheme, key) for scheme in operation.schemes for key in usual if scheme.pattern.fullmatch(key)]
    problem = "The request has no key" if entry.error == "UNAUTHORIZED" else "The key matched no account"
    expected = " or ".join(list(dict.fromkeys(forms))[:MAX_KEY_FORMS])
    yield f"{problem} (expected {expected})." if expected else f"{problem} (this world has no keys for {bound.name})."
    yield from _faults(entry, bound, operation, [*bound.provider.keys, *listed])
    if not is_open and listed:
        shown = ", ".join(shorten_key(key) for key in listed[:MAX_KEYS])
        more = f" and {len(listed) - MAX_KEYS} more" if len(listed) > MAX_KEYS else ""
        yield f"This world is closed: only the keys that its scenario lists work, for {bound.name} {shown}{more}."


def _faults(entry: Entry, bound: BoundProvider, operation: Operation, examples: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with the header that carries the key, or with the form of the key."""
    headers = entry.request.headers
    given = [scheme for scheme in operation.schemes if scheme.header in headers]
    for scheme in given[:1]:
        word, key = split_credential(headers[scheme.header])
        if scheme.basic:
            yield f"The header {scheme.header} does not hold Basic and user:password in base64." * (word.lower() != "basic ")
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


def _presented(scheme: Scheme, key: str) -> str:
    """Return how a request presents a key."""
    if scheme.place == "header":
        word = "Bearer " if scheme.bearer else "Basic " if scheme.basic else ""
        return f"{scheme.header}: {word}{shorten_key(key)}"
    return f"{scheme.parameter}={shorten_key(key)} in the {scheme.place}"


def _form(scheme: Scheme, example: str) -> str:
    """Return the form of a key by an example, with its length where all keys have the same."""
    fits = scheme.pattern.fullmatch
    is_fixed = not fits(example[:-1]) and not fits(f"{example}{example[-1]}")
    return shorten_key(example) + (f" with {len(example)} characters" if is_fixed else "")
