"""The types of a world's document. Records are the plain values of their own types; `records.py` converts them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from simulator.engine.journal import Entry
from simulator.engine.verdict import Finding
from simulator.scenario.format import RuleFile, Strict

FORMAT = 1  # raised when an older simulator cannot read what this one writes

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Part(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a document."""


class RowPart(Part):
    """A record at its place in insertion order.

    `type` names the record's own type where the table has several; `as_is` are fields whose value its type does not describe.
    """

    sequence: Count
    record: dict[str, Any]
    type: str = ""
    as_is: list[str] = []


class TablePart(Part):
    """A table: its rows, and how many records were ever inserted. Tables without rows that never had any are left out."""

    sequence: Count = 0
    rows: list[Any] = []  # of RowPart, each of which is read alone, so that a fault has its place


class SeededPart(Part):
    """What a table began with: the ids of rows that are still as they were, and all the other rows."""

    same: list[str] = []
    others: list[Any] = []  # of RowPart


class AccountPart(Part):
    """An account: what its state knows beside tables, its tables, and what these began with."""

    provider: str
    tenant: str
    used: Count = 0
    facts: dict[str, Any] = {}
    tables: dict[str, TablePart] = {}
    seeded: dict[str, SeededPart] = {}


class ClockPart(Part):
    """The clock: `real` is one that nobody has set, which continues with the wall clock; all others continue from `now`."""

    now: datetime
    frozen: bool = False
    real: bool = False


class InventoryPart(Part):
    """The numbers that are taken, and those that were released."""

    taken: list[str] = []
    released: list[str] = []


class ReplyPart(Part):
    """The bare reply to a request with an idempotency key: JSON, or bytes such as audio, or neither."""

    status: int
    headers: dict[str, str] = {}
    media: str = "application/json"
    synthetic: bool = False
    body: Any = UNSET
    data: bytes | UnsetType = UNSET


class ReplayPart(Part):
    """A reply that is kept for an idempotency key."""

    sequence: Count
    id: str
    fingerprint: str
    at: datetime
    reply: ReplyPart


class RulePart(Part):
    """A rule: one of the scenario by its place there, or its whole definition."""

    id: str
    scenario: Count | UnsetType = UNSET
    rule: RuleFile | UnsetType = UNSET
    added: bool = False
    fitted: Count = 0
    fired: Count = 0
    is_open: bool = False  # a gate that lets all further requests pass


class RulesPart(Part):
    """The rules in the order in which they are tried, and the state of chance if a rule has used it."""

    rules: list[RulePart] = []
    chance: tuple[int, tuple[int, ...], float | None] | None = None


class StatePart(Part):
    """All that can change in a world, except its journal; a snapshot is one too."""

    started: datetime
    clock: ClockPart
    is_empty: bool = False
    accounts: list[Any] = []  # of AccountPart
    keys: TablePart = msgspec.field(default_factory=TablePart)
    timers: TablePart = msgspec.field(default_factory=TablePart)
    outbox: TablePart = msgspec.field(default_factory=TablePart)
    turns: TablePart = msgspec.field(default_factory=TablePart)
    holdings: TablePart = msgspec.field(default_factory=TablePart)
    played: TablePart = msgspec.field(default_factory=TablePart)
    lapsed: TablePart = msgspec.field(default_factory=TablePart)
    inventory: InventoryPart = msgspec.field(default_factory=InventoryPart)
    ids: dict[str, Count] = {}
    replays: list[ReplayPart] = []
    replays_sequence: Count = 0
    windows: dict[str, tuple[int, int]] = {}
    rules: RulesPart | None = None  # None: those of the scenario, which no request has met


class ScenarioPart(Part):
    """The scenario: its name, and its content as it was; without content it is the reader's own of that name."""

    name: Annotated[str, Meta(min_length=1)]
    uploaded: bool = False
    content: Any = UNSET  # an object


class JournalPart(Part):
    """The request log; `noted` counts the requests since it was last cleared, `cleared` those before."""

    entries: list[Entry] = []
    noted: Count = 0
    cleared: Count = 0
    cleared_at: datetime | None = None


class HistoryPart(Part):
    """The rules of a test that were removed or set back: digests of those that fired, and the others."""

    fired: list[bytes] = []
    lost: list[RulePart] = []


class WorldPart(Part):
    """A world. `requests` counts those of its server: the ids of the next ones continue from there."""

    format: int
    scenario: ScenarioPart
    simulator: str = ""  # the version that wrote it
    name: str = ""
    owner: Annotated[str, Meta(max_length=100)] = ""
    strict: Strict | None = None
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] | UnsetType = UNSET
    requests: Count = 0
    numbered_rules: Count = 0
    state: Any = UNSET  # a StatePart; without it the world starts as its scenario says
    snapshots: dict[str, Any] = {}  # of StatePart
    journal: JournalPart = msgspec.field(default_factory=JournalPart)
    verdict: list[Finding] = []
    rule_history: HistoryPart = msgspec.field(default_factory=HistoryPart)
