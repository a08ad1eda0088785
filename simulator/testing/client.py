"""A client of the control API, with the same interface for a simulator in this process and for a server."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Never
from urllib.parse import quote, urlencode, urlsplit

from simulator.documents import nearest_names
from simulator.testing import report
from simulator.testing.addresses import ControlError, ProviderAddress
from simulator.testing.control_transport import ControlTransport, Http, InProcess, Json
from simulator.testing.outcome import Outcome, then_of
from simulator.testing.records import Difference, Requests
from simulator.testing.rule_handle import RuleHandle

__all__ = ["Client", "ControlError", "Http", "InProcess", "Json", "ProviderAddress", "World"]

FILTERS = ("provider", "operation", "status", "matched")
_snapshots = itertools.count(1)


class Client:
    """A client of one simulator."""

    def __init__(self, control_transport: ControlTransport) -> None:
        self.control_transport = control_transport

    def __repr__(self) -> str:
        return f"<simulator.testing.client.Client over {self.control_transport!r}>"

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
        unmatched: Literal["fail", "ignore"] = "fail",
        unknown_fields: Literal["warn", "fail", "ignore"] = "warn",
    ) -> World:
        """Create a world from a named scenario, an inline one, a file, or by default the scenario of the server.

        `seed` and `strict` (documented or inferred) override the scenario. In a `with` block the world is checked at the end,
        as the pytest fixture does it; `unmatched` and `unknown_fields` are the options of the marker.

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
        description = self.call("PUT", f"/worlds/{quote(name)}{query}", body or None)
        return World(self, description, unmatched=unmatched, unknown_fields=unknown_fields)


class World:
    """One world of a simulator; each provider is an attribute: `world.cartesia.base_url`."""

    def __init__(self, client: Client, description: Json, *, unmatched: str = "fail", unknown_fields: str = "warn") -> None:
        """Keep what the control API says of the world; `unmatched` and `unknown_fields` are the defaults of `check`."""
        self.client = client
        self._unmatched, self._unknown_fields = unmatched, unknown_fields
        self.name: str = description["name"]
        self.scenario: str = description["scenario"]
        self.description: str = description["description"]
        self._addresses: dict[str, Json] = description["providers"]
        self.added_rules: list[RuleHandle] = []

    def __repr__(self) -> str:
        return f"<simulator.testing.client.World {self.name!r} of the scenario {self.scenario!r}>"

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
        if name.startswith("_") or "_addresses" not in self.__dict__:  # copy and pickle look before there are any attributes
            raise AttributeError(f"World has no attribute {name!r}")
        try:
            return self.providers[name]
        except KeyError:
            raise AttributeError(f"no provider {name!r}; there are: {', '.join(self.providers)}") from None

    def __enter__(self) -> World:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Check the world, unless an exception is on its way, and delete it."""
        try:
            if kind is None:
                self.check(stacklevel=3)
        finally:
            self._drop_if_there()

    def check(self, *, stacklevel: int = 2) -> None:
        """Raise an AssertionError if a test that used the world must not pass, and warn of what it should know.

        It is the check of the pytest fixture, for worlds that are made by hand: in fixtures of a wider scope, in unittest and
        in tests with `@given`. The world stays; a world that is deleted passes.
        """
        try:
            verdict = self._call("GET", "/verdict")
        except ControlError as error:
            if error.status == 404:
                return
            raise
        reason, warnings = report.judge(verdict, self._unmatched, self._unknown_fields)
        report.warn(warnings, stacklevel + 1)
        if reason:
            raise AssertionError(f"{reason}\n\n{self.report()}")

    def report(self) -> str:
        """Return the journal as text, with the explanation of the last request that failed."""
        return report.journal(self, self._call("GET", "/requests?limit=10000"))

    def requests(
        self,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        *,
        matched: bool | None = None,
        **unknown: Never,
    ) -> Requests:
        """Return the requests in the journal, the newest last; `matched` tells whether they matched a route.

        Raises:
            ControlError: there is no such provider or operation; the text names the nearest.
            TypeError: there is no such filter.
        """
        for name in unknown:
            near = nearest_names(name, FILTERS, 1) or FILTERS
            raise TypeError(f"requests() has no filter {name!r}; did you mean {' or '.join(near)}?")
        text = None if matched is None else str(matched).lower()
        return self._requests(provider=provider, operation=operation, status=status, matched=text)

    def _requests(self, **filters: Any) -> Requests:
        given = {key: value for key, value in {**filters, "details": "true", "limit": 10_000}.items() if value is not None}
        return Requests(self._call("GET", f"/requests?{urlencode(given)}"), self.name)

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
    ) -> RuleHandle:
        """Add a rule and return a handle of it; the arguments are the members of a rule in a scenario file.

        Added rules are tried in the order in which they were added, and before those of the scenario.
        """
        rule = {"when": dict(when or {}), "name": name, "skip": skip, "probability": probability, "then": dict(then)}
        added = self._call("POST", "/rules", rule if times is None else {**rule, "times": times})
        handle = RuleHandle(self._call, self._requests, added["id"], added["name"])
        self.added_rules.append(handle)
        return handle

    def sequence(self, operation: str, outcomes: Sequence[Outcome]) -> list[RuleHandle]:
        """Answer the next requests to an operation one after another: `[503, "QUOTA_EXCEEDED", OK]`.

        A number is a status, a text the name of an error, a mapping the `then` of a rule, and `OK` the real response. After the
        last one all responses are real.
        """
        handles: list[RuleHandle] = []
        try:
            for then in map(then_of, outcomes):
                handle = self.rule(when={"operation": operation}, then=then, times=1)
                handles.append(handle)
        except (ControlError, TypeError):
            for handle in handles:
                handle.remove()
            raise
        return handles

    def rules(self) -> list[Json]:
        """Return the rules, with the numbers of requests that each matched and fired for."""
        rules: list[Json] = self._call("GET", "/rules")["rules"]
        return rules

    def explain_rule(self, rule_id: str | RuleHandle) -> Json:
        """Return one rule, with the `nearest` request that did not fire it and the reason."""
        return self._call("GET", f"/rules/{quote(str(rule_id))}")

    def remove_rule(self, rule_id: str | RuleHandle) -> None:
        """Remove a rule."""
        self._call("DELETE", f"/rules/{quote(str(rule_id))}")

    def remove_rules(self) -> None:
        """Remove all rules, including those of the scenario."""
        self._call("DELETE", "/rules")

    def clock(self) -> Json:
        """Return the time of the world, and the pending events."""
        return self._call("GET", "/clock")

    def advance(self, by: str | float | timedelta) -> list[Json]:
        """Advance the clock by a text such as `30s`, by seconds or by a timedelta; return the events that fired, in order."""
        by = by.total_seconds() if isinstance(by, timedelta) else by
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
        name = name or f"snapshot-{next(_snapshots)}"
        saved: str = self._call("PUT", f"/snapshots/{quote(name)}")["name"]
        return saved

    def restore(self, name: str) -> None:
        """Restore a snapshot, which is kept."""
        self._call("POST", f"/snapshots/{quote(name)}/restore")

    def diff(self, name: str) -> list[Difference]:
        """Return the records that were added, changed or removed since a snapshot."""
        changes = self._call("GET", f"/snapshots/{quote(name)}/diff")["changes"]
        return [Difference(**change) for change in changes]

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

    def _drop_if_there(self) -> None:
        """Delete the world; a test may have deleted it itself."""
        try:
            self.drop()
        except ControlError as error:
            if error.status != 404:
                raise

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.client.call(method, f"/worlds/{quote(self.name)}{path}", body)
