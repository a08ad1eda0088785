"""Replaces functions of other libraries, and puts them back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class Patches:
    """The functions that were replaced, in order."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def __bool__(self) -> bool:
        """Return whether anything is replaced."""
        return bool(self._replaced)

    def replace(self, owner: Any, name: str, wrap: Wrap) -> None:
        """Replace a function of a class or a module by what `wrap` makes of it."""
        original = vars(owner)[name]
        wrapper = functools.wraps(original)(wrap(original))
        self._replaced.append((owner, name, original, wrapper))  # first, so that an interrupted replacement is put back
        setattr(owner, name, wrapper)

    def undo(self) -> None:
        """Put the functions back; those that somebody has replaced since stay, as they may call ours, which then do nothing."""
        while self._replaced:
            owner, name, original, wrapper = self._replaced[-1]
            if vars(owner).get(name) is wrapper:
                setattr(owner, name, original)
            self._replaced.pop()
