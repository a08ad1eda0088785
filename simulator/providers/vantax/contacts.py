"""Contacts of a sub-account, their tags and notes. Source: https://docs.vantaxai.com/docs/contacts."""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import Contact, ContactTag, Note
from simulator.providers.vantax.resources import contact_tags, contacts, conversations, messages, notes


@provider.operation("list_contacts")
def list_contacts(call: Call[State]) -> Page[Contact]:
    """Return the sub-account's contacts, the newest first; all, or those of a status or with a text in them."""
    listing, text = contacts.list(call), call.params["search"]
    return contacts.page(call, listing.where(lambda contact: text.lower() in contact.searched) if text else listing)


@provider.operation("create_contact", message="Contact created successfully")
def create_contact(call: Call[State]) -> Contact:
    """Add a contact."""
    return contacts.create_from_body(call, tags=_tags(call, call.body["tags"]))


@provider.operation("get_contact")
def get_contact(call: Call[State]) -> Contact:
    """Return one contact."""
    return contacts.get(call)


@provider.operation("update_contact", message="Contact updated successfully")
def update_contact(call: Call[State]) -> Contact:
    """Change the fields that the body has; tags are replaced as a whole."""
    contact = contacts.get(call)
    tags = _tags(call, call.sent["tags"]) if "tags" in call.sent else contact.tags
    return contacts.change_from_body(call, contact, tags=tags)


@provider.operation("delete_contact", message="Contact deleted successfully")
def delete_contact(call: Call[State]) -> None:
    """Remove a contact with its conversations and notes (delete-contact)."""
    contact = contacts.remove(call, contacts.get(call))
    for note in [*notes.table(call.account).having("contact_id", contact.id)]:
        notes.remove(call, note)
    for conversation in [*conversations.table(call.account).having("contact_id", contact.id)]:
        for message in [*messages.table(call.account).having("conversation_id", conversation.id)]:
            messages.remove(call, message)
        conversations.remove(call, conversation)


def _tags(call: Call[State], names: list[str]) -> tuple[str, ...]:
    """Return the names of tags as they were made; each of them must exist (create-contact)."""
    known = {tag.name.lower(): tag.name for tag in contact_tags.list(call)} if names else {}
    unknown = [name for name in names if name.lower() not in known]
    if unknown:
        raise Errors.UNKNOWN_TAG()
    return tuple(dict.fromkeys(known[name.lower()] for name in names))


@provider.operation("list_contact_tags")
def list_contact_tags(call: Call[State]) -> list[ContactTag]:
    """Return the sub-account's tags, the newest first."""
    return [*contact_tags.list(call)]


@provider.operation("create_contact_tag", message="Contact tag created successfully")
def create_contact_tag(call: Call[State]) -> ContactTag:
    """Add a tag, whose name no other has in whichever case."""
    if call.body["name"].lower() in {tag.name.lower() for tag in contact_tags.list(call)}:
        raise Errors.TAG_EXISTS()
    return contact_tags.create_from_body(call)


@provider.operation("delete_contact_tag", message="Contact tag deleted successfully")
def delete_contact_tag(call: Call[State]) -> None:
    """Remove a tag, also from every contact that has it."""
    tag = contact_tags.remove(call, contact_tags.get(call))
    for contact in [*contacts.table(call.account).having("tags", tag.name)]:
        if contact.sub_account_id == tag.sub_account_id:
            contacts.change(call, contact, tags=tuple(name for name in contact.tags if name != tag.name))


@provider.operation("update_contact_note", message="Note updated successfully")
def update_contact_note(call: Call[State]) -> Note:
    """Replace the text of a note."""
    return notes.change_from_body(call, notes.get(call))
