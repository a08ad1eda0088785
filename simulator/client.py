"""A client of the control API: how tests steer worlds, in this process or on a server, with the same words."""

from __future__ import annotations

import http.client
import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from simulator.app import App

Json = dict[str, Any]


class ControlError(Exception):
    """The control API refused; `status` is the HTTP status, the text says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Carrier(Protocol):
    """How a request gets to the control API."""

    url: str

    def send(self, method: str, path: str, body: Json | None) -> tuple[int, bytes]:
        """Send a request and return status and body."""


class Remote:
    """A server that is reached over HTTP, on one connection that is kept open."""

    def __init__(self, url: str, token: str = "", timeout: float = 10) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = make(parts.hostname or "", parts.port, timeout=timeout)
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def send(self, method: str, path: str, body: Json | None) -> tuple[int, bytes]:
        """Send a request; once more on a new connection when the server has closed the old one."""
        raw = None if body is None else json.dumps(body).encode()
        for last in (False, True):
            try:
                self._connection.request(method, path, raw, self._headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self._connection.close()
                if last:
                    raise
        raise AssertionError("unreachable")


class Local:
    """An application in this process, with or without a server."""

    def __init__(self, app: App, url: str, token: str = "") -> None:
        self.url = url
        self._app = app
        self._headers = {"host": urlsplit(url).netloc, "content-type": "application/json"}
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Json | None) -> tuple[int, bytes]:
        """Hand a request to the application."""
        from simulator.exchange import Request  # noqa: PLC0415  (whoever has an application has loaded it)

        path, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        answered = self._app.respond(Request(method, path, query, self._headers, raw))
        return answered.status, answered.body


@dataclass(frozen=True)
class ProviderAddress:
    """Where a provider answers in a world, and the keys that work there."""

    name: str
    base_url: str
    keys: tuple[str, ...]

    @property
    def api_key(self) -> str:
        """The first key that works."""
        if not self.keys:
            raise LookupError(f"this world has no key for {self.name}: its scenario is closed and lists none")
        return self.keys[0]


class Client:
    """Steers one simulator."""

    _names = itertools.count(1)

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.url = carrier.url

    @classmethod
    def connect(cls, url: str, token: str = "") -> Client:
        """A client of a running server; `token` is its admin token, where it has one."""
        return cls(Remote(url, token))

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a control request; `path` is below `/_simulator`.

        Raises:
            ControlError: the server refused.
        """
        status, raw = self._carrier.send(method, "/_simulator" + path, body)
        content: Json = json.loads(raw) if raw else {}
        if status >= 400:
            raise ControlError(status, content.get("detail") or content.get("simulator_bug") or raw.decode())
        return content

    def health(self) -> Json:
        """Version and providers of the server."""
        return self.call("GET", "/health")

    def providers(self) -> list[Json]:
        """Operations, errors and evidence of each provider."""
        found: list[Json] = self.call("GET", "/providers")["providers"]
        return found

    def scenarios(self) -> dict[str, str]:
        """The descriptions of the scenarios that ship with the server, by name."""
        return {each["name"]: each["description"] for each in self.call("GET", "/scenarios")["scenarios"]}

    def world(self, scenario: str | Json | None = None, *, name: str | None = None, seed: int | None = None) -> World:
        """Make a private world, from a named scenario, an inline one, or the one that the server started with."""
        name = name or f"{os.getpid()}-{next(self._names)}"
        wanted = {"scenario": scenario, "seed": seed}
        made = self.call("PUT", f"/worlds/{quote(name)}", {key: value for key, value in wanted.items() if value is not None})
        return World(self, made)


class World:
    """One world of a simulator; each provider is an attribute: `world.cartesia.base_url`."""

    def __init__(self, client: Client, made: Json) -> None:
        self.client = client
        self.name: str = made["name"]
        self.description: str = made["description"]
        self.providers = {
            name: ProviderAddress(name, each["base_url"], tuple(each["keys"])) for name, each in made["providers"].items()
        }

    def __getattr__(self, name: str) -> ProviderAddress:
        try:
            return self.providers[name]
        except KeyError:
            raise AttributeError(f"no provider {name!r}; there are: {', '.join(self.providers)}") from None

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def requests(
        self,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        *,
        matched: bool | None = None,
    ) -> list[Json]:
        """What was asked, the newest last."""
        matching = None if matched is None else str(matched).lower()
        wanted = {"provider": provider, "operation": operation, "status": status, "matched": matching, "limit": 10_000}
        query = urlencode({key: value for key, value in wanted.items() if value is not None})
        found: list[Json] = self._call("GET", f"/requests?{query}")["requests"]
        return found

    def explain(self, request_id: str) -> Json:
        """One request explained; `story` tells it in sentences."""
        return self._call("GET", f"/requests/{quote(request_id)}")

    def forget_requests(self) -> None:
        """Empty the journal."""
        self._call("DELETE", "/requests")

    def rule(
        self,
        *,
        then: Mapping[str, Any],
        when: Mapping[str, Any] | None = None,
        times: int | None = None,
        skip: int = 0,
        probability: float = 1.0,
        name: str = "",
    ) -> str:
        """Add a rule before all others and return its id; as in a scenario file."""
        rule: Json = {"then": dict(then), "when": dict(when or {}), "skip": skip, "probability": probability, "name": name}
        if times is not None:
            rule["times"] = times
        added: str = self._call("POST", "/rules", rule)["id"]
        return added

    def rules(self) -> list[Json]:
        """The rules, with how often each fitted and decided."""
        found: list[Json] = self._call("GET", "/rules")["rules"]
        return found

    def remove_rule(self, rule_id: str) -> None:
        """Take a rule away."""
        self._call("DELETE", f"/rules/{quote(rule_id)}")

    def remove_rules(self) -> None:
        """Take all rules away, the scenario's too."""
        self._call("DELETE", "/rules")

    def clock(self) -> Json:
        """The time, and what is due later."""
        return self._call("GET", "/clock")

    def advance(self, by: str) -> list[Json]:
        """Move the clock on, such as by `30s`, and return what came due, in order."""
        fired: list[Json] = self._call("POST", "/clock", {"advance": by})["fired"]
        return fired

    def freeze(self, at: str | None = None) -> None:
        """Stop the clock, where it is or at a time in RFC 3339."""
        self._call("POST", "/clock", {"freeze": True} | ({"set": at} if at else {}))

    def unfreeze(self) -> None:
        """Let the clock go on."""
        self._call("POST", "/clock", {"freeze": False})

    def reset(self) -> None:
        """Back to what the scenario says."""
        self._call("POST", "/reset")

    def clear(self) -> None:
        """The scenario's accounts with nothing in them."""
        self._call("POST", "/clear")

    def snapshot(self, name: str = "") -> str:
        """Save the world and return the name to restore it by."""
        name = name or f"snapshot-{next(Client._names)}"
        saved: str = self._call("PUT", f"/snapshots/{quote(name)}")["name"]
        return saved

    def restore(self, name: str) -> None:
        """Go back to what was saved; it can be gone back to again."""
        self._call("POST", f"/snapshots/{quote(name)}/restore")

    def state(self, provider: str | None = None) -> list[Json]:
        """The tables of every account."""
        query = urlencode({"limit": 10_000} | ({"provider": provider} if provider else {}))
        accounts: list[Json] = self._call("GET", f"/state?{query}")["accounts"]
        return accounts

    def drop(self) -> None:
        """Forget the world."""
        self._call("DELETE", "")

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.client.call(method, f"/worlds/{quote(self.name)}{path}", body)
