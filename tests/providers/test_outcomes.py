"""How calls and messages end in the dialects of the five providers: by magic numbers, by scenarios, on the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.outcomes import (
    ACCOUNTS,
    BEGUN,
    ENDS,
    FROZEN,
    LATE,
    MAGIC,
    NUMBERS,
    OPTED_OUT,
    OTHER,
    PROVIDERS,
    REJECTED,
    ROLES,
    TALKING,
    Line,
    advance,
)

EVERY = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture
def line(make_world: Callable[..., World], provider: str) -> Callable[..., Line]:
    """Make a world with an account at each provider, and return one of them in it."""
    return lambda **more: Line(make_world({"description": "Outcomes", "accounts": ACCOUNTS, **more}), provider)


@EVERY
def test_each_magic_number_ends_a_call_in_its_way(line: Callable[..., Line]) -> None:
    """By default at once, whatever the dialect; a call that nobody answered has no transcript."""
    phone = line()
    ends = ENDS[phone.provider]
    paths = {outcome: phone.place(MAGIC[outcome]) for outcome in ends}
    assert {outcome: phone.words(path) for outcome, path in paths.items()} == ends
    if phone.provider != "chirp":
        turns = {outcome: len(phone.said(path)) for outcome, path in paths.items()}
        unanswered = dict.fromkeys(("busy", "no_answer", "failed"), 0)
        assert turns == {"completed": 2, "voicemail": 2, "hung_up": 1, "max_duration": 2, **unanswered}


@EVERY
def test_on_a_frozen_clock_a_call_waits_for_its_time(line: Callable[..., Line]) -> None:
    """Nothing moves until the clock is advanced; a call is answered after five seconds and lasts ten."""
    phone = line(clock=FROZEN)
    path, busy = phone.place(OTHER), phone.place(MAGIC["busy"])
    pace = "1s" if phone.provider == "cartesia" else "0s"  # between two calls from a number of Cartesia's
    assert [phone.words(path) for _ in range(3)] == [BEGUN[phone.provider]] * 3
    advance(phone.world, "4900ms")
    assert phone.words(path) not in (TALKING[phone.provider], ENDS[phone.provider]["completed"])
    advance(phone.world, "100ms")
    assert phone.words(path) == TALKING[phone.provider]
    advance(phone.world, pace)
    assert phone.words(busy) == ENDS[phone.provider]["busy"]
    advance(phone.world, "10s")
    assert phone.words(path) == ENDS[phone.provider]["completed"]
    assert (phone.length(path), phone.length(busy)) == (10, 0)


@EVERY
def test_a_call_lasts_as_long_as_the_scenario_says(line: Callable[..., Line]) -> None:
    """A duration passes on the world's clock, also on one that runs."""
    phone = line(calls={"duration": "42m"})
    limit = {"cald": "10m"}.get(phone.provider, "42m")  # of an agent, by default (agents-add)
    path = phone.place(OTHER)
    assert phone.words(path) == TALKING[phone.provider]
    advance(phone.world, limit)
    assert phone.words(path) == ENDS[phone.provider]["max_duration" if phone.provider == "cald" else "completed"]
    assert round(phone.length(path) / 60, 1) == int(limit[:-1])


@EVERY
def test_a_call_shows_what_a_scenario_lets_be_said(line: Callable[..., Line]) -> None:
    """In the roles of the provider; Chirp has no transcripts of calls."""
    said = [{"role": "callee", "text": "Who is it?"}, {"role": "agent", "text": "The bakery."}]
    phone = line(calls={"transcript": said})
    path = phone.place(OTHER)
    if phone.provider == "chirp":
        assert "transcript" not in phone.show(path)
    else:
        agent, callee = ROLES[phone.provider]
        assert phone.said(path) == [(callee, "Who is it?"), (agent, "The bakery.")]


LIMITED: dict[str, tuple[dict[str, Any], str]] = {
    "cald": ({}, "10m"),
    "cartesia": ({"max_call_duration_minutes": 2}, "2m"),
    "chirp": ({}, "4h"),
    "truedy": ({"call_settings": {"max_duration": "90s"}}, "90s"),
    "vantax": ({}, "1h"),
}


