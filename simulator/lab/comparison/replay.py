"""A recording, sent to a fresh world: ids, phone numbers, times and keys are those that the world gives."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import structs

from simulator.engine.handling import handle
from simulator.engine.journal import Entry
from simulator.engine.world import ServerContext, Snapshot, World
from simulator.http.request import Request
from simulator.lab.comparison.bindings import Bindings, Stranger
from simulator.lab.comparison.stand_ins import stand_in
from simulator.lab.comparison.verdicts import Judge, Verdict
from simulator.lab.traffic import credentials
from simulator.lab.traffic.har import Exchange
from simulator.lab.traffic.knowledge import Knowledge
from simulator.openapi.contract import Matched, NoRoute, WrongMethod, match
from simulator.openapi.form_body import FORM, URL_ENCODED, encode_form, encode_url_encoded, form_fields
from simulator.openapi.json_body import decode
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.scenario.model import Scenario

WORLD = "compare"
Attempt = tuple[Verdict, Entry | None]  # with what the journal has of it
JOURNAL_BYTES = 1024 * 1024
NOT_SENT = frozenset({"host", "content-length", "accept-encoding", "connection", "prefer", "cookie", "transfer-encoding"})


class Replayed(NamedTuple):
    """The verdicts of a replay, and the exchanges in which each switch was looked up, by `provider.switch`."""

    verdicts: list[Verdict]
    used: dict[str, set[int]]


class Recorded(NamedTuple):
    """An exchange with its provider, and the path that the provider knows."""

    exchange: Exchange
    bound: BoundProvider
    path: str


class Consulted(dict[str, str | int]):
    """The switches of a world, which notes those that were looked up."""

    def __init__(self, assume: Mapping[str, str | int]) -> None:
        super().__init__({"": "", **assume})  # never empty: a world without switches is not asked
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a switch."""
        self.names.add(name)
        return super().get(name, default)


class Replay:
    """Replays one recording in worlds of its own."""

    def __init__(self, recorded: Sequence[Recorded], providers: Mapping[str, BoundProvider], scenario: Scenario) -> None:
        self._recorded, self._providers = recorded, providers
        self._scenario = structs.replace(scenario, start=recorded[0].exchange.started, frozen=True, strict=None)
        self._knowledge = {one.bound.name: Knowledge(one.bound) for one in recorded}

    @property
    def assumed(self) -> Mapping[str, str | int]:
        """The switches that the scenario sets."""
        return self._scenario.assume

    def run(self, assume: Mapping[str, str | int]) -> Replayed:
        """Replay the recording in a world with these switches beside those of the scenario."""
        scenario = structs.replace(self._scenario, assume={**self._scenario.assume, **assume})
        return _Run(scenario, self._providers, self._knowledge).replayed(self._recorded)


