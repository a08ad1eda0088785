"""The kit for authors of providers: everything that a provider may import.

An operation is a plain function, `Call -> Reply`. It changes tables and raises problems; it never builds an envelope or an
error body, never checks a type that the spec declares, and never undoes anything: a refusal leaves nothing behind.
"""

from simulator.numbering import Block, countries, describe, is_us_area_code, is_us_number
from simulator.openapi.evidence import Evidence
from simulator.openapi.schema_validator import Violation
from simulator.provider.assumption import Assumption
from simulator.provider.bound import BoundProvider, bind
from simulator.provider.call import Call
from simulator.provider.errors import Error, Errors, Problem
from simulator.provider.pagination import Page, by_cursor, by_offset
from simulator.provider.provider import Provider
from simulator.provider.reply import NO_BODY, Reply
from simulator.provider.request_info import RequestInfo
from simulator.store.account import Account
from simulator.store.clock import millis, seconds
from simulator.store.ids import BASE58, BASE62, HEX, Ids
from simulator.store.inventory import SearchResult
from simulator.store.pending import PendingTable
from simulator.store.seed import Many, Seed
from simulator.store.tables import Listing, Record, Table

__all__ = [
    "BASE58",
    "BASE62",
    "HEX",
    "NO_BODY",
    "Account",
    "Assumption",
    "Block",
    "BoundProvider",
    "Call",
    "Error",
    "Errors",
    "Evidence",
    "Ids",
    "Listing",
    "Many",
    "Page",
    "PendingTable",
    "Problem",
    "Provider",
    "Record",
    "Reply",
    "RequestInfo",
    "SearchResult",
    "Seed",
    "Table",
    "Violation",
    "bind",
    "by_cursor",
    "by_offset",
    "countries",
    "describe",
    "is_us_area_code",
    "is_us_number",
    "millis",
    "seconds",
]
