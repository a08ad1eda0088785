"""Idempotency keys, as a spec's `x-idempotency-key` describes them: the same key gets the same reply again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import structs

from simulator.openapi.operation import Idempotency
from simulator.provider import Problem, Reply
from simulator.store.ids import fingerprint
from simulator.store.records import Record
from simulator.store.tables import Table

MAX_REPLAYS = 10_000  # idempotency keys that a world remembers: only a load test can exceed it


class Replay(Record, frozen=True, gc=True):
    """The bare reply to a request with an idempotency key, and what that request was."""

    fingerprint: str
    reply: Reply
    at: datetime


class Attempt(msgspec.Struct, frozen=True):
    """A request with an idempotency key: the place of its reply, and a digest of its query and body."""

    slot: str
    fingerprint: str
    at: datetime
    ttl: timedelta


def attempt(rule: Idempotency, key: str, place: tuple[str, ...], query: str, body: Any, at: datetime) -> Attempt:
    """Return what identifies a request with an idempotency key.

    `place` separates keys of accounts, operations and paths. Bodies are compared decoded: order of members and white space do
    not matter.
    """
    digest = fingerprint(query.encode() + b"\0" + msgspec.json.encode(body, order="sorted", enc_hook=bytes)).hex()
    parts = (*place, key, *((digest,) if rule.changed_body == "new" else ()))
    slot = fingerprint("\0".join(parts).encode()).hex()  # a digest, as a client may send keys of any length
    return Attempt(slot, digest, at, timedelta(seconds=rule.ttl_seconds))


def recall(replays: Table[Replay], requested: Attempt, reused: Problem) -> Reply | None:
    """Return the bare reply that the same request with the same key had, to be wrapped anew; None for the first of its kind.

    Raises:
        Problem: `reused`, when the key came before with another request.
    """
    replay = replays.get(requested.slot)
    if replay is None or requested.at - replay.at > requested.ttl:
        return None
    if replay.fingerprint != requested.fingerprint:
        raise reused
    return structs.replace(replay.reply, headers=dict(replay.reply.headers))


def remember(replays: Table[Replay], requested: Attempt, reply: Reply) -> None:
    """Keep the bare reply of a request; it is undone with the request, and an error is never kept, so it can be retried."""
    kept = structs.replace(reply, headers=dict(reply.headers))
    replays.put(Replay(id=requested.slot, fingerprint=requested.fingerprint, reply=kept, at=requested.at))
    if len(replays) > MAX_REPLAYS:
        oldest = replays.all().window(len(replays) - 1, 1)[0]
        replays.remove(oldest.id)
