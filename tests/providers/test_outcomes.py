"""How calls and messages end in the dialects of the five providers: by magic numbers, by scenarios, on the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_chirp import APP

OWN, OTHER = "+14155551234", "+14155550123"
MAGIC = {
    "completed": OTHER,
    "busy": "+16065550190",
    "no_answer": "+16065550191",
    "voicemail": "+16065550192",
    "failed": "+16065550193",
    "hung_up": "+16065550194",
    "max_duration": "+16065550195",
}
LATE, REJECTED, OPTED_OUT = "+16065550196", "+16065550197", "+16065550198"
TRUEDY_AGENT = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
START = "2026-03-01T09:00:00Z"
FROZEN = {"start": START, "frozen": True}
PROVIDERS = ("cald", "cartesia", "chirp", "truedy", "vantax")
EVERY = pytest.mark.parametrize("provider", PROVIDERS)
NUMBERS = dict(zip(PROVIDERS, [f"+1415555123{digit}" for digit in range(5)], strict=True))
CALD, TRUEDY = "caldLive" + "1" * 32, "truedy_Acme" + "0" * 28
ACCOUNTS: list[dict[str, Any]] = [
    {
        "keys": [CALD, "sk_car_acme", "sk_live_app_acme", TRUEDY, "vx_live_acme"],
        "cald": {
            "agents": [{"id": "agent_1"}],
            "numbers": [{"id": "n", "number": NUMBERS["cald"], "agent_id": "agent_1"}],
            "lists": [{"id": "list_1", "contacts": [{"phone_number": number} for number in MAGIC.values()]}],
        },
        "cartesia": {
            "agents": [{"id": "agent_1", "initial_message": "Good morning."}],
            "numbers": [{"id": "ap_own", "label": "Own", "number": NUMBERS["cartesia"]}],
        },
        "chirp": {"apps": [{"id": APP}], "numbers": [{"number": NUMBERS["chirp"], "apps": [APP]}]},
        "truedy": {
            "agents": [{"id": TRUEDY_AGENT}],
            "numbers": [{"phone_number": NUMBERS["truedy"], "outbound_agent_id": TRUEDY_AGENT}],
        },
        "vantax": {
            "agents": [{"id": "agt_1"}],
            "numbers": [{"id": "pn_1", "number": NUMBERS["vantax"], "agent_id": "agt_1"}],
            "contacts": [
                {"id": f"ct_{index}", "phone": number} for index, number in enumerate([OTHER, LATE, REJECTED, OPTED_OUT])
            ],
            "conversations": [{"id": f"conv_{index}", "contact_id": f"ct_{index}"} for index in range(4)],
        },
    }
]
HEADERS = {
    "cald": {"Authorization": CALD},
    "cartesia": {"Authorization": "Bearer sk_car_acme", "Cartesia_Version": "2026-08-14"},
    "chirp": {"Authorization": "Bearer sk_live_app_acme"},
    "truedy": {"Authorization": f"Bearer {TRUEDY}"},
    "vantax": {"x_api_key": "vx_live_acme"},
}


class Line:
    """One provider in a world, as something that calls."""

    def __init__(self, world: World, provider: str) -> None:
        self.world, self.provider = world, provider
        self.api: Api = world.api(provider, **HEADERS[provider])

    def place(self, to: str, **more: Any) -> str:
        """Place a call; its path."""
        requests: dict[str, tuple[str, dict[str, Any], Callable[[Any], str]]] = {
            "cald": ("/agents/agent_1/call", {"phoneNumber": to}, lambda answer: f"/calls/{answer['callId']}"),
            "cartesia": (
                "/agents/calls",
                {"from_number_id": "ap_own", "agent_id": "agent_1", "outbound_calls": [{"to_number": to}]},
                lambda answer: f"/agents/calls/{answer['calls'][0]['agent_call_id']}",
            ),
            "chirp": ("/v1/calls", {"from": NUMBERS["chirp"], "to": to}, lambda answer: f"/v1/calls/{answer['id']}"),
            "truedy": (
                "/calls",
                {"agent_id": TRUEDY_AGENT, "phone_number": to},
                lambda answer: f"/calls/{answer['data']['id']}",
            ),
            "vantax": (
                "/calls",
                {"agent_id": "agt_1", "phone_number": to},
                lambda answer: f"/calls/{answer['data']['call_id']}",
            ),
        }
        path, body, read = requests[self.provider]
        answer = self.api("POST", path, {**body, **more})
        assert answer.is_success, answer.text
        return read(answer.json())

    def show(self, path: str) -> dict[str, Any]:
        """Return a call as the provider shows it."""
        answer = self.api("GET", path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body["data"] if self.provider in ("truedy", "vantax") else body

    def words(self, path: str) -> tuple[Any, ...]:
        """Return the words by which a provider says how a call stands."""
        call = self.show(path)
        return tuple(call[member] for member in WORDS[self.provider])

    def said(self, path: str) -> list[tuple[str, str]]:
        """Return the transcript of a call: who said what."""
        call = self.show(path)
        role, text = {"truedy": ("speaker", "text"), "cald": ("role", "content")}.get(self.provider, ("role", "text"))
        turns = call["transcripts"] if self.provider == "cald" else call.get("transcript") or []
        return [(turn[role], turn[text]) for turn in turns]

    def length(self, path: str) -> float:
        """Return how many seconds a call has lasted."""
        call = self.show(path)
        if self.provider != "cartesia":
            return float(call[{"cald": "callLength", "truedy": "duration_seconds"}.get(self.provider, "duration")])
        return float(call["transcript"][-1]["end_timestamp"]) if "transcript" in call else 0.0


WORDS = {
    "cald": ("completed", "result"),
    "cartesia": ("status", "end_reason"),
    "chirp": ("status", "endReason"),
    "truedy": ("status",),
    "vantax": ("status", "outcome", "call_end_reason"),
}
ENDS: dict[str, dict[str, tuple[Any, ...]]] = {
    "cald": {
        "completed": (True, "pickedUp"),
        "busy": (True, "unanswered"),
        "no_answer": (True, "unanswered"),
        "voicemail": (True, "pickedUp"),  # `voicemail` only where the agent looks for machines (get-call)
        "failed": (True, "failed"),
        "hung_up": (True, "disconnected"),
        "max_duration": (True, "pickedUp"),
    },
    "cartesia": {
        "completed": ("completed", "agent_hangup"),
        "busy": ("failed", "dial_busy"),
        "no_answer": ("failed", "dial_no_answer"),
        "voicemail": ("completed", "agent_hangup"),
        "failed": ("failed", "dial_failed"),
        "hung_up": ("completed", "client_hangup"),
        "max_duration": ("completed", "max_duration"),
    },
    "chirp": {
        "completed": ("completed", "hangup"),
        "busy": ("busy", "busy"),
        "no_answer": ("no_answer", "no_answer"),
        "voicemail": ("completed", "voicemail"),
        "failed": ("failed", "failed"),
        "hung_up": ("completed", "hangup"),
        "max_duration": ("completed", "max_duration"),
    },
    "truedy": {
        **dict.fromkeys(("completed", "voicemail", "hung_up", "max_duration"), ("completed",)),
        **dict.fromkeys(("busy", "no_answer", "failed"), ("failed",)),
    },
    "vantax": {
        "completed": ("completed", "completed", "caller_hangup"),
        "busy": ("busy", "no_answer", "busy"),
        "no_answer": ("no_answer", "no_answer", "no_answer"),
        "voicemail": ("completed", "voicemail", "voicemail"),
        "failed": ("failed", None, "failed"),
        "hung_up": ("completed", "completed", "caller_hangup"),
        "max_duration": ("completed", "completed", "max_duration"),
    },
}
BEGUN = {
    "cald": (False, "pending"),
    "cartesia": ("created", None),
    "chirp": ("initiated", None),
    "truedy": ("queued",),
    "vantax": ("initiated", None, None),
}
TALKING = {
    "cald": (False, "pickedUp"),
    "cartesia": ("started", None),
    "chirp": ("in_progress", None),
    "truedy": ("in_progress",),
    "vantax": ("in_progress", None, None),
}
ROLES = {  # of the agent and of the callee
    "cald": ("assistant", "user"),
    "cartesia": ("assistant", "user"),
    "truedy": ("agent", "contact"),
    "vantax": ("agent", "caller"),
}


@pytest.fixture
def worlds(make_world: Callable[..., World]) -> Callable[..., World]:
    """Make a world with an account at each provider that can call."""
    return lambda **more: make_world({"description": "Outcomes", "accounts": ACCOUNTS, **more})


@pytest.fixture
def line(worlds: Callable[..., World], provider: str) -> Callable[..., Line]:
    """Make a world, and return the provider in it."""
    return lambda **more: Line(worlds(**more), provider)


def advance(world: World, by: str) -> None:
    """Let time pass."""
    answer = world.http.post(f"{world.control}/clock", json={"advance": by})
    assert answer.status_code == 200, answer.text


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
    assert statuses(phone, send(phone.api, OTHER, OTHER).json()["id"]) == ["FAILED", "FAILED"]
    assert statuses(phone, send(phone.api, OTHER).json()["id"]) == ["DELIVERED"]
    assert phone.world.http.post(f"{phone.world.control}/reset").is_success
    assert send(phone.api, OTHER).status_code == 402
    together = line(calls={"in_turn": [{"outcome": "busy"}, {"outcome": "failed"}]})
    vantax = Line(together.world, "vantax")
    assert [vantax.words(vantax.place(OTHER))[0], together.words(together.place(OTHER))[0]] == ["busy", "failed"]


def send(api: Api, *to: str) -> Any:
    """Send a message with Chirp."""
    return api("POST", "/v1/sms", {"from": NUMBERS["chirp"], "to": [*to], "text": "Hello"})


def statuses(phone: Line, message_id: str) -> list[str]:
    """Return the status of each recipient of a message of Chirp."""
    return [one["status"] for one in phone.api("GET", f"/v1/sms/{message_id}").json()["recipients"]]


@pytest.mark.parametrize("provider", ["chirp"])
def test_chirps_recipients_fail_one_by_one(line: Callable[..., Line]) -> None:
    """A message to several shows each recipient's status; one to nobody who can get it is refused with a documented code."""
    phone = line(clock=FROZEN)
    message_id = send(phone.api, OTHER, LATE, REJECTED, OPTED_OUT).json()["id"]
    seen = [statuses(phone, message_id)]
    for step in ("1s", "1s", "1s", "28s", "1s"):
        advance(phone.world, step)
        seen.append(statuses(phone, message_id))
    assert seen == [
        ["QUEUED"] * 4,
        ["SENDING"] * 4,
        ["SENT", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "SENT", "FAILED", "FAILED"],
        ["DELIVERED", "DELIVERED", "FAILED", "FAILED"],
    ]
    log = phone.api("GET", f"/v1/sms/{message_id}").json()
    assert (log["sentAt"], log["completedAt"]) == ("2026-03-01T09:00:02.000Z", "2026-03-01T09:00:32.000Z")
    refused = send(phone.api, OPTED_OUT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "message_undeliverable")
    assert phone.api("GET", "/v1/sms").json()["totalCount"] == 1


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


