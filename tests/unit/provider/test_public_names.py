"""What authors of providers import from `simulator.provider` is public: a change is a line in the changelog."""

from __future__ import annotations

import simulator
import simulator.provider as kit

NAMES = [
    "Account",
    "AllPages",
    "Assumption",
    "Assumptions",
    "BASE58",
    "BASE62",
    "Block",
    "BoundProvider",
    "Call",
    "CallPlan",
    "Charge",
    "Country",
    "CreatedRecord",
    "CursorPages",
    "E164",
    "Environment",
    "Error",
    "Errors",
    "Evidence",
    "Extension",
    "HEX",
    "Hours",
    "Ids",
    "Inbound",
    "KsuidIds",
    "Listing",
    "Many",
    "MessagePlan",
    "NO_BODY",
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
    "Seed",
    "SeedError",
    "Seeding",
    "Sorted",
    "StandardErrors",
    "StepTime",
    "Table",
    "Text",
    "TimestampedRecord",
    "UNSET",
    "Unreachable",
    "Violation",
    "Webhooks",
    "announce",
    "bind",
    "by_cursor",
    "by_offset",
    "call_plan",
    "countries",
    "describe",
    "hex_ids",
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
    "text_ids",
    "uuid_ids",
    "zone_of",
]


def test_the_names_of_the_kit() -> None:
    """A name that is removed breaks somebody's provider; one that is added has to be kept."""
    assert sorted(kit.__all__) == NAMES
    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []


def test_the_public_face() -> None:
    """Everything that users import from the package itself exists."""
    assert sorted(simulator.__all__) == ["Simulator", "__version__", "create_app"]
    assert [name for name in simulator.__all__ if not hasattr(simulator, name)] == []
