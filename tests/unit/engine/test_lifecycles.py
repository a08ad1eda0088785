"""What a provider does late – at once, after a time, after some reads, or never – for everything that any of them does so."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

import pytest

from simulator import Simulator
from tests.conftest import Api, World
from tests.scenarios.shop import Shop
from tests.scenarios.shops import SHOPS
from tests.unit.command import ROOT
from tests.unit.steering import FROZEN, Steered

ACCOUNTS = [
    {"cald": {"lists": [{"id": "list_1", "contacts": [{"phone_number": "+14155550199"}]}]}},
    {"cartesia": {"agents": [{"id": "agent_1"}], "numbers": [{"label": "Line"}], "plan": "pro"}},
    {"chirp": {"apps": [{"id": SHOPS["chirp"].agent, "slug": "a", "name": "A"}]}},
    {"truedy": {}},
    {"vantax": {"contacts": [{"id": "ct_1"}], "conversations": [{"id": "conv_1", "contact_id": "ct_1"}]}},
]


class Kind(NamedTuple):
    """How something late is begun, how a client reads it, and in which table it stands with which word once it is done."""

    begin: Callable[[Shop], str]
    read: Callable[[Shop, str], Any]
    table: str
    done: tuple[str, ...] = ()
    word: Callable[[dict[str, Any]], str] = itemgetter("status")


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


def _cald_call(shop: Shop) -> str:
    return str(shop.api("POST", f"/agents/{shop.hire()}/call", {"phoneNumber": "+14155550199"}).json()["callId"])


def _campaign(shop: Shop) -> str:
    campaign = {"name": "x", "listId": "list_1", "agentId": shop.hire()}
    return str(shop.api("POST", "/campaigns", campaign).json()["campaignId"])


def _app(shop: Shop) -> Api:
    """Chirp with the live key of the first app of an organisation, whose admin key the shop has."""
    return shop.world.api("chirp", Authorization=shop.api.headers["Authorization"].replace("sk_admin_", "sk_live_app_"))


def _sms(shop: Shop) -> str:
    message = {"from": shop.bought(shop.buy()).number, "to": ["+14155550199"], "text": "x"}
    return str(_app(shop)("POST", "/v1/sms", message).json()["id"])


def _chirp_call(shop: Shop) -> str:
    call = {"from": shop.bought(shop.buy()).number, "to": "+14155550199"}
    return str(_app(shop)("POST", "/v1/calls", call).json()["id"])


def _recording(shop: Shop) -> str:
    """What was recorded of a call that is over; its id is in the tables, as a list of recordings would count as a read."""
    assert shop.api("PUT", f"/v1/organization/apps/{shop.agent}/calling", {"autoRecordEnabled": True}).is_success
    _chirp_call(shop)
    (account,) = shop.control("GET", "/state?provider=chirp")["accounts"]
    (recording,) = account["tables"]["recordings"]["records"]
    return str(recording["id"])


def _vantax_call(shop: Shop) -> str:
    line = shop.bought(shop.buy()).id
    call = {"agent_id": shop.hire(), "phone_number": "+14155550199", "from_phone_number_id": line}
    return str(shop.api("POST", "/calls", call).json()["data"]["call_id"])


def _message(shop: Shop) -> str:
    message = {"channel": "email", "subject": "x", "content": "x"}
    return str(shop.api("POST", "/conversations/conv_1/messages", message).json()["data"]["id"])


def _of_recipient(message: dict[str, Any]) -> str:
    """A message of Chirp's is as far as its recipient."""
    return str(message["recipient"]["status"])


def _of_app(path: str) -> Callable[[Shop, str], Any]:
    return lambda shop, subject: _app(shop)("GET", path.format(subject))


def _at(path: str, method: str = "GET") -> Callable[[Shop, str], Any]:
    return lambda shop, subject: shop.api(method, path.format(subject), {} if method != "GET" else None)