# Many calls at once: https://docs.cartesia.ai/api-reference/agents/call-batches, https://docs.cald.ai and https://docs.truedy.ai


@pytest.mark.parametrize("provider", ["cartesia"])
def test_a_batch_counts_who_was_not_reached(line: Callable[..., Line]) -> None:
    """A recipient that was not reached failed, with its reason; a retry calls just these again."""
    phone = line()
    recipients = [{"to_number": number} for number in MAGIC.values()]
    batch = {"name": "x", "agent_id": "agent_1", "from_number_id": "ap_own", "recipients": recipients}
    made = phone.api("POST", "/agents/calls/batches", batch).json()
    assert (made["status"], made["total_calls_finished"]) == ("completed", 7)
    path = f"/agents/calls/batches/{made['id']}"
    shown = phone.show(path)["recipients"]
    assert [(one["status"], one["end_reason"]) for one in shown] == [*ENDS["cartesia"].values()]
    assert phone.api("POST", f"{path}/retry").json()["retry_count"] == 1
    calls = phone.api("GET", "/agents/calls", params={"batch_id": made["id"], "limit": "50"}).json()["data"]
    assert len(calls) == 7 + 3


@pytest.mark.parametrize("provider", ["cald"])
def test_a_campaign_counts_results(line: Callable[..., Line]) -> None:
    """Each result has a number of its own (get-campaign-details)."""
    phone = line()
    machines = {"machineSettings": {"enable": True}, "voicemailSettings": {"enable": True, "voicemail": "Call us."}}
    assert phone.api("PATCH", "/agents/agent_1", machines).is_success
    campaign = phone.api("POST", "/campaigns", {"name": "x", "listId": "list_1", "agentId": "agent_1"}).json()["campaignId"]
    details = phone.api("GET", f"/campaigns/{campaign}/details").json()
    results = {"pickedUp": 2, "voicemail": 1, "unanswered": 2, "failed": 1, "disconnected": 1, "ivr": 0}
    counts = {"totalCalls": 7, "completedCalls": 7, "pendingCalls": 0, **{f"{name}Calls": n for name, n in results.items()}}
    assert (details["status"], details["stats"]) == ("finished", counts)
    (voicemail,) = [call for call in details["calls"] if call["result"] == "voicemail"]
    said = [("user", "Please leave a message after the tone."), ("assistant", "Call us.")]
    assert [(turn["role"], turn["content"]) for turn in voicemail["transcripts"]] == said


