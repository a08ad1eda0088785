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
        """Replace a function of a class or a module by what `wrap` makes of it; an inherited one is covered, and uncovered."""
        original = vars(owner)[name] if name in vars(owner) else getattr(owner, name)
        inherited = name not in vars(owner)
        wrapper = functools.wraps(original)(wrap(original))
        self._replaced.append(
            (owner, name, None if inherited else original, wrapper)
        )  # first, so that an interrupted replacement is put back
        setattr(owner, name, wrapper)

    def undo(self) -> None:
        """Put the functions back; those that somebody has replaced since stay, as they may call ours, which then do nothing."""
        while self._replaced:
            owner, name, original, wrapper = self._replaced[-1]
            if vars(owner).get(name) is wrapper:
                if original is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, original)
            self._replaced.pop()