KINDS = {
    "cald.number": Kind(_buy, _at("/phonenumbers/{}", "PATCH"), "numbers"),
    "cald.call": Kind(_cald_call, _at("/calls/{}"), "calls", ("pickedUp",), itemgetter("result")),
    "cald.campaign": Kind(_campaign, _at("/campaigns/{}/details"), "campaigns", ("active",)),
    "cartesia.number": Kind(_buy, _at("/agents/phone-numbers/{}"), "numbers"),
    "cartesia.call": Kind(_dial, _at("/agents/calls/{}"), "calls", ("started", "completed")),
    "chirp.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers"),
    "chirp.sms": Kind(_sms, _of_app("/v1/sms/{}"), "messages", ("SENDING", "SENT", "DELIVERED"), _of_recipient),
    "chirp.call": Kind(_chirp_call, _of_app("/v1/calls/{}"), "calls", ("ringing", "in_progress", "completed")),
    "chirp.recording": Kind(_recording, _of_app("/v1/calls/recordings/{}"), "recordings", ("completed",)),
    "truedy.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers", ("active",)),
    "truedy.agent": Kind(lambda shop: shop.hire(), _at("/agents/{}"), "agents", ("active",)),
    "truedy.call": Kind(_call, _at("/calls/{}"), "calls", ("ringing", "in_progress", "completed")),
    "truedy.batch_call": Kind(_batch_call, _at("/batch-calls/{}"), "batch_calls", ("active", "completed")),
    "vantax.number": Kind(_buy, lambda shop, _: shop.ask(), "numbers"),
    "vantax.call": Kind(_vantax_call, _at("/calls/{}"), "calls", ("ringing", "in_progress", "completed")),
    "vantax.message": Kind(_message, _at("/conversations/conv_1/messages"), "messages", ("sent", "delivered")),
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
        return bool(found) and (not self.kind.done or self.kind.word(found[0]) in self.kind.done)

    def read(self) -> bool:
        """Let the client look; whether it is done then."""
        answer = self.kind.read(self.shop, self.subject)
        assert "X-Simulator-Bug" not in answer.headers, answer.text
        return self.done()


@pytest.fixture
def late(make_world: Callable[..., World], resource: str) -> Callable[..., Late]:
    """Begin something in a world in which a scenario says when it is done."""

    def begin(how: Any, clock: Any = FROZEN) -> Late:
        lifecycles = {"chirp.call": "immediate"} if resource == "chirp.recording" else {}  # what is recorded is over
        lifecycles |= {} if how is None else {resource: how}
        scenario = {"description": "late", "open": True, "clock": clock, "accounts": ACCOUNTS, "lifecycles": lifecycles}
        return Late(make_world(scenario), resource)

    return begin


# Nothing that a client may read shows them, or they follow another step: each has tests beside those of its provider.
ELSEWHERE = {
    "cartesia.analysis": "test_cartesia_webhooks.py",
    "chirp.inbound_call": "test_chirp_inbound.py",
    "vantax.knowledge_source": "test_forms.py",
}
TAKE_TIME = ("cald.call", "cartesia.call", "chirp.call", "chirp.sms", "truedy.call", "vantax.call", "vantax.message")
EVERY = pytest.mark.parametrize("resource", KINDS)


def test_every_lifecycle_is_tested_here() -> None:
    """`GET /_simulator/providers` tells what a scenario can slow down."""
    told = [each for provider in Simulator().client.providers() for each in provider["lifecycles"]]
    assert sorted(told) == sorted([*KINDS, *ELSEWHERE])
    for lifecycle, file in ELSEWHERE.items():
        assert lifecycle in (ROOT / "tests/providers" / file).read_text(encoding="utf-8")


@EVERY
@pytest.mark.parametrize("how", [None, "immediate", {"after": "0s"}])
def test_done_at_once(late: Callable[..., Late], how: Any) -> None:
    """As it is where a scenario says nothing; with no time to wait it is done before the next request."""
    begun = late(how, {} if how is None else FROZEN)
    assert begun.read()


@EVERY
def test_what_takes_time_waits_for_a_frozen_clock(late: Callable[..., Late], resource: str) -> None:
    """Without a lifecycle calls and messages have their usual times where the clock is frozen, and nothing else has."""
    begun = late(None)
    takes_time = resource in TAKE_TIME
    assert [begun.read() for _ in range(3)] == [not takes_time] * 3
    fired = begun.steered.clock(advance="1m")["fired"]
    assert (begun.subject in [each["subject"] for each in fired]) == takes_time
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