@pytest.mark.parametrize("provider", ["cald"])
def test_an_agent_that_looks_for_machines_hangs_up_on_them(line: Callable[..., Line]) -> None:
    """Unless it has a message for them (agents-add)."""
    phone = line()
    assert phone.api("PATCH", "/agents/agent_1", {"machineSettings": {"enable": True}}).is_success
    path = phone.place(MAGIC["voicemail"])
    assert phone.words(path) == (True, "voicemail")
    assert phone.said(path) == [("user", "Please leave a message after the tone.")]


@pytest.mark.parametrize("provider", ["truedy"])
def test_a_batch_call_tells_its_contacts(line: Callable[..., Line]) -> None:
    """A contact that was not reached failed; the organization's own contact has the outcome of its last call."""
    phone = line()
    outcomes = {"completed": "contacted", "hung_up": "contacted", "voicemail": "voicemail", "busy": "no_answer"}
    ids = [phone.api("POST", "/contacts", {"phone_number": MAGIC[one]}).json()["data"]["id"] for one in outcomes]
    batch = phone.api("POST", "/batch-calls", {"name": "x", "agent_id": TRUEDY_AGENT, "contact_ids": ids}).json()["data"]["id"]
    assert phone.api("POST", f"/batch-calls/{batch}/schedule", {}).is_success
    shown = phone.show(f"/batch-calls/{batch}")
    assert (shown["status"], shown["called"], shown["completed"], shown["failed"]) == ("completed", 4, 3, 1)
    for outcome in set(outcomes.values()):
        found = phone.api("GET", "/contacts", params={"last_call_outcome": outcome}).json()["data"]
        assert {contact["phone"] for contact in found} == {MAGIC[one] for one, its in outcomes.items() if its == outcome}


