"""Contacts of a sub-account, their tags and notes. Source: https://docs.vantaxai.com/docs/contacts."""

from __future__ import annotations

from simulator.provider import Call
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.events import tell_of_contact
from simulator.providers.vantax.records import Contact, ContactTag
from simulator.providers.vantax.resources import contact_tags, contacts, notes

provider.operation("list_contacts")(contacts.page)
provider.operation("get_contact")(contacts.get)
provider.operation("delete_contact", message="Contact deleted successfully")(contacts.delete)
provider.operation("list_contact_tags")(contact_tags.list)
provider.operation("update_contact_note", message="Note updated successfully")(notes.change_from_body)


@provider.operation("create_contact", message="Contact created successfully")
def create_contact(call: Call[State]) -> Contact:
    """Add a contact."""
    contact = contacts.create_from_body(call, tags=_tags(call, call.body["tags"]))
    tell_of_contact(call.account, contact, call.now)
    return contact


@provider.operation("update_contact", message="Contact updated successfully")
def update_contact(call: Call[State]) -> Contact:
    """Change the members that are sent; tags are replaced as a whole."""
    contact = contacts.get(call)
    tags = _tags(call, call.sent["tags"]) if "tags" in call.sent else contact.tags
    return contacts.change_from_body(call, contact, tags=tags)


def _tags(call: Call[State], names: list[str]) -> tuple[str, ...]:
    """Return the names of tags as they were created; all of them must exist (create-contact)."""
    known = {tag.name.lower(): tag.name for tag in contact_tags.list(call)} if names else {}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise Errors.UNKNOWN_TAG()
    return tuple(dict.fromkeys(known[name.lower()] for name in names))


@provider.operation("create_contact_tag", message="Contact tag created successfully")
def create_contact_tag(call: Call[State]) -> ContactTag:
    """Add a tag, whose name must be unique whatever the case."""
    if call.body["name"].lower() in {tag.name.lower() for tag in contact_tags.list(call)}:
        raise Errors.TAG_EXISTS()
    return contact_tags.create_from_body(call)


@provider.operation("delete_contact_tag", message="Contact tag deleted successfully")
def delete_contact_tag(call: Call[State]) -> None:
    """Remove a tag, also from every contact that has it."""
    tag = contact_tags.remove(call)
    for contact in [*contacts.having(call, "tags", tag.name)]:
        if contact.sub_account_id == tag.sub_account_id:
            contacts.change(call, contact, tags=tuple(name for name in contact.tags if name != tag.name))
