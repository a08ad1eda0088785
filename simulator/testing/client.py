"""A client of the control API, with the same interface for a simulator in this process and for a server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from simulator.documents import nearest_names
from simulator.engine.masking import Mask
from simulator.engine.worlds import DEFAULT
from simulator.testing import report
from simulator.testing.addresses import ControlError, ProviderAddress, decoded, refusal
from simulator.testing.by_hand import by_hand
from simulator.testing.callers import Callers
from simulator.testing.control_transport import ControlTransport, Http, InProcess, Json
from simulator.testing.hosts import Hosts
from simulator.testing.hunting import Hunting
from simulator.testing.intercept import Interception
from simulator.testing.intercept.observation import observed
from simulator.testing.ledger import RentedNumber
from simulator.testing.report import FailurePolicy
from simulator.testing.request_bodies import body_of, document_of
from simulator.testing.rule_handle import RuleHandle
from simulator.testing.webhooks import WebhookTarget
from simulator.testing.world_operations import WorldOperations

DEFAULT_POLICY = FailurePolicy()

__all__ = ["Client", "ControlError", "Http", "InProcess", "Json", "ProviderAddress", "World"]

MIN_LIKENESS = 0.6  # of an attribute that was meant


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

    def call(self, method: str, path: str, body: Mapping[str, Any] | str | bytes | None = None) -> Json:
        """Send a request to the control API and return the body; `path` is below `/_simulator`.

        Raises:
            ControlError: the response is an error.
            ValueError: no simulator answers there.
        """
        return decoded(self.raw(method, path, body))

    def raw(self, method: str, path: str, body: Mapping[str, Any] | str | bytes | None = None) -> bytes:
        """Send a request to the control API and return the bytes of the body.

        Raises:
            ControlError: the response is an error.
            ValueError: no simulator answers there.
        """
        status, raw = self.control_transport.send(method, "/_simulator" + path, body)
        if status >= 400:
            raise refusal(status, raw)
        return raw

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
        leaks: Literal["fail", "ignore"] = "ignore",
        hosts: Mapping[str, str | None] | None = None,
        load: str | Path | None = None,
    ) -> World:
        """Create a world from a named scenario, an inline one, a file, or by default the scenario of the server.

        `load` is a file that `World.save` has written: the world continues where that one stood. `seed` and `strict`
        (documented or inferred) override the scenario. In a `with` block the world is checked at the end, as the pytest fixture
        does it; `unmatched`, `unknown_fields` and `leaks` are the options of the marker. `hosts` adds hosts to those of the
        providers, such as `{"gateway.example.com": "cartesia"}`.

        Raises:
            ControlError: the scenario is unknown or has faults, or the file cannot be loaded.
            OSError: the file cannot be read.
            ValueError: a seed was given for a file, anything that the file of `load` says itself, or `hosts` is invalid.
        """
        policy = FailurePolicy(unmatched, unknown_fields, leaks)
        policy.check()
        body = body_of(scenario, seed) if load is None else document_of(load, scenario=scenario, seed=seed, strict=strict)
        name = f"world-{secrets.token_hex(6)}" if name is None else name  # unique, as others may use the same server
        owner = secrets.token_hex(8)
        resource = f"/worlds/{quote(name)}" if load is None else f"/worlds/{quote(name)}/snapshot"
        query = {"owner": owner} if strict is None else {"owner": owner, "strict": strict}
        world = World(self, self.call("PUT", f"{resource}?{urlencode(query)}", body or None), policy, owner)
        by_hand.add(world)
        try:
            world.hosts = world.hosts.extended({} if hosts is None else hosts)
        except ValueError:
            world.drop()
            raise
        return world


class World(WorldOperations, Hunting):
    """One world of a simulator; each provider is an attribute: `world.cartesia.base_url`."""

    def __init__(self, client: Client, description: Json, policy: FailurePolicy = DEFAULT_POLICY, owner: str = "") -> None:
        """Wrap a world that the control API describes; `policy` is what `check` fails for.

        `owner` is the one with which the world was created; another client may create a world of the same name later.
        """
        self.client = client
        self.dropped = False  # by this object
        self._was_checked = False
        self._was_entered = False  # so it is checked at the end of the block
        self._last_verdict: Json = {"findings": [], "idle_rules": []}  # of a world that was dropped unchecked
        self._interceptions: list[Interception] = []
        self.blocked: list[str] = []  # requests that an interception did not let out of the machine, each with the reason
        self._policy = policy
        self.name: str = description["name"]
        self._owner = f"owner={quote(owner)}"
        self.scenario: str = description["scenario"]
        self.description: str = description["description"]
        self._addresses: dict[str, Json] = description["providers"]
        self.added_rules: list[RuleHandle] = []
        self.webhooks = WebhookTarget(client.control_transport, self.name)  # `world.webhooks.to(app)` leads them into the test
        self.bounds: list[str] = []  # what the hunts in it tried without finding anything
        known = {name: tuple(address["hosts"]) for name, address in self._addresses.items()}
        self.hosts = Hosts(client.control_transport.is_own, known, {})

    def __repr__(self) -> str:
        return f"<simulator.testing.client.World {self.name!r} of the scenario {self.scenario!r}>"

    @cached_property
    def providers(self) -> dict[str, ProviderAddress]:
        """The address of every provider in this world, by name."""
        return {
            name: ProviderAddress(
                name,
                tuple(address["keys"]),
                urlsplit(address["base_url"]).path,
                self.name,
                self.client.control_transport,
                self.hosts,
            )
            for name, address in self._addresses.items()
        }

    def __getattr__(self, name: str) -> ProviderAddress:
        if name.startswith("_") or "_addresses" not in self.__dict__:  # copy and pickle look before there are any attributes
            raise AttributeError(f"World has no attribute {name!r}")
        if name in self.providers:
            return self.providers[name]
        own = [attribute for attribute in dir(type(self)) if not attribute.startswith("_")]
        near = nearest_names(name, [*self.providers, *own], 1, MIN_LIKENESS)
        known = f"its providers are {', '.join(self.providers)}, and those of --simulator-providers"
        hint = f"did you mean {near[0]!r}?" if near else known
        raise AttributeError(f"World has no attribute or provider {name!r}; {hint}")

    def __enter__(self) -> World:
        self._was_entered = True
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Check the world, unless an exception is on its way, and delete it."""
        __tracebackhide__ = True  # pytest shows the line of the test alone
        try:
            if kind is None:
                self.check(stacklevel=3)
            else:
                by_hand.end(self)
        except AssertionError as failure:
            by_hand.end(self, str(failure))
            raise
        finally:
            self._drop_if_there()

    def intercept(
        self, *, hosts: Mapping[str, str | None] | None = None, others: Literal["pass", "refuse"] = "pass"
    ) -> Interception:
        """Lead the calls of httpx, requests, urllib3, `http.client` and aiohttp to the providers' real hosts into this world.

        `with world.intercept(): …` does so in the whole process until the end of the block. A request to a provider that cannot
        be led here raises, and fails the test. `hosts` adds hosts, as for `simulator.world(…)`; with `others="refuse"` requests
        to all other hosts raise too, except for those of this machine.

        Raises:
            ValueError: `hosts` or `others` is invalid.
        """
        known = self.hosts.extended({} if hosts is None else hosts)
        interception = Interception(self.client.control_transport, self.name, known, others, self.blocked)
        self._interceptions.append(interception)
        return interception

    def check(self, *, stacklevel: int = 2) -> None:
        """Raise an AssertionError if a test that used the world must not pass, and warn of what it should know.

        It is the check of the pytest fixture, for worlds that are made by hand: in fixtures of a wider scope, in unittest and
        in tests with `@given`. The world stays; one that was deleted with `drop` is judged as it was then.
        """
        __tracebackhide__ = True
        self._was_checked = not self.dropped
        findings, warnings = report.judge(self.verdict(), self._policy)
        report.warn(warnings, stacklevel + 1)
        leaked = report.leaked(self.rented()) if self._policy.leaks == "fail" and not self.dropped else ""
        if reason := "\n".join(filter(None, [self.stopped(), findings, leaked])):
            raise AssertionError(reason if self.dropped else f"{reason}\n\n{self.report()}")

    def overlooked(self) -> str:
        """Return why the world fails a test that has neither checked nor deleted it; empty if it does not."""
        if self.dropped or self._was_checked or self._was_entered:
            return ""
        findings, _ = report.judge(self.verdict(), self._policy)
        return report.unchecked(self.name, findings) if findings else ""

    @property
    def _callers(self) -> Callers:
        return self.client.control_transport.callers

    @property
    def _mask(self) -> Mask:
        return self.client.control_transport.mask

    def _observed(self) -> AbstractContextManager[None]:
        return observed(self.client.control_transport, self.name, is_default=self.name == DEFAULT)

    def _lead_webhooks(self, target: Callable[..., Any] | None) -> list[BaseException]:
        return self.webhooks.lend(target)

    def rented(self) -> list[tuple[RentedNumber, str]]:
        """Return the numbers that are still rented, each with where it was bought: a line of the test, or a request."""
        return self.with_places(self.ledger().rented)

    def with_places(self, rented: Iterable[RentedNumber]) -> list[tuple[RentedNumber, str]]:
        """Return numbers, each with where it was bought: a line of the test, or a request."""
        line = self._callers.line
        return [(held, f"at {where}" if (where := line(held.request)) else f"by {held.request}") for held in rented]

    def stopped(self) -> str:
        """Return why interceptions of the world, or receivers of its webhooks, fail a test; empty if they do not."""
        unused = "" if all(one.was_begun for one in self._interceptions) else report.UNUSED_INTERCEPTION
        raised = report.raised(self.webhooks.errors())
        return "\n".join(filter(None, [report.blocked(self.blocked), unused, raised]))

    def verdict(self) -> Json:
        """Return the `findings` and the `idle_rules` of the world; of one that was deleted with `drop`, those that it had.

        Raises:
            AssertionError: the world is gone.
        """
        if self.dropped:
            return self._last_verdict
        try:
            return self._call("GET", f"/verdict?{self._owner}")
        except ControlError as error:
            if error.status == 404:
                raise AssertionError(report.gone(self.name)) from None
            raise

    def report(self) -> str:
        """Return the journal as text, with the explanation of the last request that failed."""
        undelivered = [webhook for webhook in self.outbox() if webhook.status in ("blocked", "failed", "pending")]
        requests = self._call("GET", "/requests?limit=10000")
        return report.journal(self, requests, self._call("GET", "/gates")["gates"], undelivered)

    def save(self, path: str | Path) -> None:
        """Write the world to a file, with everything that it is; `simulator.world(load=path)` continues it in any process.

        The file holds keys and secrets in full.

        Raises:
            OSError: the file cannot be written.
        """
        document = self.client.raw("GET", f"/worlds/{quote(self.name)}/snapshot")
        Path(path).write_bytes(msgspec.json.format(document, indent=1) + b"\n")

    def count_requests(self) -> int:
        """Return how many requests have reached the world, also those that are no longer in the journal."""
        total: int = self._call("GET", "")["requests"]["total"]
        return total

    def drop(self, *, only_if_clean: bool = False, unknown_fields: str = "ignore", leaks: str = "ignore") -> None:
        """Delete the world; what it would fail a test for is kept for `check`, and for the fixture.

        With `only_if_clean` it is kept if a test that used it should fail or be warned; `unknown_fields="fail"` counts requests
        with fields that their operation does not know, too, and `leaks="fail"` numbers that are still rented.

        Raises:
            ControlError: 409 if it is kept; `problem` has the findings, the rules that never fired and the rented numbers.
        """
        verdict = self._last_verdict if only_if_clean or self._was_checked else self._call("GET", f"/verdict?{self._owner}")
        condition = f"&only_if_clean=true&unknown_fields={unknown_fields}&leaks={leaks}" if only_if_clean else ""
        self._call("DELETE", f"?{self._owner}{condition}")
        self.dropped, self._last_verdict = True, verdict

    def _drop_if_there(self) -> None:
        """Delete the world, unless the test has done so."""
        try:
            if not self.dropped:
                self.drop()
        except ControlError as error:
            if error.status != 404:
                raise

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        return self.client.call(method, f"/worlds/{quote(self.name)}{path}", body)
