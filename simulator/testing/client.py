"""A client of the control API: how tests steer worlds, in this process or on a server, with the same words."""

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

from simulator.testing.control_transport import Carrier, Local, Remote

if TYPE_CHECKING:
    from simulator.testing.transport import RemoteTransport, Transport

__all__ = ["Client", "ControlError", "Local", "ProviderAddress", "Remote", "World"]

Json = dict[str, Any]


class ControlError(Exception):
    """The control API refused; `status` is the HTTP status, the text says why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True)
class ProviderAddress:
    """Where a provider answers in a world, and the keys that work there."""

    name: str
    keys: tuple[str, ...]
    path: str
    world: str
    _carrier: Carrier = field(repr=False)

    @property
    def base_url(self) -> str:
        """What a client takes in the place of the provider's own address, its path included."""
        return self._carrier.url + self.path

    @property
    def api_key(self) -> str:
        """The first key that works."""
        if not self.keys:
            raise LookupError(f"this world has no key for {self.name}: its scenario is closed and lists none")
        return self.keys[0]

    @property
    def transport(self) -> Transport | RemoteTransport:
        """An `httpx` transport into this world, for `httpx.Client(transport=…)` and `httpx.AsyncClient(transport=…)`.

        Where the simulator is in this process it answers without a socket. Nothing leaves for any other host, so that a
        client may keep the provider's real address.

        Raises:
            ModuleNotFoundError: httpx is not installed; the text names the extra that brings it.
        """
        return self._carrier.transport(self.world)


class Client:
    """Steers one simulator."""

    _names = itertools.count(1)

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier

    @property
    def url(self) -> str:
        """The base URL of the simulator; one in this process starts its server when this is asked for."""
        return self.carrier.url

    @classmethod
    def connect(cls, url: str, token: str = "") -> Client:
        """A client of a running server; `token` is its admin token, where it has one."""
        return cls(Remote(url, token))

    def close(self) -> None:
        """Let go of what is held open; worlds stay as they are."""
        self.carrier.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | str | None = None) -> Json:
        """Send a control request; `path` is below `/_simulator`.

        Raises:
            ControlError: the server refused.
        """
        status, raw = self.carrier.send(method, "/_simulator" + path, body)
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

    def world(
        self,
        scenario: str | Json | Path | None = None,
        *,
        name: str | None = None,
        seed: int | None = None,
        strict: str | None = None,
    ) -> World:
        """Make a private world, from a named scenario, an inline one, a file, or the one that the server started with.

        `seed` and `strict` (documented or inferred) replace the scenario's.
        """
        body: Json | str
        if isinstance(scenario, Path):
            if seed is not None:
                raise ValueError(f"{scenario} says its own seed; another can be given to a named or an inline scenario")
            body = scenario.read_text(encoding="utf-8")
        else:
            wanted = {"scenario": scenario, "seed": seed}
            body = {key: value for key, value in wanted.items() if value is not None}
        name = name or f"world-{secrets.token_hex(6)}"  # others may use the same server
        query = f"?{urlencode({'strict': strict})}" if strict else ""
        return World(self, self.call("PUT", f"/worlds/{quote(name)}{query}", body or None))


class World:
    """One world of a simulator; each provider is an attribute: `world.cartesia.base_url`."""

    def __init__(self, client: Client, made: Json) -> None:
        self.client = client
        self.name: str = made["name"]
        self.scenario: str = made["scenario"]
        self.description: str = made["description"]
        self._addresses: dict[str, Json] = made["providers"]
        self.added_rules: list[str] = []

    @cached_property
    def providers(self) -> dict[str, ProviderAddress]:
        """Where each provider answers in this world."""
        return {
            name: ProviderAddress(name, tuple(each["keys"]), urlsplit(each["base_url"]).path, self.name, self.client.carrier)
            for name, each in self._addresses.items()
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
        rule = {"when": dict(when or {}), "name": name, "skip": skip, "probability": probability, "then": dict(then)}
        added: str = self._call("POST", "/rules", rule if times is None else {**rule, "times": times})["id"]
        self.added_rules.append(added)
        return added

    def rules(self) -> list[Json]:
        """The rules, with how often each fitted and decided."""
        found: list[Json] = self._call("GET", "/rules")["rules"]
        return found

    def explain_rule(self, rule_id: str) -> Json:
        """One rule with the request that came `nearest` to it without being decided by it, and why it was not."""
        return self._call("GET", f"/rules/{quote(rule_id)}")

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

    def drop(self, *, only_if_clean: bool = False) -> None:
        """Forget the world.

        Raises:
            ControlError: 409 where it is to be clean and is not, as a test that used it should not pass; it is kept then.
        """
        self._call("DELETE", "?only_if_clean=true" if only_if_clean else "")

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.client.call(method, f"/worlds/{quote(self.name)}{path}", body)
