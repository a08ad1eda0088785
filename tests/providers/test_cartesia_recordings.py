"""What Cartesia keeps of calls – recordings, logs, results of metrics –, its voices and models, and the older way to dial."""

from __future__ import annotations

import csv
import io
import wave
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Api, World
from tests.providers.test_cartesia import AGENT, client, refusal, scenario

US = "+14155550199"
SECTION: dict[str, Any] = {
    "plan": "free",
    "slots": None,
    "agents": [{**AGENT, "initial_message": "Hello!"}, {"id": "agent_night", "name": "Night"}],
    "numbers": [{"id": "ap_own", "label": "Own", "agent_id": "agent_front"}],
    "calls": [{"id": "ac_live", "agent_id": "agent_night", "from_number_id": "ap_own", "status": "started"}],
    "deployments": [{"id": "ad_1", "agent_id": "agent_front"}],
    "metrics": [
        {"id": "metric_1", "name": "resolved", "prompt": "Was it?", "agent_ids": ["agent_front"], "result": "yes, mostly"},
        {"id": "metric_2", "name": "polite", "agent_ids": ["agent_front", "agent_night"]},
    ],
    "voices": [{"id": "voice_own", "name": "Ours", "description": "Of the front desk", "locale": "fr-CA"}],
}


@pytest.fixture
def cartesia(make_world: Callable[..., World]) -> Api:
    """An account with two agents, metrics, a voice and a call under way."""
    return client(make_world(scenario(**SECTION)))


def dialled(api: Api) -> str:
    """The path of a call that is over."""
    body = {"from_number_id": "ap_own", "agent_id": "agent_front", "outbound_calls": [{"to_number": US}]}
    (result,) = api("POST", "/agents/calls", body).json()["calls"]
    return f"/agents/calls/{result['agent_call_id']}"


def test_a_call_that_is_over_has_a_recording(cartesia: Api) -> None:
    """A WAV file that a library reads, the same each time; the journal does not show it as text."""
    path = dialled(cartesia)
    answer = cartesia("GET", f"{path}/audio")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/wav")
    assert answer.content == cartesia("GET", f"{path}/audio").content
    with wave.open(io.BytesIO(answer.content)) as recording:
        assert (recording.getnchannels(), recording.getframerate()) == (1, 8000)
        assert 0 < recording.getnframes() <= 5 * 8000


def test_a_recording_is_as_long_as_the_call(make_world: Callable[..., World]) -> None:
    """Up to five seconds."""
    world = make_world({**scenario(**SECTION), "lifecycles": {"cartesia.call": {"after": "2s"}}})
    cartesia = client(world)
    path = dialled(cartesia)
    assert refusal(cartesia("GET", f"{path}/audio"), 404) == (None, "Recording not found")
    world.http.post(f"{world.control}/clock", json={"advance": "4s"})
    with wave.open(io.BytesIO(cartesia("GET", f"{path}/audio").content)) as recording:
        assert recording.getnframes() == 2 * 8000


def test_the_journal_does_not_show_a_recording_as_text(make_world: Callable[..., World]) -> None:
    """It tells how many bytes there were."""
    world = make_world(scenario(**SECTION))
    cartesia = client(world)
    answer = cartesia("GET", f"{dialled(cartesia)}/audio")
    (entry,) = world.http.get(f"{world.control}/requests?operation=cartesia.calls_download_audio").json()["requests"]
    shown = world.http.get(f"{world.control}/requests/{entry['id']}").json()
    assert shown["answer"] == f"({len(answer.content)} bytes that are not text)"


def test_what_has_no_recording(cartesia: Api) -> None:
    """A call under way, one whose data was deleted, and none at all."""
    assert refusal(cartesia("GET", "/agents/calls/ac_live/audio"), 404) == (None, "Recording not found")
    path = dialled(cartesia)
    cartesia("DELETE", path)
    assert refusal(cartesia("GET", f"{path}/audio"), 404) == (None, "Recording not found")
    assert refusal(cartesia("GET", "/agents/calls/ac_none/audio"), 404) == (None, "Call not found")


