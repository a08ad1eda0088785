"""Work that others must not wait for: who does it says so first, and a server then does it apart from other requests."""

from __future__ import annotations

from contextvars import ContextVar

AT_ONCE = 250  # units of work, of some 20 µs each, that a request may cost while all others wait: 5 ms
ACCOUNT = 10  # units to open an account, beside those for its records

others_wait: ContextVar[bool] = ContextVar("others_wait", default=False)  # for the end of the request that is handled


class Postponed(BaseException):
    """A request takes so long that it is to be handled apart; nothing has happened yet."""


def weigh(units: int) -> None:
    """Announce work, before anything is changed: a unit takes some 20 µs, like a record that is seeded.

    Raises:
        Postponed: others wait, and it takes too long.
    """
    if units > AT_ONCE and others_wait.get():
        raise Postponed
