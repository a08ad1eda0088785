"""A token in a file: on the command line, everyone who may list the processes of a machine could read it."""

from __future__ import annotations

from pathlib import Path


def token_in(file: str) -> str:
    """Return the token that a file contains, without the white space around it.

    Raises:
        ValueError: the file cannot be read, or does not contain exactly one word.
    """
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not text or len(text.split()) > 1:
        raise ValueError(f"{file} contains {'more than one' if text else 'no'} word, expected one token")
    return text
