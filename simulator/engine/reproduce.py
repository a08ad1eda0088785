"""A pytest test that repeats what led to a response: the rules, what changed something, and the request itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from pprint import pformat
from typing import Any

import msgspec

from simulator.engine.explain import sent_body
from simulator.engine.explain_key import AUTHENTICATION_ERRORS
from simulator.engine.journal import Entry
from simulator.engine.masking import CREDENTIALS, Mask, remove_secrets, split_credential
from simulator.engine.played import Played
from simulator.engine.world import World
from simulator.provider.bound import BoundProvider

# Headers that the client of the test sends itself.
OWN_HEADERS = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent", "accept", "expect"}
OWN_HEADERS |= {"x-simulator-world", "x-simulator-host", "origin", "referer"}
LEAST_PAUSE = timedelta(seconds=1)  # between requests, from which on the test advances the clock
WIDTH = 110  # characters of a line


def pytest_test(entry: Entry, world: World, providers: Mapping[str, BoundProvider], mask: Mask) -> str:
    """Return the source of a test whose last request is the given one, in a state that is built up in the same way.

    Ids are equal, as they come from the seed. Secrets are masked, so a body that holds one has to be completed by hand.
    """
    steps = list(_steps(entry, world, providers))
    writer = _Writer(world, providers, mask)
    body = list(writer.rules())
    for before, step in zip([None, *steps], steps, strict=False):
        body += writer.pause(step, before)
        body += writer.act(step) if isinstance(step, Played) else writer.request(step, last=step is entry)
    if not steps or steps[-1] is not entry:
        body.append("# The request reached no provider, so there is nothing to repeat.")
    name = re.sub(r"[^a-z0-9]+", "_", f"{entry.operation_name or entry.provider or 'request'}_{entry.status}".lower())
    dropped = world.journal.dropped
    note = [f"# {dropped} earlier requests are no longer in the log; this state may depend on them."] if dropped else []
    lines = [*note, *body] or ["..."]
    inline = "SCENARIO = {}  # TODO: the scenario that the world was made with\n\n\n" if world.scenario.uploaded else ""
    marker = f"@pytest.mark.simulator({_marker(world)})\n"
    indented = "\n".join(f"    {line}" if line else "" for line in lines)
    return f"import httpx\nimport pytest\n\n\n{inline}{marker}def test_{name}(world):\n{indented}\n"


def _steps(entry: Entry, world: World, providers: Mapping[str, BoundProvider]) -> Iterator[Entry | Played]:
    """Yield the requests that changed something, and the acts performed at once, up to a request, in their order."""
    acts = sorted((one for one in world.played.all() if one.act is not None), key=attrgetter("position", "at"))
    listed = world.journal.find()
    for position, other in enumerate(listed, world.journal.position - len(listed)):
        while acts and acts[0].position <= position:
            yield acts.pop(0)
        if other.provider in providers and (other.changes or other.rule or other.id == entry.id):
            yield other
        if other.id == entry.id:
            return


def _marker(world: World) -> str:
    scenario = "SCENARIO" if world.scenario.uploaded else repr(world.scenario.name)
    arguments = [f"scenario={scenario}", f"seed={world.seed}", "frozen=True"]
    if world.scenario.strict is not None:
        arguments.append(f"strict={world.scenario.strict.grade!r}")
    return ", ".join([*arguments, 'unmatched="ignore"', 'unknown_fields="ignore"'])


class _Writer:
    """Writes the statements of a test."""

    def __init__(self, world: World, providers: Mapping[str, BoundProvider], mask: Mask) -> None:
        self._world, self._providers, self._mask = world, providers, mask

    def rules(self) -> Iterator[str]:
        """Yield the rules that were added to those of the scenario."""
        for rule in self._world.rules.added():
            yield from _call("world.rule", self._mask.rule(rule.definition))

    def pause(self, step: Entry | Played, before: Entry | Played | None) -> Iterator[str]:
        """Yield the statement that advances the clock by the time between two steps."""
        if before is not None and step.at - before.at >= LEAST_PAUSE:
            yield f"world.advance({(step.at - before.at).total_seconds()})"

    def act(self, played: Played) -> Iterator[str]:
        """Yield the statement that lets the outside world act again."""
        ((name, details),) = self._mask.json(msgspec.to_builtins(played.act)).items()
        if "key" in details:
            details["key"] = _Source(f"world.{details['provider']}.api_key")
        yield from _call("world.act", details, repr(name))

    def request(self, entry: Entry, *, last: bool) -> Iterator[str]:
        """Yield the statements that repeat one request."""
        if incomplete := [part for part in entry.truncated if part != "answer"]:
            yield f"# TODO: complete {' and '.join(incomplete)}, of which the log keeps only the first part."
        call = _call("httpx.request", dict(self._arguments(entry)))
        if entry.fault:
            yield "with pytest.raises(httpx.TransportError):"
            yield from (f"    {line}" for line in call)
            return
        if last:
            yield ""
            call = [f"response = {call[0]}", *call[1:]]
        yield from call
        if last:
            yield f"assert response.status_code == {entry.status}"

    def _arguments(self, entry: Entry) -> Iterator[tuple[str, Any]]:
        bound = self._providers[entry.provider]
        path = self._mask.address(entry.path.removeprefix(bound.spec.base_path))
        query = f"?{self._mask.query(entry.request.query)}" if entry.request.query else ""
        yield "method", self._mask.method(entry.request.method)
        yield "url", _Source(f"world.{entry.provider}.base_url + {path + query!r}")
        masked = self._mask.headers(entry.request.headers)
        headers: dict[str, Any] = {name: value for name, value in masked.items() if name not in OWN_HEADERS}
        body = remove_secrets(self._mask.body(entry.request.raw), list(self._mask.secrets(sent_body(entry))))
        if isinstance(body, dict | list) and headers.get("content-type", "").startswith("application/json"):
            headers.pop("content-type")
        for name in CREDENTIALS:
            if name in headers:
                headers[name] = _credential(entry, name)
        if headers:
            yield "headers", headers
        if isinstance(body, dict | list):
            yield "json", body
        elif body is not None:
            yield "content", body
        yield "timeout", 30


def _credential(entry: Entry, header: str) -> Any:
    """Return the value of a header with a key: one of the test's world, or a wrong one where the key was rejected."""
    scheme, _ = split_credential(entry.request.headers[header])
    if entry.error in AUTHENTICATION_ERRORS:
        return f"{scheme}wrong-key"
    key = f"world.{entry.provider}.api_key"
    return _Source(f'f"{scheme}{{{key}}}"' if scheme else key)


class _Source:
    """An expression, for which `repr` returns its source."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _call(function: str, arguments: Mapping[str, Any], *positional: str) -> list[str]:
    """Return the lines of a call with keyword arguments, after the sources of positional ones."""
    shown = [*positional]
    shown += [f"{name}={pformat(value, width=WIDTH - 8, sort_dicts=False)}" for name, value in arguments.items()]
    line = f"{function}({', '.join(shown)})"
    if len(line) <= WIDTH and "\n" not in line:
        return [line]
    parts = [part.replace("\n", "\n    ") for part in shown]
    return "\n".join([f"{function}(", *(f"    {part}," for part in parts), ")"]).splitlines()