def test_the_logs_of_a_call(cartesia: Api) -> None:
    """A line for the start, for each turn and for the end; none once the data is deleted."""
    path = dialled(cartesia)
    logs = cartesia("GET", f"{path}/logs").json()
    assert (logs["call_id"], len(logs["logs"])) == (path.rpartition("/")[2], 4)
    assert "call started" in logs["logs"][0]
    assert "assistant: Hello!" in logs["logs"][1]
    assert logs["logs"][3] == f"{logs['updated_at']} call completed: agent_hangup"
    assert len(cartesia("GET", "/agents/calls/ac_live/logs").json()["logs"]) == 1
    cartesia("DELETE", path)
    assert refusal(cartesia("GET", f"{path}/logs"), 404) == (None, "Call logs not available")
    assert refusal(cartesia("GET", "/agents/calls/ac_none/logs"), 404) == (None, "Call not found")


def test_a_call_that_rings_has_no_logs(make_world: Callable[..., World]) -> None:
    """They begin when it is answered."""
    cartesia = client(make_world({**scenario(**SECTION), "lifecycles": {"cartesia.call": {"after": "2s"}}}))
    assert refusal(cartesia("GET", f"{dialled(cartesia)}/logs"), 404) == (None, "Call logs not available")


def test_each_metric_has_a_result_of_each_call(cartesia: Api) -> None:
    """In camelCase, narrowed by every filter, and gone with the data of the call."""
    path = dialled(cartesia)
    call_id = path.rpartition("/")[2]
    first, second = cartesia("GET", "/agents/metrics/results").json()["data"]
    assert {first["metricId"]: first["result"], second["metricId"]: second["result"]} == {
        "metric_1": "yes, mostly",
        "metric_2": "true",
    }
    assert (first["callId"], first["agentId"], first["deploymentId"]) == (call_id, "agent_front", "ad_1")
    assert (first["status"], first["transcript"][0]["text"]) == ("completed", "Hello!")
    assert first["summary"] == cartesia("GET", path).json()["summary"] != ""
    dialled(cartesia)

    def count(query: str) -> int:
        return len(cartesia("GET", f"/agents/metrics/results?{query}").json()["data"])

    assert [count(f"call_id={call_id}"), count("metric_id=metric_1"), count("deployment_id=ad_1")] == [2, 2, 4]
    assert [count("agent_id=agent_night"), count("start_date=2200-01-01"), count("end_date=2200-01-01T00:00:00Z")] == [0, 0, 4]
    assert [count("start_date=2000-01-01T00:00:00Z"), count("limit=3")] == [4, 3]
    cartesia("DELETE", path)
    assert [count(f"call_id={call_id}"), count("")] == [0, 2]
    assert refusal(cartesia("GET", "/agents/metrics/results?start_date=soon"), 400)


def test_results_are_exported_as_csv(cartesia: Api) -> None:
    """With a header line, and quoted where a result has a comma."""
    dialled(cartesia)
    answer = cartesia("GET", "/agents/metrics/results/export?metric_id=metric_1", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["metricName"], row["result"], row["status"]) == ("resolved", "yes, mostly", "completed")


def test_a_metric_added_later_judges_later_calls(cartesia: Api) -> None:
    """And one that is removed judges none."""
    made = cartesia("POST", "/agents/metrics", {"name": "short", "prompt": "Was it short?"}).json()
    dialled(cartesia)
    cartesia("POST", f"/agents/agent_front/metrics/{made['id']}")
    dialled(cartesia)
    cartesia("DELETE", f"/agents/agent_front/metrics/{made['id']}")
    dialled(cartesia)
    (result,) = cartesia("GET", f"/agents/metrics/results?metric_id={made['id']}").json()["data"]
    assert result["metricName"] == "short"


def test_a_metric_of_no_agent_is_a_fault_of_the_scenario(world: World) -> None:
    """Which names the agent."""
    section = {"metrics": [{"id": "metric_1", "name": "x", "agent_ids": ["agent_none"]}]}
    answer = world.http.put(world.control, json={"scenario": scenario(**section)})
    assert answer.status_code == 422
    assert "agent_none" in answer.text


