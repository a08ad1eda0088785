"""A world steered through the control API, and the demo provider in it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import httpx

from tests.conftest import Api, World

KEY = "demo_" + "1" * 32
BUY, AGENTS = "/numbers", "/agents"
FROZEN = {"start": "2026-03-01T00:00:00Z", "frozen": True}
Json = dict[str, Any]


class Steered:
    """A world, its control API, and one customer of the demo provider."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def demo(self) -> Api:
        """A client of the demo provider."""
        return self.world.api("demo", Authorization=KEY)

    def control(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Send a control request about the world."""
        if body is not None:
            more["json"] = body
        return self.world.http.request(method, self.world.control + path, **more)

    def told(self, method: str, path: str, body: Any = None) -> Any:
        """What the control API says; it must not refuse. In process, which takes a tenth of the time of a connection."""
        return self.world.client.call(method, f"/worlds/{self.world.name}{path}", body)

    def rule(self, then: Json, when: Json | None = None, **more: Any) -> str:
        """Add a rule; its id."""
        return str(self.told("POST", "/rules", {"then": then, "when": when or {}, **more})["id"])

    def rules(self) -> dict[str, tuple[int, int]]:
        """How often each rule fitted and decided, by id, in the order in which they are tried."""
        return {rule["id"]: (rule["fitted"], rule["fired"]) for rule in self.told("GET", "/rules")["rules"]}

    def journal(self, query: str = "") -> list[Json]:
        """What was asked."""
        found: list[Json] = self.told("GET", f"/requests{query}")["requests"]
        return found

    def explain(self, answer: httpx.Response) -> Json:
        """The story of a request."""
        told: Json = self.told("GET", f"/requests/{answer.headers['X-Simulator-Request']}")
        return told

    def story(self) -> str:
        """Return the lines by which the newest request is explained."""
        return "\n".join(self.last()["story"])

    def last(self) -> Json:
        """The story of the last request, whatever became of its answer."""
        told: Json = self.told("GET", f"/requests/{self.journal()[-1]['id']}")
        return told

    def state(self, provider: str = "") -> Any:
        """The tables of every account, or of those of a provider."""
        return self.told("GET", f"/state?provider={provider}" if provider else "/state")["accounts"]

    def numbers(self) -> list[str]:
        """The numbers that were bought at the demo provider, the newest first."""
        tables = [account["tables"]["numbers"] for account in self.state("demo")]
        return [record["number"] for table in tables for record in table["records"]]

    def clock(self, **wish: Any) -> Any:
        """Steer the clock."""
        return self.told("POST", "/clock", wish)