class _Run:
    """One replay on its way."""

    def __init__(self, scenario: Scenario, providers: Mapping[str, BoundProvider], knowledge: Mapping[str, Knowledge]) -> None:
        providers_ = {name: bound.provider for name, bound in providers.items()}
        self._world = World(WORLD, scenario, providers_, server=ServerContext(journal_bytes=JOURNAL_BYTES))
        self._consulted = self._world.store.environment.assume = Consulted(scenario.assume)
        self._scenario, self._knowledge = scenario, knowledge
        self._bindings: defaultdict[str, Bindings] = defaultdict(Bindings)  # by provider
        self._keys: defaultdict[str, dict[str, str]] = defaultdict(dict)  # likewise, of the recording

    def replayed(self, recorded: Sequence[Recorded]) -> Replayed:
        used: defaultdict[str, set[int]] = defaultdict(set)
        return Replayed([self._replayed(one, used) for one in recorded], dict(used))

    def _replayed(self, one: Recorded, used: defaultdict[str, set[int]]) -> Verdict:
        exchange, bound = one.exchange, one.bound
        matched, unknown = _matched(one)
        operation = matched.operation if matched else None
        name = f"{bound.name}.{operation.id}" if operation else ""
        if reason := _missing(exchange):
            return Verdict(exchange, name, "could not be checked", reason)
        if unknown and exchange.status < 400:
            return Verdict(exchange, name, "not simulated", unknown)
        self._consulted.names.clear()
        self._go_to(exchange)
        bindings, body = self._bindings[bound.name], _body(exchange, operation)
        strangers = [*_strangers(bindings, self._knowledge[bound.name], matched, exchange, body)]
        before = self._world.snapshot() if strangers or exchange.status >= 400 else None
        unbound = bindings.copy() if strangers else bindings
        verdict, entry = self._attempt(one, matched, body, strangers)
        if matched is not None and entry and before and strangers and verdict.kind != "matched" and exchange.status != 404:
            other = self._with_stand_ins(one, matched, body, unbound, strangers, entry, before)
            verdict, entry = other or (verdict, entry)
        for name in self._consulted.names:
            used[name].add(exchange.number)
        if entry and before and entry.status < 400 <= exchange.status:
            self._world.restore(before)  # the provider did nothing
        return verdict

    def _attempt(self, one: Recorded, matched: Matched | None, body: Any, strangers: list[Stranger]) -> Attempt:
        """Send a request again, and compare the responses."""
        name = one.bound.name
        request, path = self._request(one, matched, body)
        response = handle(one.bound, self._world, request, path)
        operation, entry = matched.operation if matched else None, self._world.journal.newest
        account = self._world.store.accounts.get((name, entry.tenant)) if entry else None
        began = [row.record.id for rows in account.seeded.values() for row in rows] if account else []
        judge = Judge(self._knowledge[name], self._bindings[name], frozenset(began))
        return judge.verdict(one.exchange, operation, response, strangers), entry

    def _with_stand_ins(
        self,
        one: Recorded,
        matched: Matched,
        body: Any,
        unbound: Bindings,
        strangers: list[Stranger],
        entry: Entry,
        before: Snapshot,
    ) -> Attempt | None:
        """Try again with records of the scenario for those from before the recording; None if that is no better."""
        name = one.bound.name
        first, account = self._bindings[name], self._world.store.accounts.get((name, entry.tenant))
        if account is None:
            return None
        seeded = {table: account.began_with(table) for table in account.tables}
        if not stand_in(strangers, matched, seeded, unbound):
            return None
        after = self._world.snapshot()
        self._world.restore(before)
        self._bindings[name] = unbound
        rest = [stranger for stranger in strangers if unbound.simulated(stranger.text) is None]
        verdict, other = self._attempt(one, matched, body, rest)
        if other and other.status // 100 == one.exchange.status // 100:
            return verdict, other
        self._world.restore(after)
        self._bindings[name] = first
        return None

    def _go_to(self, exchange: Exchange) -> None:
        """Advance the clock of the world to that of the recording, and fire due timers."""
        world = self._world
        clock = world.store.environment.clock
        if exchange.started > clock.now():
            with world.whole():
                clock.set(exchange.started)
                world.tick()

    def _request(self, one: Recorded, matched: Matched | None, body: Any) -> tuple[Request, str]:
        exchange, bindings = one.exchange, self._bindings[one.bound.name]
        bindings.begin()
        path = one.path
        if matched is not None:
            path = matched.operation.path
            for name, text in zip(matched.operation.arguments, matched.arguments, strict=True):
                path = path.replace(f"{{{name}}}", quote(bindings.resent(text), safe=""), 1)
        pairs = [(name, bindings.resent(text, name)) for name, text in parse_qsl(exchange.query, keep_blank_values=True)]
        headers = {name: text for name, text in exchange.headers.items() if _is_sent(name)}
        raw = exchange.body.encode() if isinstance(exchange.body, str) else exchange.body or b""
        if body is not None:
            media, raw = _encoded(exchange, matched.operation if matched else None, bindings.resent(body))
            headers["content-type"] = media
        pairs = self._presented(one, matched, headers, pairs)
        query = urlencode(pairs)
        return Request(exchange.method, path, query, {"host": one.bound.spec.host, **headers}, raw), path

    def _presented(
        self, one: Recorded, matched: Matched | None, headers: dict[str, str], pairs: list[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """Replace the keys of the recording with those of the world; return the query."""
        bound, schemes = one.bound, matched.operation.schemes if matched else tuple(one.bound.spec.schemes.values())
        query = urlencode(pairs)
        key = next((found for scheme in schemes if (found := scheme.read(headers, query)) is not None), None)
        own = self._key(bound, key, schemes, one.exchange.status)
        if own is None:
            return pairs
        key_headers, key_parameters = credentials.places(bound)
        for name in key_headers:
            headers.pop(name, None)
        scheme = next(scheme for scheme in bound.spec.schemes.values() if scheme.match(own))
        scheme = next((one for one in schemes if one.match(own)), scheme)
        presented, in_query = scheme.present(own)
        headers.update(presented)
        return [*((name, text) for name, text in pairs if name not in key_parameters), *in_query.items()]

    def _key(self, bound: BoundProvider, key: str | None, schemes: Sequence[Any], status: int) -> str | None:
        """Return the world's key for one of the recording; None to send the recorded one, or none."""
        own = [*dict.fromkeys([*self._scenario.keys(bound.name), *(bound.provider.keys if self._scenario.open else ())])]
        if key is not None and key in own:
            return None
        found = credentials.own_key(bound, own, key) if key else None
        if found is None and status not in (401, 403) and schemes and not any(scheme.is_open for scheme in schemes):
            found = next((one for one in own if any(scheme.match(one) for scheme in schemes)), None)
        if found is None or key is None:
            return found
        known = self._keys[bound.name]
        if key not in known and self._scenario.open and found in known.values():
            return None  # a second account
        return known.setdefault(key, found)


def _matched(one: Recorded) -> tuple[Matched | None, str]:
    """Return the operation of a request, which for HEAD is that of GET; or why the spec has none."""
    method = one.exchange.method
    try:
        return match(one.bound.spec, "GET" if method == "HEAD" else method, one.path), ""
    except NoRoute:
        return None, "the spec has no such route"
    except WrongMethod as wrong:
        return None, f"the spec has no {method} for this path, only {wrong}"


def _missing(exchange: Exchange) -> str:
    """Return why an exchange cannot be replayed; empty if it can."""
    if exchange.unfinished or not exchange.status:
        return exchange.unfinished or "there is no response"
    if exchange.unfit:
        return f"{', '.join(exchange.unfit)} no longer fits the spec since it was masked"
    return "the request's body was left out" if exchange.body is None else ""


def _body(exchange: Exchange, operation: Operation | None) -> Any:
    """Return the body of a request that can be rebound; None for another."""
    media = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_form = media in (FORM, URL_ENCODED) and isinstance(exchange.body, str) and exchange.body.startswith("{")
    if not exchange.body or not ("json" in media or (is_form and operation is not None)):
        return None
    try:
        return decode(exchange.body.encode() if isinstance(exchange.body, str) else exchange.body)
    except ValueError:
        return None


def _encoded(exchange: Exchange, operation: Operation | None, body: Any) -> tuple[str, bytes]:
    content_type = exchange.headers.get("content-type", "application/json")
    media = content_type.partition(";")[0].strip().lower()
    if operation is not None and operation.body is not None and media in (FORM, URL_ENCODED):
        fields = form_fields(operation.body, body)
        return encode_form(fields) if media == FORM else encode_url_encoded(fields)
    return content_type, json.dumps(body).encode()


def _strangers(
    bindings: Bindings, knowledge: Knowledge, matched: Matched | None, exchange: Exchange, body: Any
) -> Iterator[Stranger]:
    """Yield the references of a request that have no counterpart; every parameter of a path is one."""
    number = exchange.number
    for name, text in zip(matched.operation.arguments, matched.arguments, strict=True) if matched else ():
        if bindings.simulated(text) is None and not knowledge.knows(name, text):
            yield next(bindings.strangers(knowledge, name, text, number), Stranger(name, text, number))
    yield from bindings.strangers(knowledge, "", dict(parse_qsl(exchange.query)), number)
    yield from bindings.strangers(knowledge, "", body, number)


def _is_sent(name: str) -> bool:
    return name not in NOT_SENT and not name.startswith("x-simulator-")
