"""A client of the control API, with the same interface for a simulator in this process and for a server."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from simulator.testing.control_transport import ControlTransport, Http, InProcess

if TYPE_CHECKING:
    from simulator.testing.transport import RemoteTransport, Transport

__all__ = ["Client", "ControlError", "Http", "InProcess", "ProviderAddress", "World"]

Json = dict[str, Any]


class ControlError(Exception):
    """The control API refused; `status` is the HTTP status, the text says why, `problem` is the body of the response."""

    def __init__(self, status: int, detail: str, problem: Json | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.problem: Json = problem or {}


@dataclass(frozen=True)
class ProviderAddress:
    """The base URL and the API keys of a provider in a world."""

    name: str
    keys: tuple[str, ...]
    path: str
    world: str
    _control: ControlTransport = field(repr=False)

    @property
    def base_url(self) -> str:
        """The URL that replaces the real base URL of the provider, including its path."""
        return self._control.url + self.path

    @property
    def api_key(self) -> str:
        """The first valid key.

        Raises:
            LookupError: the world has no key for the provider.
        """
        if not self.keys:
            raise LookupError(f"this world has no key for {self.name}: its scenario is closed and lists none")
        return self.keys[0]

    @property
    def transport(self) -> Transport | RemoteTransport:
        """An `httpx` transport for this world, for `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)`.

        All requests go to this world, whatever their host, so a client can keep the real base URL of the provider. A
        simulator in this process responds without a socket.

        Raises:
            ModuleNotFoundError: httpx is not installed; the text names the extra to install.
        """
        return self._control.transport(self.world)


class Client:
    """A client of one simulator."""

    _names = itertools.count(1)

    def __init__(self, control_transport: ControlTransport) -> None:
        self.control_transport = control_transport

    @property
    def url(self) -> str:
        """The base URL of the simulator; reading it starts the server of a simulator in this process."""
        return self.control_transport.url

    @classmethod
    def connect(cls, url: str, token: str = "") -> Client:
        """Return a client of a running server; `token` is its admin token, if it has one."""
        return cls(Http(url, token))

    def close(self) -> None:
        """Close all connections; worlds are not deleted."""
        self.control_transport.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | str | None = None) -> Json:
        """Send a request to the control API and return the body; `path` is below `/_simulator`.

        Raises:
            ControlError: the response is an error.
        """
        status, raw = self.control_transport.send(method, "/_simulator" + path, body)
        content: Json = json.loads(raw) if raw else {}
        if status >= 400:
            raise ControlError(status, content.get("detail") or content.get("simulator_bug") or raw.decode(), content)
        return content

    def health(self) -> Json:
        """Return the version and the providers of the server."""
        return self.call("GET", "/health")

    def providers(self) -> list[Json]:
        """Return operations, errors and evidence levels of each provider."""
        providers: list[Json] = self.call("GET", "/providers")["providers"]
        return providers

    def scenarios(self) -> dict[str, str]:
        """Return the descriptions of the scenarios on the server, by name."""
        return {scenario["name"]: scenario["description"] for scenario in self.call("GET", "/scenarios")["scenarios"]}

    def world(
        self,
        scenario: str | Json | Path | None = None,
        *,
        name: str | None = None,
        seed: int | None = None,
        strict: str | None = None,
    ) -> World:
        """Create a world from a named scenario, an inline one, a file, or by default the scenario of the server.

        `seed` and `strict` (documented or inferred) override the scenario.

        Raises:
            ControlError: the scenario is unknown or has faults.
            ValueError: a seed was given for a file.
        """
        body: Json | str
        if isinstance(scenario, Path):
            if seed is not None:
                raise ValueError(f"{scenario} says its own seed; another can be given to a named or an inline scenario")
            body = scenario.read_text(encoding="utf-8")
        else:
            members = {"scenario": scenario, "seed": seed}
            body = {key: value for key, value in members.items() if value is not None}
        name = name or f"world-{secrets.token_hex(6)}"  # unique, as other clients may use the same server
        query = f"?{urlencode({'strict': strict})}" if strict else ""
        return World(self, self.call("PUT", f"/worlds/{quote(name)}{query}", body or None))


class World:
    """One world of a simulator; each provider is an attribute: `world.cartesia.base_url`."""

    def __init__(self, client: Client, description: Json) -> None:
        self.client = client
        self.name: str = description["name"]
        self.scenario: str = description["scenario"]
        self.description: str = description["description"]
        self._addresses: dict[str, Json] = description["providers"]
        self.added_rules: list[str] = []

    @cached_property
    def providers(self) -> dict[str, ProviderAddress]:
        """The address of every provider in this world, by name."""
        return {
            name: ProviderAddress(
                name, tuple(address["keys"]), urlsplit(address["base_url"]).path, self.name, self.client.control_transport
            )
            for name, address in self._addresses.items()
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
        """Return the requests in the journal, the newest last; `matched` tells whether they matched a route."""
        text = None if matched is None else str(matched).lower()
        filters = {"provider": provider, "operation": operation, "status": status, "matched": text, "limit": 10_000}
        query = urlencode({key: value for key, value in filters.items() if value is not None})
        requests: list[Json] = self._call("GET", f"/requests?{query}")["requests"]
        return requests

    def explain(self, request_id: str) -> Json:
        """Explain one request; `story` has the explanation in sentences."""
        return self._call("GET", f"/requests/{quote(request_id)}")

    def forget_requests(self) -> None:
        """Delete all requests from the journal."""
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
        """Add a rule and return its id; the arguments are the members of a rule in a scenario file.

        Added rules are tried in the order in which they were added, and before those of the scenario.
        """
        rule = {"when": dict(when or {}), "name": name, "skip": skip, "probability": probability, "then": dict(then)}
        added: str = self._call("POST", "/rules", rule if times is None else {**rule, "times": times})["id"]
        self.added_rules.append(added)
        return added

    def rules(self) -> list[Json]:
        """Return the rules, with the numbers of requests that each matched and fired for."""
        rules: list[Json] = self._call("GET", "/rules")["rules"]
        return rules

    def explain_rule(self, rule_id: str) -> Json:
        """Return one rule, with the `nearest` request that did not fire it and the reason."""
        return self._call("GET", f"/rules/{quote(rule_id)}")

    def remove_rule(self, rule_id: str) -> None:
        """Remove a rule."""
        self._call("DELETE", f"/rules/{quote(rule_id)}")

    def remove_rules(self) -> None:
        """Remove all rules, including those of the scenario."""
        self._call("DELETE", "/rules")

    def clock(self) -> Json:
        """Return the time of the world, and the pending events."""
        return self._call("GET", "/clock")

    def advance(self, by: str) -> list[Json]:
        """Advance the clock, such as by `30s`; return the events that fired, in order."""
        fired: list[Json] = self._call("POST", "/clock", {"advance": by})["fired"]
        return fired

    def freeze(self, at: str | None = None) -> None:
        """Freeze the clock, at the current time or at a time in RFC 3339."""
        self._call("POST", "/clock", {"freeze": True} | ({"set": at} if at else {}))

    def unfreeze(self) -> None:
        """Unfreeze the clock."""
        self._call("POST", "/clock", {"freeze": False})

    def reset(self) -> None:
        """Reset the world to its scenario."""
        self._call("POST", "/reset")

    def clear(self) -> None:
        """Reset the world to the accounts of its scenario, without their records."""
        self._call("POST", "/clear")

    def snapshot(self, name: str = "") -> str:
        """Save a snapshot of the world and return its name."""
        name = name or f"snapshot-{next(Client._names)}"
        saved: str = self._call("PUT", f"/snapshots/{quote(name)}")["name"]
        return saved

    def restore(self, name: str) -> None:
        """Restore a snapshot, which is kept."""
        self._call("POST", f"/snapshots/{quote(name)}/restore")

    def state(self, provider: str | None = None) -> list[Json]:
        """Return the tables of every account."""
        query = urlencode({"limit": 10_000} | ({"provider": provider} if provider else {}))
        accounts: list[Json] = self._call("GET", f"/state?{query}")["accounts"]
        return accounts

    def drop(self, *, only_if_clean: bool = False, unknown_fields: str = "ignore") -> None:
        """Delete the world.

        With `only_if_clean` it is kept if a test that used it should fail or be warned; `unknown_fields="fail"` counts requests
        with fields that their operation does not know, too.

        Raises:
            ControlError: 409 if it is kept; `problem` has the findings and the rules that never fired.
        """
        self._call("DELETE", f"?only_if_clean=true&unknown_fields={unknown_fields}" if only_if_clean else "")

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.client.call(method, f"/worlds/{quote(self.name)}{path}", body)
