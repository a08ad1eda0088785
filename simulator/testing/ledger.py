"""The ledger of a world, as tests read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import overload

from simulator.testing.control_transport import Json


@dataclass(frozen=True)
class LedgerEntry:
    """One amount in USD; `kind` is purchase, rent, release, call, message or earlier."""

    at: datetime
    kind: str
    provider: str
    account: str
    subject: str
    number: str | None
    amount: Decimal
    evidence: str
    source: str | None
    request: str | None

    def __str__(self) -> str:
        return (
            f"{self.at:%Y-%m-%d} {self.provider} {self.kind} {self.number or self.subject} {self.amount} USD ({self.evidence})"
        )


@dataclass(frozen=True)
class RentedNumber:
    """A number that was bought in the world and has not been released; `month` is its rent in USD."""

    provider: str
    account: str
    subject: str
    number: str
    since: datetime
    month: Decimal
    request: str

    def __str__(self) -> str:
        return f"{self.provider} {self.number} ({self.subject}), bought by {self.request}"


class Ledger(Sequence[LedgerEntry]):
    """The entries of a ledger, the newest last; `spent` is their sum in USD, `rented` the numbers that are still rented."""

    def __init__(self, document: Json) -> None:
        self._entries = [_entry(line) for line in document["entries"]]
        self.spent = Decimal(document["spent"])
        self.rented = rented_numbers(document["rented"])

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> LedgerEntry: ...
    @overload
    def __getitem__(self, index: slice) -> list[LedgerEntry]: ...
    def __getitem__(self, index: int | slice) -> LedgerEntry | list[LedgerEntry]:
        return self._entries[index]

    def __iter__(self) -> Iterator[LedgerEntry]:
        return iter(self._entries)

    def __repr__(self) -> str:
        lines = [f"  {entry}" for entry in self._entries] or ["  nothing was bought"]
        return "\n".join([f"spent {self.spent} USD, {len(self.rented)} numbers rented:", *lines])


def _entry(line: Json) -> LedgerEntry:
    return LedgerEntry(**{**line, "at": datetime.fromisoformat(line["at"]), "amount": Decimal(line["amount"])})


def rented_numbers(lines: Iterable[Json]) -> list[RentedNumber]:
    """Return the numbers that a ledger, or the refusal to delete a world, names as still rented."""
    return [_rented(line) for line in lines]


def _rented(line: Json) -> RentedNumber:
    return RentedNumber(**{**line, "since": datetime.fromisoformat(line["since"]), "month": Decimal(line["month"])})
