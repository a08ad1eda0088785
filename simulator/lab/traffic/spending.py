"""Which requests cost money at the real provider, and how much may still be spent on them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from threading import Lock
from typing import Any, NamedTuple

from simulator.openapi.contract import Input, Invalid, Malformed, Matched, TooLarge, parse
from simulator.openapi.operation import Cost, Operation
from simulator.provider.bound import BoundProvider

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FREE = Decimal(0)


class NotAllowed(Exception):
    """A request that must not be sent; the text says why, and what to do."""


class Price(NamedTuple):
    """What a request is estimated to cost, and for what."""

    kind: str  # empty: it costs nothing
    usd: Decimal


class Purse:
    """What may be spent in USD; None: requests that cost money are not sent at all."""

    def __init__(self, cap: Decimal | None = None, prices: Mapping[str, Decimal] | None = None) -> None:
        """Spend up to `cap`; `prices` are those that the user sets for operations, such as `cald.create_campaign`."""
        self.cap, self.spent = cap, FREE
        self._prices = dict(prices or {})
        self._lock = Lock()

    def take(self, bound: BoundProvider, matched: Matched | None, method: str, given: Input) -> Price:
        """Return the estimate for a request, which counts as spent until it is given back.

        Raises:
            NotAllowed: it costs money and that is not allowed, its cost is unknown, or the rest is too small.
        """
        price = self._price(bound, matched, method, given)
        if not price.kind:
            return price
        if self.cap is None:
            raise NotAllowed(
                f"it may cost money ({price.kind}, about {price.usd:.2f} USD); allow it with --allow-spend --cap USD"
            )
        with self._lock:
            if self.spent + price.usd > self.cap:
                raise NotAllowed(
                    f"it costs about {price.usd:.2f} USD ({price.kind}), and {self.spent:.2f} of {self.cap:.2f} USD are spent;"
                    " raise --cap"
                )
            self.spent += price.usd
        return price

    def give_back(self, price: Price) -> None:
        """Take back what a request that was refused did not cost."""
        with self._lock:
            self.spent -= price.usd

    def _price(self, bound: BoundProvider, matched: Matched | None, method: str, given: Input) -> Price:
        if matched is None:
            if method in SAFE:
                return Price("", FREE)
            raise NotAllowed("the spec does not know it, so it may cost money; send it to the provider directly")
        operation = matched.operation
        name = f"{bound.name}.{operation.id}"
        if name in self._prices:
            usd = self._prices[name]
            return Price(operation.cost.kind if operation.cost else "usage", usd) if usd else Price("", FREE)
        cost = operation.cost
        if cost is None and (method in SAFE or _tells_costs(bound)):
            return Price("", FREE)
        if cost is None or cost.usd is None:
            kind = f" ({cost.kind})" if cost else ""
            raise NotAllowed(f"its cost is unknown{kind}; state it with --cost {name}=USD, 0 if it costs nothing")
        return Price(cost.kind, Decimal(str(cost.usd)) * _count(operation, cost, matched, given))


def _tells_costs(bound: BoundProvider) -> bool:
    """Return whether a spec says of operations that they cost money: that of a provider of the user's need not."""
    return any(operation.cost for operation in bound.spec.operations.values())


def _count(operation: Operation, cost: Cost, matched: Matched, given: Input) -> int:
    """Return how many of the items are paid for that a body lists; one, if it lists none that can be read."""
    if not cost.per:
        return 1
    try:
        body: Any = parse(matched, given).body
    except (Invalid, Malformed, TooLarge):  # the provider may be less strict than its spec
        raise NotAllowed(f"its body does not fit the spec of {operation.id}, so its cost is unknown") from None
    items = body.get(cost.per) if isinstance(body, dict) else None
    return len(items) if isinstance(items, list) else 1
