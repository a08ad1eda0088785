"""The numbers of requests, from which their ids are made: unique over all worlds of a server."""

from __future__ import annotations

from itertools import count


class RequestNumbers:
    """A counter that several threads may use at once."""

    __slots__ = ("_numbers", "last")

    def __init__(self) -> None:
        self._numbers = count(1)
        self.last = 0

    def take(self) -> int:
        """Return the next number."""
        self.last = number = next(self._numbers)
        return number

    def go_on_from(self, number: int) -> None:
        """Continue after a number, as a world that was loaded has used those up to it."""
        if number > self.last:
            self._numbers, self.last = count(number + 1), number
