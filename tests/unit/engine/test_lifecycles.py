"""What a provider does late – at once, after a time, after some reads, or never – for everything that any of them does so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.conftest import World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.steering import FROZEN, Steered

ACCOUNTS = [
    {"cald": {}},
    {"cartesia": {"agents": [{"id": "agent_1"}], "numbers": [{"label": "Line"}], "plan": "pro"}},
    {"chirp": {"apps": [{"id": SHOPS["chirp"].agent, "slug": "a", "name": "A"}]}},
    {"truedy": {}},
    {"vantax": {}},
]


class Kind(NamedTuple):
    """How something late is begun, how a client reads it, and in which table it stands with which word once it is done."""

    begin: Callable[[Shop], str]
    read: Callable[[Shop, str], Any]
    table: str
    done: tuple[str, ...] = ()


def _buy(shop: Shop) -> str:
    return shop.bought(shop.buy()).id


def _dial(shop: Shop) -> str:
    line = shop.page()[0].id
    wanted = {"from_number_id": line, "agent_id": "agent_1", "outbound_calls": [{"to_number": "+14155550199"}]}
    return str(shop.api("POST", "/agents/calls", wanted).json()["calls"][0]["agent_call_id"])


def _caller(shop: Shop) -> str:
    """Truedy's agent with a number for outbound calls."""
    wanted = {"number_id": shop.bought(shop.buy()).id, "agent_id": shop.hire(), "assignment_type": "outbound"}
    assert shop.api("POST", "/telephony/numbers/assign", wanted).is_success
    return wanted["agent_id"]


def _call(shop: Shop) -> str:
    call = {"agent_id": _caller(shop), "phone_number": "+14155550199"}
    return str(shop.api("POST", "/calls", call).json()["data"]["id"])


def _batch_call(shop: Shop) -> str:
    batch = {"name": "x", "agent_id": _caller(shop), "contacts": [{"phone_number": "+14155550199"}]}
    made = str(shop.api("POST", "/batch-calls", batch).json()["data"]["id"])
    assert shop.api("POST", f"/batch-calls/{made}/schedule", {}).is_success
    return made


def _at(path: str, method: str = "GET") -> Callable[[Shop, str], Any]:
    return lambda shop, subject: shop.api(method, path.format(subject), {} if method != "GET" else None)


KINDS = {
    "cald.number": Kind(_buy, _at("/phonenumbers/{}", "PATCH"), "numbers"),
    "cartesia.number": Kind(_buy, _at("/agents/phone-numbers/{}"), "numbers"),
    "cartesia.call": Kind(_dial, _at("/agents/calls/{}"), "calls", ("started", "completed")),
    "chirp.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers"),
    "truedy.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers", ("active",)),
    "truedy.agent": Kind(lambda shop: shop.hire(), _at("/agents/{}"), "agents", ("active",)),
    "truedy.call": Kind(_call, _at("/calls/{}"), "calls", ("ringing", "in_progress", "completed")),
    "truedy.batch_call": Kind(_batch_call, _at("/batch-calls/{}"), "batch_calls", ("active", "completed")),
    "vantax.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers"),
}


class Late:
    """Something that a provider does late, in a world where a scenario says when."""

    def __init__(self, world: World, resource: str) -> None:
        self.steered = Steered(world)
        self.kind = KINDS[resource]
        self.shop = SHOPS[resource.partition(".")[0]](world)
        self.shop.ask()  # the account is opened
        self.subject = self.kind.begin(self.shop)

    def done(self) -> bool:
        """Whether it is, by the tables: looking there is no read."""
        tables = [account["tables"][self.kind.table] for account in self.steered.state(self.shop.name)]
        found = [record for table in tables for record in table["records"] if record["id"] == self.subject]
        return bool(found) and (not self.kind.done or found[0]["status"] in self.kind.done)

    def read(self) -> bool:
        """Let the client look; whether it is done then."""
        answer = self.kind.read(self.shop, self.subject)
        assert "X-Simulator-Bug" not in answer.headers, answer.text
        return self.done()


