"""Contacts from a file, and calls in a browser.

Sources: https://docs.truedy.ai/api-reference/contacts/import-contacts and …/webrtc.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.provider import Call
from simulator.providers.truedy.account import State, agents, contacts, named_in_body, provider
from simulator.providers.truedy.contacts import folder_of
from simulator.providers.truedy.errors import Errors

PHONE = re.compile(r"\+[1-9]\d{1,14}")
MOST_DETAILS = 100  # of lines that failed; no page bounds them
KNOWN = ("phone", "name", "first_name", "last_name", "email")


@provider.operation("import_contacts")
def import_contacts(call: Call[State]) -> dict[str, Any]:
    """Add a contact for each line; one that the folder has already is changed, or passed over."""
    folder_id = folder_of(call)
    existing = {one.phone_number: one for one in contacts.narrowed(call, folder_id=folder_id) if one.folder_id == folder_id}
    counts = Counter(imported=0, updated=0, skipped=0, errors=0)
    details: list[dict[str, Any]] = []
    for row, line in _lines(call.body["file"]):
        phone = (line.get("phone") or "").strip()
        known = existing.get(phone)
        if not PHONE.fullmatch(phone):
            counts["errors"] += 1
            if len(details) < MOST_DETAILS:
                details.append({"row": row, "phone": phone, "reason": "Not a phone number in E.164"})
        elif known is None:
            existing[phone] = contacts.create(call, phone_number=phone, folder_id=folder_id, **_fields(line))
            counts["imported"] += 1
        elif call.body["overwrite_existing"]:
            existing[phone] = contacts.change(call, known, **_fields(line))
            counts["updated"] += 1
        else:
            counts["skipped"] += 1
    omitted = {"error_details_omitted": counts["errors"] - MOST_DETAILS} if counts["errors"] > MOST_DETAILS else {}
    return {**counts, "folder_id": folder_id, "error_details": details, **omitted}


def _lines(file: bytes) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Yield the lines of a CSV file, each with its number.

    Raises:
        Problem: it is no such file, or has no column `phone`.
    """
    try:
        table = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""), restkey="")
        if "phone" not in (table.fieldnames or ()):
            raise Errors.BAD_FILE()
        yield from ((table.line_num, line) for line in table)
    except (UnicodeDecodeError, csv.Error):
        raise Errors.BAD_FILE() from None


def _fields(line: dict[str, str | None]) -> dict[str, Any]:
    """Return the fields of a contact: a name is split, and unknown columns are custom fields."""
    first, _, last = (line.get("name") or "").partition(" ")
    custom = {name: value for name, value in line.items() if name and name not in KNOWN and value}
    named = {
        "first_name": line.get("first_name") or first,
        "last_name": line.get("last_name") or last,
        "email": line.get("email"),
    }
    return {**{name: value or None for name, value in named.items()}, "custom_fields": custom}


@provider.operation("start_webrtc_call")
def start_webrtc_call(call: Call[State]) -> dict[str, str]:
    """Return where a browser joins a call of an agent (webrtc)."""
    agent = named_in_body(call, agents, "agent_id", Errors.UNKNOWN_AGENT)
    call_id = call.world.ids.uuid("webrtc call")
    return {"joinUrl": f"https://webrtc.truedy.ai/{call_id}", "callId": call_id, "agentName": agent.name}
