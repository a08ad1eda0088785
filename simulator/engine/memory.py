"""How many bytes a world takes: roughly while it grows, and by its records where that would be too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from simulator.engine.world import Snapshot, World
from simulator.store.records import Row
from simulator.store.store import ACCOUNT_BYTES, RECORD_BYTES
from simulator.store.tables import Table

PLACE = 200  # bytes of a record in a snapshot: its places in the lists of its table
TABLE = 500  # bytes of a table in a snapshot
_ENCODER = msgspec.json.Encoder(enc_hook=str)


def size_of(world: World) -> int:
    """Return the bytes that a world takes, at most."""
    return world.store.bytes + world.journal.size + world.rules.bytes + world.upload_bytes + world.snapshot_bytes


def snapshot_bytes(snapshots: Iterable[Snapshot]) -> int:
    """Return the bytes of snapshots, which share the tables that did not change between them."""
    return sum(TABLE + PLACE * len(rows) for rows in _saved_rows(snapshots))


def measured(world: World) -> int:
    """Return the bytes of the records of a world, of which each is looked at, and of those that only snapshots hold."""
    accounts, environment = list(world.store.accounts.values()), world.store.environment
    tables: list[Table[Any]] = [table for account in accounts for table in account.tables.values()]
    tables += [world.replays, world.holdings, environment.outbox.table]
    present = [*(table.rows() for table in tables), environment.timers.rows()]
    held: dict[int, Row[Any]] = {}
    for rows in [*present, *_saved_rows(list(world.snapshots.values()))]:
        held |= {id(row): row for row in rows.values()}
    buffer = bytearray()
    return ACCOUNT_BYTES * len(accounts) + sum(RECORD_BYTES + _size_of_text(row.record, buffer) for row in held.values())


def _saved_rows(snapshots: Iterable[Snapshot]) -> Iterable[Mapping[str, Row[Any]]]:
    """Return the rows of all tables of snapshots, once where several have the same."""
    tables = [table for snapshot in snapshots for _, state in snapshot.state.accounts.values() for table in state.values()]
    return {id(table.rows): table.rows for table in tables}.values()


def _size_of_text(record: Any, buffer: bytearray) -> int:
    """Return the bytes of a record as text; all are written to one buffer, as memory for long ones is expensive to get."""
    _ENCODER.encode_into(record, buffer)
    return len(buffer)
