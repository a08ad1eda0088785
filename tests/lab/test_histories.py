"""The ledger agrees with the tables, and its sum with the price list, whatever happens in a world."""

from __future__ import annotations

import calendar
import os
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest

from simulator import Simulator
from simulator.testing.client import World
from tests.lab.shop import PROVIDERS, buy, release

HISTORIES = int(os.environ.get("SIMULATOR_TEST_HISTORIES", "150"))  # each of another seed
STEPS = 12  # at most of one history
START = datetime.fromisoformat("2026-01-01T12:00:00+00:00")


class Bought(NamedTuple):
    """A number as a customer would note it."""

    provider: str
    since: date
    until: date | None = None

    def price(self, today: date) -> Decimal:
        """Return what it has cost: the purchase, and each month that has begun."""
        shop = PROVIDERS[self.provider]
        months = sum(1 for begin in months_from(self.since) if begin <= (self.until or today))
        return Decimal(shop.once) + months * Decimal(shop.month)


def months_from(first: date) -> Iterator[date]:
    """Yield the days on which the months of a contract begin, for two years; a short month begins on its last day."""
    for count in range(24):
        year, month = divmod(first.month - 1 + count, 12)
        last = calendar.monthrange(first.year + year, month + 1)[1]
        yield date(first.year + year, month + 1, min(first.day, last))


class History:
    """What a customer and the outside world do in a world by chance, with the notes of the customer."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.now = START + timedelta(days=chance.randrange(31))
        self.notes: dict[str, Bought] = {}
        self.saved: tuple[str, datetime, dict[str, Bought]] | None = None
        world.reset()
        world.freeze(self.now)

    def step(self) -> None:
        """Buy, fail to buy, release, lose, let time pass, save or go back."""
        steps = [self.purchase, self.purchase, self.failure, self.release, self.lose, self.wait, self.save, self.go_back]
        self.chance.choice(steps)()

    @property
    def held(self) -> list[str]:
        """The ids of the numbers that are held, the oldest first."""
        return [number_id for number_id, note in self.notes.items() if note.until is None]

    def purchase(self) -> None:
        """Buy a number."""
        provider = self.chance.choice(list(PROVIDERS))
        if provider == "cartesia" and any(self.notes[number_id].provider == provider for number_id in self.held):
            provider = "vantax"  # the default scenario has few slots there
        self.notes[buy(self.world, provider)] = Bought(provider, self.now.date())

    def failure(self) -> None:
        """Try to buy a number; nothing takes effect."""
        provider = self.chance.choice(["cald", "vantax", "chirp"])
        rule = self.world.rule(when={"provider": provider, "method": "POST"}, then={"status": 503})
        with pytest.raises(AssertionError):
            buy(self.world, provider)
        rule.remove()

    def release(self) -> None:
        """Give a number back."""
        if self.held:
            number_id = self.chance.choice(self.held)
            assert release(self.world, self.notes[number_id].provider, number_id).is_success
            self.end(number_id)

    def lose(self) -> None:
        """Let the carrier take a number back."""
        if self.held:
            number_id = self.chance.choice(self.held)
            (number,) = [held.number for held in self.world.ledger().rented if held.subject == number_id]
            assert number_id in self.world.act("number_lost", number=number)
            self.end(number_id)

    def end(self, number_id: str) -> None:
        """Note that a number is held no longer."""
        self.notes[number_id] = self.notes[number_id]._replace(until=self.now.date())

    def wait(self) -> None:
        """Let some weeks pass."""
        days = self.chance.randrange(70)
        self.world.advance(timedelta(days=days))
        self.now += timedelta(days=days)

    def save(self) -> None:
        """Save a snapshot."""
        self.saved = (self.world.snapshot("saved"), self.now, dict(self.notes))

    def go_back(self) -> None:
        """Restore it."""
        if self.saved is not None:
            name, self.now, notes = self.saved
            self.world.restore(name)
            self.notes = dict(notes)

    def check(self) -> None:
        """Compare notes, ledger and tables."""
        ledger = self.world.ledger()
        today = self.now.date()
        assert ledger.spent == sum((note.price(today) for note in self.notes.values()), Decimal(0))
        assert ledger.spent == sum((entry.amount for entry in ledger), Decimal(0))
        assert sorted(held.subject for held in ledger.rented) == sorted(self.held)
        assert sum(entry.kind == "purchase" for entry in ledger) == len(self.notes)
        assert sum(entry.kind == "release" for entry in ledger) == len(self.notes) - len(self.held)
        assert sorted(self.held) == sorted(in_tables(self.world).keys() & self.notes.keys())


def in_tables(world: World) -> dict[str, str]:
    """Return the providers of all numbers that accounts hold, by id."""
    return {
        record["id"]: account["provider"]
        for account in world.state()
        for record in account["tables"]["numbers"]["records"]
        if account.get("opened", True)
    }


def test_the_sum_is_that_of_the_price_list(simulator: Simulator) -> None:
    """For each history at its end; SIMULATOR_TEST_HISTORIES makes them many."""
    with simulator.world() as world:
        for seed in range(HISTORIES):
            chance = random.Random(seed)
            history = History(world, chance)
            for _ in range(chance.randrange(1, STEPS + 1)):
                history.step()
            try:
                history.check()
            except AssertionError as failure:
                raise AssertionError(f"the history of seed {seed}: {failure}") from failure