@pytest.fixture
def late(make_world: Callable[..., World], resource: str) -> Callable[[Any], Late]:
    """Begin something in a world in which a scenario says when it is done."""

    def begin(how: Any) -> Late:
        lifecycles = {} if how is None else {resource: how}
        scenario = {"description": "late", "open": True, "clock": FROZEN, "accounts": ACCOUNTS, "lifecycles": lifecycles}
        return Late(make_world(scenario), resource)

    return begin


EVERY = pytest.mark.parametrize("resource", KINDS)


def test_every_lifecycle_is_tested_here(world: World) -> None:
    """`GET /_simulator/providers` tells what a scenario can slow down."""
    url = world.control.partition("/worlds/")[0] + "/providers"
    told = [each for provider in world.http.get(url).json()["providers"] for each in provider["lifecycles"]]
    assert sorted(told) == sorted(KINDS)


@EVERY
@pytest.mark.parametrize("how", [None, "immediate", {"after": "0s"}])
def test_done_at_once(late: Callable[[Any], Late], how: Any) -> None:
    """As it is where a scenario says nothing; with no time to wait it is done before the next request."""
    begun = late(how)
    assert begun.read()


@EVERY
def test_done_after_a_time(late: Callable[[Any], Late]) -> None:
    """Not a second earlier, however often it is read."""
    begun = late({"after": "30s"})
    assert [begun.read() for _ in range(5)] == [False] * 5
    assert begun.steered.clock(advance="29s")["fired"] == []
    assert not begun.read()
    assert [each["subject"] for each in begun.steered.clock(advance="1s")["fired"]] == [begun.subject]
    assert begun.done()


@EVERY
def test_done_after_reads(late: Callable[[Any], Late]) -> None:
    """The last of so many reads shows it done, and time does not matter."""
    begun = late({"after_reads": 3})
    begun.steered.clock(advance="1d")
    assert not begun.done()
    assert [begun.read() for _ in range(3)] == [False, False, True]


@EVERY
def test_never_done(late: Callable[[Any], Late]) -> None:
    """Neither time nor reads bring it about."""
    begun = late("never")
    assert begun.steered.told("GET", "/clock")["pending"] == []
    assert begun.steered.clock(advance="9999d")["fired"] == []
    assert [begun.read() for _ in range(10)] == [False] * 10


@EVERY
def test_reads_of_another_do_not_count(late: Callable[[Any], Late]) -> None:
    """An account does not hasten what another has begun."""
    begun = late({"after_reads": 1})
    key = begun.shop.key[:-4] + "ffff"  # of the same form
    other = SHOPS[begun.shop.name](begun.shop.world, key)
    for _ in range(3):
        begun.kind.read(other, begun.subject)
    assert not begun.done()
    assert begun.read()


@EVERY
def test_what_is_not_done_is_reset_and_restored(late: Callable[[Any], Late]) -> None:
    """A snapshot in mid-life keeps what is left to wait."""
    begun = late({"after": "30s"})
    begun.steered.clock(advance="20s")
    begun.steered.told("PUT", "/snapshots/waiting")
    for _ in range(2):
        begun.steered.clock(advance="1h")
        assert begun.done()
        begun.steered.told("POST", "/snapshots/waiting/restore")
        assert not begun.done()
        assert begun.steered.clock(advance="9s")["fired"] == []
    assert len(begun.steered.clock(advance="1s")["fired"]) == 1
    assert begun.done()


@pytest.mark.parametrize(
    ("lifecycles", "words"),
    [
        ({"cald.numbr": "never"}, "did you mean cald.number?"),
        ({"cald.number": "later"}, "lifecycles/cald.number"),
        ({"cald.number": {}}, "cald.number: set exactly one of after, after_reads"),
        ({"cald.number": {"after": "1s", "after_reads": 1}}, "cald.number: set exactly one of after, after_reads"),
        ({"cald.number": {"after_reads": 0}}, "lifecycles/cald.number"),
        ({"cald.number": {"after": "soon"}}, "lifecycles/cald.number"),
    ],
)
def test_a_lifecycle_that_cannot_be_meant_is_refused(world: World, lifecycles: Any, words: str) -> None:
    """With what was expected in its place."""
    scenario = {"description": "x", "open": True, "lifecycles": lifecycles}
    answer = world.http.put(world.control, json={"scenario": scenario})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
