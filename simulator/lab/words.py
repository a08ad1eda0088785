"""Small words."""

from __future__ import annotations


def plural(count: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """Return a text as one argument of a shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def shortened(text: str, longest: int) -> str:
    """Return a text with at most so many characters; one that is longer says how much is left out."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more characters)"
