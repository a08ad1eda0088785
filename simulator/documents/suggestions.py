"""Suggestions for unknown names: what the writer of `cartesia.provision` meant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

MAX_NAME = 100  # characters of an unknown name that are compared: a longer one is similar to none, and would be slow
MAX_LISTED = 20  # names that an error about an unknown one lists
MIN_LIKENESS = 0.5
MIN_SHARE = 0.75  # of the best score: what scores less is no real alternative
MIN_WEIGHT = 0.2  # of the words that two names share: one that at most five of the known names have
SYNONYM_WEIGHT = 0.5  # of that of the very word
SYNONYMS = (  # providers call the same thing by different words
    frozenset({"buy", "purchase", "provision", "order"}),
    frozenset({"release", "delete", "remove", "cancel"}),
    frozenset({"get", "retrieve", "read", "fetch"}),
    frozenset({"update", "edit", "patch", "change"}),
    frozenset({"create", "add", "new", "make"}),
    frozenset({"quota", "limit"}),
)


def nearest_names(name: str, known: Iterable[str], count: int = 3, least: float = MIN_LIKENESS) -> list[str]:
    """Return the known names that are nearest to an unknown one, the nearest first; none if all are too different.

    Shared words count, the rarer the more, then words of the same meaning, and then likeness: `cartesia.provision` is nearest
    to `cartesia.phone_numbers_provision`, and `vantax.buy` to `vantax.purchase_phone_number`. Before a dot stands what a name
    belongs to; where that is known, only its names are near.
    """
    names = list(dict.fromkeys(known))
    owner, dot, _ = name.partition(".")
    if dot:
        names = [known_name for known_name in names if known_name.startswith(f"{owner}.")] or names
    words = {known_name: _words(known_name) for known_name in names}
    frequency = Counter(word for known_words in words.values() for word in known_words)
    name = name[:MAX_NAME]
    given = _words(name)
    synonyms = {synonym for word in given for synonym in synonyms_of(word)} - given
    matcher = SequenceMatcher(b=name.lower())  # It keeps what it knows of `b`.
    ranked: list[tuple[float, str]] = []
    for known_name in names:
        weight = sum(1 / frequency[word] for word in given & words[known_name])
        weight += sum(SYNONYM_WEIGHT / frequency[word] for word in synonyms & words[known_name])
        matcher.set_seq1(known_name.lower())
        likeness = matcher.ratio()
        if likeness >= least or weight >= MIN_WEIGHT:
            ranked.append((weight + likeness, known_name))
    ranked.sort(key=lambda pair: -pair[0])
    return [known_name for score, known_name in ranked[:count] if score >= ranked[0][0] * MIN_SHARE]


def synonyms_of(word: str) -> frozenset[str]:
    """Return the other words that providers use for the same thing."""
    return frozenset(synonym for group in SYNONYMS if word in group for synonym in group) - {word}


def suggestion(name: str, known: Iterable[str], count: int = 1) -> str:
    """Return the end of an error about an unknown name: the nearest of the known names, or all of them."""
    names = list(known)
    if not names:
        return "; there are none"
    near = nearest_names(name, names, count)
    return f"; did you mean {' or '.join(near)}?" if near else f"; expected one of {', '.join(names)}"


def nearest(name: str, known: Iterable[str], listed_by: str) -> str:
    """Return the end of an error about an unknown name: the nearest names, or all unless they are too many.

    `listed_by` is the command or request that lists them.
    """
    names = list(known)
    if not names:
        return "; there are none"
    near = nearest_names(name, names)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    if len(names) <= MAX_LISTED:
        return f"; expected one of {', '.join(names)}"
    return f"; {listed_by} lists all {len(names)}"


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall("[a-z0-9]+", name.lower()))