@EVERY
def test_a_call_ends_at_its_maximum_duration(line: Callable[..., Line]) -> None:
    """The request's, the agent's, or the one that is assumed; also where the scenario lets it go on for longer."""
    phone = line(clock=FROZEN, calls={"to": {OTHER: {"duration": "9d"}}})
    more, limit = LIMITED[phone.provider]
    paths = [phone.place(number, **more) for number in (MAGIC["max_duration"], OTHER)]
    advance(phone.world, "6s")
    advance(phone.world, limit)
    assert [phone.words(path) for path in paths] == [ENDS[phone.provider]["max_duration"]] * 2


@EVERY
def test_a_snapshot_of_a_ringing_call_goes_on_as_before(line: Callable[..., Line]) -> None:
    """However often it is restored: the same call ends in the same way at the same time."""
    phone = line(clock=FROZEN, calls={"in_turn": [{"outcome": "hung_up", "duration": "7s"}, {"outcome": "busy"}]})
    path = phone.place(OTHER)
    advance(phone.world, "3s")
    ringing = phone.show(path)
    assert phone.world.http.put(f"{phone.world.control}/snapshots/ringing").is_success
    seen = []
    for _ in range(2):
        advance(phone.world, "2s")
        talking = phone.show(path)
        advance(phone.world, "7s")
        seen.append((ringing, talking, phone.show(path)))
        assert phone.words(path) == ENDS[phone.provider]["hung_up"]
        second = phone.place(OTHER)
        advance(phone.world, "5s")
        assert phone.words(second) == ENDS[phone.provider]["busy"]
        assert phone.world.http.post(f"{phone.world.control}/snapshots/ringing/restore").is_success
        assert phone.show(path) == ringing
    assert seen[0] == seen[1]


@pytest.mark.parametrize("provider", ["chirp"])
def test_what_decides_comes_in_this_order(line: Callable[..., Line]) -> None:
    """The destination's entry, then the next in turn, then the magic number, then what is said of all calls."""
    to = {MAGIC["busy"]: {"outcome": "completed"}, OTHER: {"duration": "0s"}}
    phone = line(calls={"outcome": "failed", "to": to, "in_turn": [{"outcome": "no_answer"}, {}]})

    def outcome(number: str) -> Any:
        return phone.words(phone.place(number))[0]

    assert outcome(MAGIC["busy"]) == "completed"
    assert outcome(MAGIC["voicemail"]) == "no_answer"  # the first in turn
    assert outcome(MAGIC["voicemail"]) == "completed"  # the second says nothing, so the magic number decides
    assert outcome(MAGIC["no_answer"]) == "no_answer"
    assert outcome("+14155550124") == "failed"
    assert outcome(OTHER) == "failed"  # its entry gives no outcome


@pytest.mark.parametrize("provider", ["chirp"])
def test_turns_belong_to_the_world(line: Callable[..., Line]) -> None:
    """A refused request uses none up, a reset gives them back, and all providers take theirs from one list."""
    phone = line(messages={"in_turn": [{"outcome": "opted_out"}, {"outcome": "rejected"}]})
    for _ in range(3):  # refused, so the next one is the first in turn again
        assert send(phone.api, OTHER).status_code == 402
    assert send(phone.api, OTHER, OTHER).is_success
    assert send(phone.api, OTHER).is_success
    assert statuses(phone, 3) == ["FAILED", "FAILED", "DELIVERED"]
    assert phone.world.http.post(f"{phone.world.control}/reset").is_success
    assert send(phone.api, OTHER).status_code == 402
    together = line(calls={"in_turn": [{"outcome": "busy"}, {"outcome": "failed"}]})
    vantax = Line(together.world, "vantax")
    assert [vantax.words(vantax.place(OTHER))[0], together.words(together.place(OTHER))[0]] == ["busy", "failed"]


def send(api: Api, *to: str) -> Any:
    """Send a message with Chirp."""
    return api("POST", "/v1/sms", {"from": NUMBERS["chirp"], "to": [*to], "text": "Hello"})


