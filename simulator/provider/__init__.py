"""The kit for authors of providers: everything that a provider may import. `docs/writing-a-provider.md` is the reference.

An operation is a plain function: it takes a `Call` and returns a record, a page, None or a `Reply`. It changes tables and
raises problems; it never builds an envelope or an error body, never checks a type that the spec declares, and never undoes
anything: the changes of a request that ends in a problem are undone.
"""

from msgspec import UNSET

from simulator.numbering import Block, countries, describe, is_e164, is_us_area_code, is_us_number
from simulator.openapi.evidence import Evidence
from simulator.openapi.schema_validator import Violation
from simulator.provider.assumption import Assumption, Assumptions
from simulator.provider.bound import BoundProvider, bind
from simulator.provider.call import Call
from simulator.provider.children import Children
from simulator.provider.errors import Error, Errors, Problem, assumed, inferred
from simulator.provider.extension import Extension
from simulator.provider.hours import Hours, zone_of
from simulator.provider.inbound import Inbound, Unreachable
from simulator.provider.naming import snake_case
from simulator.provider.new_ids import KsuidIds, hex_ids, text_ids, uuid_ids
from simulator.provider.outcomes import call_plan, message_plan, takes_by_status
from simulator.provider.pagination import (
    AllPages,
    CursorPages,
    NumberedPages,
    OffsetPages,
    OldestFirst,
    Ordered,
    Page,
    Paged,
    Sorted,
    by_cursor,
    by_offset,
)
from simulator.provider.prices import Charge, Price, by_minutes, months_begun
from simulator.provider.provider import Provider
from simulator.provider.recordings import silence
from simulator.provider.records import CreatedRecord, TimestampedRecord
from simulator.provider.reply import NO_BODY, Reply
from simulator.provider.request_info import RequestInfo
from simulator.provider.resource import Resource
from simulator.provider.scheduling import schedule
from simulator.provider.seeding import SeedError, Seeding
from simulator.provider.standard_errors import StandardErrors
from simulator.provider.times import between, read_time
from simulator.provider.webhooks import Outgoing, Receiver, Webhooks, announce, is_receiver_url, shown
from simulator.store.account import Account
from simulator.store.clock import millis, seconds
from simulator.store.environment import Environment
from simulator.store.ids import BASE58, BASE62, HEX, Ids
from simulator.store.inventory import SearchResult
from simulator.store.pending import PendingTable
from simulator.store.plans import CallPlan, MessagePlan, StepTime, Turn
from simulator.store.records import Listing, Record
from simulator.store.seed import E164, Country, Many, Records, Secret, Seed, Text, Url
from simulator.store.tables import Table

__all__ = [
    "BASE58",
    "BASE62",
    "E164",
    "HEX",
    "NO_BODY",
    "UNSET",
    "Account",
    "AllPages",
    "Assumption",
    "Assumptions",
    "Block",
    "BoundProvider",
    "Call",
    "CallPlan",
    "Charge",
    "Children",
    "Country",
    "CreatedRecord",
    "CursorPages",
    "Environment",
    "Error",
    "Errors",
    "Evidence",
    "Extension",
    "Hours",
    "Ids",
    "Inbound",
    "KsuidIds",
    "Listing",
    "Many",
    "MessagePlan",
    "NumberedPages",
    "OffsetPages",
    "OldestFirst",
    "Ordered",
    "Outgoing",
    "Page",
    "Paged",
    "PendingTable",
    "Price",
    "Problem",
    "Provider",
    "Receiver",
    "Record",
    "Records",
    "Reply",
    "RequestInfo",
    "Resource",
    "SearchResult",
    "Secret",
    "Seed",
    "SeedError",
    "Seeding",
    "Sorted",
    "StandardErrors",
    "StepTime",
    "Table",
    "Text",
    "TimestampedRecord",
    "Turn",
    "Unreachable",
    "Url",
    "Violation",
    "Webhooks",
    "announce",
    "assumed",
    "between",
    "bind",
    "by_cursor",
    "by_minutes",
    "by_offset",
    "call_plan",
    "countries",
    "describe",
    "hex_ids",
    "inferred",
    "is_e164",
    "is_receiver_url",
    "is_us_area_code",
    "is_us_number",
    "message_plan",
    "millis",
    "months_begun",
    "read_time",
    "schedule",
    "seconds",
    "shown",
    "silence",
    "snake_case",
    "takes_by_status",
    "text_ids",
    "uuid_ids",
    "zone_of",
]
