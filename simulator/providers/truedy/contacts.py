"""Contacts and their folders. Source: https://docs.truedy.ai/api-reference/contacts."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, NumberedPages, Page, Sorted
from simulator.providers.truedy.account import State, contacts, folders, named_in_body, provider
from simulator.providers.truedy.errors import Errors
from simulator.providers.truedy.records import Contact, Folder


@provider.operation("list_contact_folders")
def list_contact_folders(call: Call[State]) -> Page[Folder]:
    """Return a page of the folders, in the order that the request names."""
    keys = {
        "name": lambda folder: folder.name.casefold(),
        "created_at": lambda folder: folder.created_at,
        "contact_count": lambda folder: len(contacts.having(call, "folder_id", folder.id)),
    }
    is_descending = call.params["order"] == "desc"
    return folders.page(call, Sorted(folders.list(call), keys[call.params["sort_by"]], reverse=is_descending))


provider.operation("create_contact_folder")(folders.create_from_body)
provider.operation("delete_contact_folder")(folders.remove)


@provider.operation("list_contacts")
def list_contacts(call: Call[State]) -> Page[Contact]:
    """Return a page of the contacts, the newest first, narrowed to a folder or to a part of name, number or address."""
    if call.assumed("contact_pages") == "page":
        return NumberedPages(size="limit", total="total", pages="pages", has_more="").cut(call, contacts.list(call))
    return contacts.page(call)


@provider.operation("create_contact")
def create_contact(call: Call[State]) -> Contact:
    """Add a contact, to a folder if the body names one."""
    fields: dict[str, Any] = {"folder_id": folder_of(call), "custom_fields": call.body.get("custom_fields") or {}}
    return contacts.create_from_body(call, **fields)


def folder_of(call: Call[State]) -> str | None:
    """Return the id of the folder that a body names, if it names one."""
    is_named = call.body.get("folder_id") is not None
    return named_in_body(call, folders, "folder_id", Errors.UNKNOWN_FOLDER).id if is_named else None