def test_voices(cartesia: Api) -> None:
    """Those of the organization come first; each filter narrows; a preview is shown where it is expanded."""
    voices = cartesia("GET", "/voices").json()["data"]
    assert [voice["is_owner"] for voice in voices] == [True, False, False]
    own = voices[0]
    assert (own["id"], own["access"], own["visibility"]) == ("voice_own", "private", "owner")
    assert (own["language"], own["country"], own["locales"]) == ("fr", "CA", [{"locale": "fr-CA", "is_native": True}])
    assert "preview_file_url" not in own

    def names(query: str) -> list[str]:
        return [voice["name"] for voice in cartesia("GET", f"/voices?{query}").json()["data"]]

    assert names("is_owner=true") == ["Ours"]
    assert names("gender=feminine") == ["Skylar"]
    assert names("q=FRONT") == ["Ours"]
    assert names("limit=1") == ["Ours"]
    assert names(f"starting_after={voices[1]['id']}") == ["Barbershop Man"]
    assert refusal(cartesia("GET", "/voices?starting_after=voice_none"), 400)
    shown = cartesia("GET", f"/voices/{voices[1]['id']}?expand[]=preview_file_url").json()
    assert (shown["name"], shown["preview_file_url"]) == ("Skylar", None)
    assert cartesia("GET", "/voices/voice_own").json() == own
    assert refusal(cartesia("GET", "/voices/voice_none"), 404) == (None, "Voice not found")


def test_an_agent_has_a_voice_and_a_model_that_are_listed(cartesia: Api) -> None:
    """The defaults of an agent are among the voices and the models."""
    config = cartesia("POST", "/v1/agents", {}).json()["config"]
    models = cartesia("GET", "/v1/agents/models").json()
    assert config["model"]["id"] in [model["id"] for model in models["data"]]
    assert models["data"][0]["pricing"]["currency"] == "USD"
    assert cartesia("GET", f"/voices/{config['audio']['output']['voice_id']}").status_code == 200
    first = cartesia("GET", "/v1/agents/models?limit=1").json()
    assert (first["has_more"], first["next_page"]) == (True, models["data"][0]["id"])


def test_an_older_client_dials(cartesia: Api) -> None:
    """Without naming a number: it is one of the agent's; the calls are those that the newer routes show."""
    body = {"target_numbers": [US, "+14155550198"], "agent_id": "agent_front", "metadata": {"customer": "42"}}
    answer = cartesia("POST", "/twilio/call/outbound", body)
    assert answer.status_code == 200
    made = answer.json()
    assert (made["status"], made["direction"], made["agent_id"]) == ("success", "outbound", "agent_front")
    assert [call["number"] for call in made["calls"]] == body["target_numbers"]
    call = cartesia("GET", f"/agents/calls/{made['calls'][0]['agent_call_id']}").json()
    assert (call["status"], call["metadata"]) == ("completed", {"customer": "42"})
    assert call["telephony_params"]["call_sid"] == made["calls"][0]["call_sid"]


def test_what_an_older_client_cannot_dial(cartesia: Api) -> None:
    """An agent without a number, a destination outside the US, more calls than the plan has, and no agent."""

    def asked(agent_id: str, *numbers: str) -> Any:
        return cartesia("POST", "/twilio/call/outbound", {"target_numbers": [*numbers], "agent_id": agent_id})

    assert refusal(asked("agent_night", US), 400) == (None, "No phone number")
    abroad = asked("agent_front", US, "+442079460018")
    assert refusal(abroad, 400) == (None, "Destination not allowed")
    assert "target_numbers[1]" in abroad.json()["message"]
    assert refusal(asked("agent_front", *[US] * 8), 429) == ("concurrency_limited", "Too many concurrent requests")
    assert refusal(asked("agent_none", US), 404) == (None, "Agent not found")
    assert len(cartesia("GET", "/agents/calls?agent_id=agent_front").json()["data"]) == 0
