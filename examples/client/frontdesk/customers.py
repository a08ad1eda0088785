"""The customers and their numbers; a database would stand where these two dicts stand."""

from __future__ import annotations

from uuid import uuid4

from frontdesk.providers import Number, Provider


class Customers:
    """Signs customers up and lets them go."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._orders: dict[str, str] = {}
        self._numbers: dict[str, Number] = {}

    def sign_up(self, name: str) -> str:
        """The customer's number, bought if need be; after a failure this can be called again without buying twice.

        Raises:
            PlanFull, Unavailable: no number could be had.
        """
        # The order is noted before anything is bought, and is another for each time that the customer joins: a number given
        # back must not come again because the provider remembers the order.
        order = self._orders.setdefault(name, f"{name}-{uuid4().hex[:12]}")
        if name not in self._numbers:
            self._numbers[name] = self._provider.buy(order)
        return self._numbers[name].number

    def leave(self, name: str) -> None:
        """Give the customer's number back; it is forgotten only when that has worked.

        Raises:
            Unavailable: not now.
        """
        if name in self._numbers:
            self._provider.release(self._numbers[name])
            del self._numbers[name]
        self._orders.pop(name, None)
