"""What Cartesia's newest pages say, fact by fact, with the pages beside the facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import client, provision, refusal, scenario
from tests.providers.test_cartesia_calls import SECTION, US, dial
from tests.providers.test_cartesia_providers import PROVIDERS, TRUNK, TWILIO, link, take

NEWEST = {"Cartesia-Version": "2026-08-14"}
NUMBERS = "/agents/phone-numbers"
AGENT = "/v1/agents/agent_front"


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with numbers and calls, asked in the newest version."""
    return make_world(scenario(**SECTION)).api("cartesia", Authorization="Bearer sk_car_acme", **NEWEST)


def change(api: Api, config: dict[str, Any], status: int = 200) -> Any:
    """Change the configuration of an agent; return the whole of it, or the error."""
    answer = api("PATCH", AGENT, {"config": config})
    assert answer.status_code == status, answer.text
    return answer.json()["config"] if status == 200 else answer.json()


# Calls: https://docs.cartesia.ai/api-reference/agents/calls


def test_a_call_shows_its_transcript_and_a_list_does_not(cartesia: Api) -> None:
    """Get Call has no `expand` and returns the transcript; List Calls leaves it out unless it is expanded."""
    (made,) = dial(cartesia, US)
    for params in ({}, {"expand": "transcript"}):
        call = cartesia("GET", f"/agents/calls/{made['agent_call_id']}", params=params).json()
        assert [turn["text"] for turn in call["transcript"]] == ["Hello!", "Hello, thank you for calling."]
    listed = cartesia("GET", "/agents/calls", params={"agent_id": "agent_front"}).json()["data"]
    assert "transcript" not in listed[0]


VARIABLES: list[dict[str, Any]] = [
    {"a": None},
    {"a": [1]},
    {"1a": "x"},
    {"system__time": "x"},
    {"secret__key": "x"},
    {"x" * 65: "x"},
    {f"v{index}": 1 for index in range(65)},
    {"a": "x" * (16 * 1024)},
]


@pytest.mark.parametrize("variables", VARIABLES)
def test_wrong_variables_are_an_error_of_their_destination(cartesia: Api, variables: dict[str, Any]) -> None:
    """At most 64 texts, numbers or booleans, 16 KiB in all, by names that are not reserved; the others are dialled."""
    destinations = [{"to_number": US, "dynamic_variables": variables}, {"to_number": US}]
    body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": destinations}
    wrong, right = cartesia("POST", "/agents/calls", body).json()["calls"]
    assert wrong["error"]["title"] == "Invalid dynamic variables"
    assert set(right) == {"number", "agent_call_id"}


def test_variables_are_shown_with_the_call(cartesia: Api) -> None:
    """`dynamic_variables` has the values of the call; `metadata` is shown to those who sent it."""
    variables = {"name": "Ada", "age": 36, "member": True, "rate": 0.5}
    body = {"from_number_id": "ap_own", "agent_id": "agent_front"}
    for sent, shown in (
        ({"dynamic_variables": variables}, {"dynamic_variables": variables}),
        ({"metadata": {"id": 1}}, {"dynamic_variables": {}, "metadata": {"id": 1}}),
    ):
        answer = cartesia("POST", "/agents/calls", {**body, "outbound_calls": [{"to_number": US, **sent}]})
        call = cartesia("GET", f"/agents/calls/{answer.json()['calls'][0]['agent_call_id']}").json()
        assert {name: call[name] for name in ("dynamic_variables", "metadata") if name in call} == shown


@pytest.mark.parametrize("to_number", ["4155550199", "+0155550199", "+1415", "", "somebody"])
def test_a_destination_that_is_no_number_is_an_error_of_its_own(cartesia: Api, to_number: str) -> None:
    """The request succeeds, and each destination says what became of it ("check calls[].error")."""
    wrong, right = dial(cartesia, to_number, US)
    assert (wrong["number"], wrong["error"]["title"]) == (to_number, "Invalid destination")
    assert right["agent_call_id"]


@pytest.mark.parametrize("minutes", [0, -1, 1, 100_000])
def test_the_duration_of_a_call_has_no_bounds(cartesia: Api, minutes: int) -> None:
    """Only a batch bounds `max_call_duration_minutes`."""
    assert "agent_call_id" in dial(cartesia, US, max_call_duration_minutes=minutes)[0]


