"""The five providers as lines that can call, and how each of them says that a call has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import Api, World
from tests.providers.test_chirp import APP

OTHER = "+14155550123"
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


def advance(world: World, by: str) -> None:
    """Let time pass."""
    answer = world.http.post(f"{world.control}/clock", json={"advance": by})
    assert answer.status_code == 200, answer.text