def statuses(phone: Line, last: int) -> list[str]:
    """Return the statuses of the last messages of Chirp, in the order in which they were sent."""
    messages = phone.api("GET", "/v1/sms").json()["messages"][:last]
    return [one["status"] for message in reversed(messages) for one in message["recipients"]]


@pytest.mark.parametrize("provider", ["chirp"])
def test_chirps_recipients_fail_one_by_one(line: Callable[..., Line]) -> None:
    """Each of several gets a message of its own; one to nobody who can get it is refused with a documented code."""
    phone = line(clock=FROZEN)
    assert send(phone.api, OTHER, LATE, REJECTED, OPTED_OUT).is_success
    seen = [statuses(phone, 4)]
    for step in ("1s", "1s", "1s", "28s", "1s"):
        advance(phone.world, step)
        seen.append(statuses(phone, 4))
    assert seen == [
        ["QUEUED"] * 4,
        ["SENDING"] * 4,
        ["SENT", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "DELIVERED", "FAILED", "FAILED"],
    ]
    times = [(one["sentAt"], one["completedAt"]) for one in reversed(phone.api("GET", "/v1/sms").json()["messages"])]
    second = {n: f"2026-03-01T09:00:{n:02}.000Z" for n in (2, 3, 32)}
    assert times == [(second[2], second[3]), (second[2], second[32]), (None, second[2]), (None, second[2])]
    refused = send(phone.api, OPTED_OUT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "message_undeliverable")
    assert phone.api("GET", "/v1/sms").json()["totalCount"] == 4


@pytest.mark.parametrize("provider", ["vantax"])
def test_vantax_messages_are_delivered_or_fail(line: Callable[..., Line]) -> None:
    """By the number of the contact: at once, later, or not at all."""
    phone = line()
    sms = {"channel": "sms", "content": "Hi", "from_phone_number_id": "pn_1"}

    def shown() -> list[str]:
        pages = [phone.api("GET", f"/conversations/conv_{index}/messages").json()["data"] for index in range(4)]
        return [message["status"] for page in pages for message in page]

    for index in range(4):
        answer = phone.api("POST", f"/conversations/conv_{index}/messages", sms)
        assert answer.json()["data"]["status"] == "queued"
    assert shown() == ["delivered", "sent", "failed", "failed"]
    advance(phone.world, "30s")
    assert shown() == ["delivered", "delivered", "failed", "failed"]


@pytest.mark.parametrize("provider", ["vantax"])
def test_an_email_does_not_depend_on_a_number(line: Callable[..., Line]) -> None:
    """Magic numbers are for what goes to a number."""
    phone = line()
    answer = phone.api("POST", "/conversations/conv_2/messages", {"channel": "email", "subject": "x", "content": "Hi"})
    assert answer.status_code == 201, answer.text
    assert phone.api("GET", "/conversations/conv_2/messages").json()["data"][0]["status"] == "delivered"


@pytest.mark.parametrize(
    ("provider", "outcome", "switch", "words"),
    [
        ("cald", "busy", {"cald.busy_result": "failed"}, (True, "failed")),
        ("cald", "hung_up", {"cald.hung_up_result": "pickedUp"}, (True, "pickedUp")),
        ("chirp", "voicemail", {"chirp.other_end_reason": "hangup"}, ("completed", "hangup")),
        ("vantax", "busy", {"vantax.other_end_reason": "none"}, ("busy", "no_answer", None)),
    ],
)
def test_words_that_no_page_has_are_switches(line: Callable[..., Line], outcome: str, switch: Any, words: Any) -> None:
    """The response is graded as assumed, and that of a call that ends in a documented way is not."""
    phone = line(assume=switch)
    path, usual = phone.place(MAGIC[outcome]), phone.place(OTHER)
    assert phone.words(path) == words
    grades = [phone.api("GET", each).headers["X-Simulator-Evidence"] for each in (path, usual)]
    assert (grades[0], "assumed" in grades[1:]) == ("assumed", False), grades