DOCUMENTED: list[tuple[str, str, Any]] = [
    ("GET", "/agents/calls", None),
    ("GET", "/agents/calls?agent_id=agent_front&limit=0", None),
    ("GET", "/agents/calls?agent_id=agent_front&starting_after=a&ending_before=b", None),
    ("GET", "/agents/calls?agent_id=agent_front&starting_after=ac_none", None),
    ("GET", "/agents/calls?agent_id=agent_front&start_time_gte=2026-03-02T00:00:00Z&start_time_lte=2026-03-01T00:00:00Z", None),
    ("GET", "/agents/calls?agent_id=agent_front&start_time_gte=yesterday", None),
    ("POST", "/agents/calls", {}),
    (
        "POST",
        "/agents/calls",
        {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": [], "ringing_timeout_seconds": 4},
    ),
]


@pytest.mark.parametrize(("method", "path", "body"), DOCUMENTED)
def test_a_documented_400_is_graded_so(cartesia: Api, method: str, path: str, body: Any) -> None:
    """What List Calls and Create Outbound Call say of their 400; that of other operations is on no page."""
    answer = cartesia(method, path, body)
    assert refusal(answer, 400) == (None, "Invalid request")
    assert answer.headers["X-Simulator-Evidence"] == "documented"
    other = cartesia("POST", f"{NUMBERS}/provision", {})
    assert (other.status_code, other.headers["X-Simulator-Evidence"]) == (400, "assumed")


# Numbers: https://docs.cartesia.ai/api-reference/agents/phone-numbers/delete


def test_only_twilio_numbers_are_deleted_while_they_are_assigned(cartesia: Api) -> None:
    """Cartesia's own numbers and those of SIP trunks have to be unassigned first."""
    for number in ("ap_own", "ap_both", "ap_twilio"):
        assert cartesia("PATCH", f"{NUMBERS}/{number}", {"agent_id": "agent_front"}).status_code == 200
    assert refusal(cartesia("DELETE", f"{NUMBERS}/ap_own"), 400) == (None, "Phone number is assigned")
    assert refusal(cartesia("DELETE", f"{NUMBERS}/ap_both"), 400) == (None, "Phone number is assigned")
    deleted = cartesia("DELETE", f"{NUMBERS}/ap_twilio")
    assert (deleted.status_code, deleted.headers["X-Simulator-Evidence"]) == (204, "documented")
    assert cartesia("GET", f"{NUMBERS}/ap_twilio").status_code == 404


def test_a_limit_above_100_is_capped(make_world: Callable[..., World]) -> None:
    """As https://docs.cartesia.ai/api-reference/api-keys/list has it."""
    section = {"slots": 101, "numbers": [{"label": "Line", "count": 101}]}
    answer = client(make_world(scenario(**section)))("GET", NUMBERS, params={"limit": "1000"})
    assert (len(answer.json()["data"]), answer.json()["has_more"]) == (100, True)
    assert answer.headers["X-Simulator-Evidence"] == "inferred"


# Agents: https://docs.cartesia.ai/api-reference/agents/create and …/update


def test_a_configuration_has_every_documented_member(cartesia: Api) -> None:
    """The members of `config` and of what is in it, with their documented defaults."""
    config = cartesia("POST", "/v1/agents", {}).json()["config"]
    assert set(config) == {
        "instructions",
        "initial_message",
        "language",
        "model",
        "audio",
        "tools",
        "system_tools",
        "timezone",
        "dynamic_variable_placeholders",
        "turn",
    }
    assert (config["timezone"], config["dynamic_variable_placeholders"]) == ("UTC", {})
    assert config["turn"] == {"inactivity_end_call_secs": 240, "inactivity_check_in_secs": 8}


def test_system_tools_keep_what_they_are_told(cartesia: Api) -> None:
    """`description` and `pre_tool_speech` are shown, kept where they are not sent, and gone with null."""
    transfers = [{"condition": "angry", "destination": {"type": "phone", "phone_number": "{{transfer_number}}"}}]
    tools = {
        "end_call": {"description": "Hang up.", "pre_tool_speech": "force"},
        "send_dtmf": {"pre_tool_speech": "force"},
        "transfer_to_number": {"description": "Pass on.", "transfers": transfers},
    }
    shown = change(cartesia, {"system_tools": tools})["system_tools"]
    assert shown["end_call"] == tools["end_call"]
    assert shown["send_dtmf"] == {"description": None, "pre_tool_speech": "force"}
    assert shown["transfer_to_number"] == {"description": "Pass on.", "pre_tool_speech": "auto", "transfers": transfers}

    kept = change(cartesia, {"system_tools": {"transfer_to_number": {"pre_tool_speech": "force"}, "send_dtmf": None}})
    assert kept["system_tools"]["transfer_to_number"] == {**shown["transfer_to_number"], "pre_tool_speech": "force"}
    assert (kept["system_tools"]["send_dtmf"], kept["system_tools"]["end_call"]) == (None, tools["end_call"])


def test_a_background_sound_is_made_louder(cartesia: Api) -> None:
    """A PATCH may send the volume alone where there is a sound, and needs the file where there is none."""

    def sound(**sent: Any) -> dict[str, Any]:
        return {"audio": {"output": {"background_sound": sent}}}

    error = change(cartesia, sound(volume=0.5), status=400)
    assert error["message"] == "✖ Required → at config.audio.output.background_sound.file_id"
    assert change(cartesia, sound(file_id="file_1"))["audio"]["output"]["background_sound"] == {
        "file_id": "file_1",
        "volume": 1,
    }
    louder = change(cartesia, sound(volume=1.5))["audio"]["output"]["background_sound"]
    assert louder == {"file_id": "file_1", "volume": 1.5}


def test_placeholders_are_replaced_as_a_whole(cartesia: Api) -> None:
    """Saved samples are replaced; not sending them keeps them, and {} clears them."""
    assert change(cartesia, {"dynamic_variable_placeholders": {"a": "x", "b": 1}})["dynamic_variable_placeholders"] == {
        "a": "x",
        "b": 1,
    }
    assert change(cartesia, {"timezone": "Europe/Berlin"})["dynamic_variable_placeholders"] == {"a": "x", "b": 1}
    assert change(cartesia, {"dynamic_variable_placeholders": {"b": True}})["dynamic_variable_placeholders"] == {"b": True}
    assert change(cartesia, {"dynamic_variable_placeholders": {}})["dynamic_variable_placeholders"] == {}


@pytest.mark.parametrize(
    "config",
    [
        {"turn": {"inactivity_end_call_secs": 19}},
        {"turn": {"inactivity_end_call_secs": 241}},
        {"turn": {"inactivity_end_call_secs": None}},
        {"turn": {"inactivity_check_in_secs": 4}},
        {"turn": {"inactivity_check_in_secs": 61}},
        {"turn": {"inactivity_end_call_secs": 30, "inactivity_check_in_secs": 30}},
        {"dynamic_variable_placeholders": {"a": None}},
        {"dynamic_variable_placeholders": {"secret__a": "x"}},
        {"dynamic_variable_placeholders": {"a": "x" * 16 * 1024}},
        {"system_tools": {"end_call": {"pre_tool_speech": "never"}}},
        {"system_tools": {"end_call": {"description": ""}}},
        {"system_tools": {"transfer_to_number": {"description": "no transfers"}}},
        {"tools": [{"id": "a"}, {"id": "a"}]},
    ],
)
def test_configurations_that_cannot_be(cartesia: Api, config: dict[str, Any]) -> None:
    """Their bounds, when an agent is made and when it is changed."""
    assert change(cartesia, config, status=400)["title"] == "Invalid request"
    assert refusal(cartesia("POST", "/v1/agents", {"config": config}), 400) == (None, "Invalid request")


def test_a_check_in_can_be_switched_off(cartesia: Api) -> None:
    """Null is for never, so any end will do."""
    turn = {"inactivity_end_call_secs": 20, "inactivity_check_in_secs": None}
    assert change(cartesia, {"turn": turn})["turn"] == turn


def test_a_new_version_is_described(cartesia: Api) -> None:
    """`version_description` goes to the version that a changed configuration makes, and with nothing else."""
    first = cartesia("GET", AGENT).json()["version"]
    body = {"config": {"instructions": "Be brief."}, "version_description": "Shorter"}
    changed = cartesia("PATCH", AGENT, body).json()["version"]
    assert (changed["description"], changed["id"] == first["id"]) == ("Shorter", False)
    for other in ({"version_description": "x"}, body, {"name": "x", "version_description": "x"}):
        assert refusal(cartesia("PATCH", AGENT, other), 400) == (None, "Invalid request")
    assert cartesia("GET", AGENT).json()["version"] == changed
    assert cartesia("PATCH", AGENT, {"config": {"instructions": ""}}).json()["version"]["description"] is None


def test_a_webhook_is_attached_by_either_page(make_world: Callable[..., World]) -> None:
    """The guide sends `webhook_id` to /v1/agents, whose specification does not have it: a switch."""
    refusing = {**scenario(), "assume": {"cartesia.unknown_keys": "refuse"}}
    for world, status in ((make_world(scenario()), 200), (make_world(refusing), 400)):
        api = world.api("cartesia", Authorization="Bearer sk_car_acme", **NEWEST)
        webhook = api("POST", "/agents/webhooks", {"url": "https://example.com/calls", "secret": "x"}).json()["id"]
        answer = api("PATCH", AGENT, {"webhook_id": webhook})
        assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (
            status,
            "inferred" if status == 200 else "assumed",
        )
    assert answer.json()["message"] == '✖ Unrecognized key: "webhook_id"'


# Errors: https://docs.cartesia.ai/use-the-api/api-errors


def test_a_400_says_what_is_wrong_where(cartesia: Api) -> None:
    """A line for each complaint; the older form is one line."""
    body = {"label": 7, "agent_id": None}
    newest = cartesia("POST", f"{NUMBERS}/provision", body).json()
    assert newest["title"] == "Invalid request"
    assert sorted(newest["message"].split("\n")) == [
        '✖ Invalid input: is not of type "string" → at agent_id',
        '✖ Invalid input: is not of type "string" → at label',
    ]
    older = cartesia("POST", f"{NUMBERS}/provision", {}, headers={"Cartesia-Version": "2026-03-01"}).json()
    assert (older["title"], older["message"]) == ("Bad request", "label: Required")
    plain = cartesia("POST", f"{NUMBERS}/provision", {}, headers={"Cartesia-Version": "2025-04-16"})
    assert plain.text == "Bad request: label: Required"


@pytest.mark.parametrize(
    "body",
    [
        {**TWILIO, "api_key_secret": "hush is not a secret", "api_key_sid": 7},
        {**TWILIO, "api_key_secret": ["hush"]},
        {**TWILIO, "api_key_secret": {"hush": "hush does not match"}},
        {**TWILIO, "api_key_secret": "hush" * 5000, "region": "de1"},
        {**TRUNK, "label": None, "inbound": {"credentials": {"username": "x", "password": "hush"}}},
    ],
)
@pytest.mark.parametrize("version", ["2025-04-16", "2026-03-01", "2026-08-14"])
def test_no_message_holds_a_secret(cartesia: Api, body: dict[str, Any], version: str) -> None:
    """Whatever is wrong with the request beside it."""
    for method, path in (("POST", PROVIDERS), ("PATCH", f"{PROVIDERS}/ata_twilio")):
        answer = cartesia(method, path, body, headers={"Cartesia-Version": version})
        assert answer.status_code == 400
        assert "hush" not in answer.text


def test_a_wrong_version_is_told_all_of_them(cartesia: Api) -> None:
    """The message lists every version that there is."""
    message = cartesia("GET", NUMBERS, headers={"Cartesia-Version": "2025-01-01"}).json()["message"]
    for version in ("2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04", "2026-03-01", "2026-08-14"):
        assert version in message


# SIP trunks: https://docs.cartesia.ai/api-reference/agents/providers/create and …/update


def test_a_password_is_kept_where_only_the_username_is_sent(cartesia: Api) -> None:
    """Without a password the stored one stays, if there is one; null clears both."""
    path = f"{PROVIDERS}/{link(cartesia, TRUNK)['id']}"
    renamed = cartesia("PATCH", path, {"inbound": {"credentials": {"username": "other"}}}).json()
    assert renamed["inbound"]["auth_username"] == "other"
    assert (
        refusal(cartesia("PATCH", path, {"outbound": {"credentials": {"username": "x"}}}), 400)[1]
        == "Invalid SIP configuration"
    )
    assert cartesia("PATCH", path, {"inbound": {"credentials": None}}).json()["inbound"]["auth_username"] == ""
    assert (
        refusal(cartesia("PATCH", path, {"inbound": {"credentials": {"username": "x"}}}), 400)[1] == "Invalid SIP configuration"
    )


@pytest.mark.parametrize("country", ["US", "gb", "dE"])
def test_a_country_is_two_letters_in_either_case(cartesia: Api, country: str) -> None:
    """`destination_country` matches [A-Za-z]{2}, and is shown as it was sent."""
    outbound = {"address": "sip.example.com", "transport": "tcp", "destination_country": country}
    trunk = link(cartesia, {"type": "sip_trunk", "label": "Office", "outbound": outbound})
    assert trunk["outbound"]["destination_country"] == country


def test_numbers_of_a_deleted_twilio_import_can_come_again(cartesia: Api) -> None:
    """Deleting an assigned Twilio number gives it back."""
    number = take(cartesia, "+14155550142", {"id": "ata_twilio"}, agent_id="agent_front")
    assert cartesia("DELETE", f"{NUMBERS}/{number['id']}").status_code == 204
    assert take(cartesia, "+14155550142", {"id": "ata_twilio"})["agent"] is None
    assert provision(cartesia)["number"] != "+14155550142"