# Cartesia's numbers: https://docs.cartesia.ai/api-reference/agents/calls/create


@pytest.mark.parametrize("provider", ["cartesia"])
def test_a_cartesia_number_dials_once_a_second(line: Callable[..., Line]) -> None:
    """On the world's clock, over several requests; nobody has to wait for that, and other numbers are not paced."""
    phone = line(clock=FROZEN)
    paths = [phone.place(OTHER) for _ in range(3)]
    assert [phone.show(path)["start_time"] for path in paths] == [f"2026-03-01T09:00:0{second}Z" for second in range(3)]
    advance(phone.world, "6s")
    assert [phone.words(path)[0] for path in paths] == ["started", "started", "created"]
    advance(phone.world, "1m")
    assert phone.show(phone.place(OTHER))["start_time"] == "2026-03-01T09:01:06Z"


@pytest.mark.parametrize("provider", ["cartesia"])
def test_calls_at_the_same_time_are_limited_by_the_plan(line: Callable[..., Line]) -> None:
    """Eight at the free plan; one more destination is an error of its own, until a call has ended (scaling)."""
    phone = line(clock=FROZEN)
    body = {"from_number_id": "ap_own", "agent_id": "agent_1"}

    def dial(count: int) -> list[bool]:
        answer = phone.api("POST", "/agents/calls", {**body, "outbound_calls": [{"to_number": OTHER}] * count})
        return ["agent_call_id" in one for one in answer.json()["calls"]]

    assert dial(9) == [True] * 8 + [False]
    assert dial(1) == [False]
    advance(phone.world, "15s")  # the first was answered after five seconds and has lasted ten
    assert dial(2) == [True, False]
