"""Conversations with contacts and their messages. Source: https://docs.vantaxai.com/docs/conversations and …/messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from simulator.provider import Account, Call, OldestFirst, Page, Sorted, message_plan, takes_by_status
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import ChatMessage, Conversation
from simulator.providers.vantax.resources import contacts, conversations, messages, numbers

WINDOW = timedelta(hours=24)  # after a contact's last message, on the channels of Meta; the page gives no length
BY_NUMBER = ("sms", "whatsapp")  # the channels on which a contact is a phone number
WINDOWED = ("whatsapp", "facebook", "instagram")


@provider.operation("list_conversations")
def list_conversations(call: Call[State]) -> Page[Conversation]:
    """Return the sub-account's conversations, the one with the newest message first."""
    listing = conversations.list(call)
    return conversations.page(call, Sorted(listing, lambda one: one.last_message_at or one.created_at, reverse=True))


provider.operation("get_conversation")(conversations.get)


@provider.operation("update_conversation", message="Conversation updated successfully")
def update_conversation(call: Call[State]) -> Conversation:
    """Change the members that are sent, tags and metadata as a whole; closing marks all messages as read."""
    read: dict[str, Any] = {"unread_count": 0} if call.sent.get("status") == "closed" else {}
    return conversations.change_from_body(call, **read)


@provider.operation("list_messages")
def list_messages(call: Call[State]) -> Page[ChatMessage]:
    """Return the messages of a conversation, the oldest first."""
    return messages.page(call, OldestFirst(messages.having(call, "conversation_id", conversations.get(call).id)))


@provider.operation("create_message", message="Message queued successfully")
def create_message(call: Call[State]) -> ChatMessage:
    """Send a message; the answer shows it as queued, whatever its status is by then."""
    conversation, channel = conversations.get(call), call.body["channel"]
    _check_sender(call, channel)
    _check_reach(call, conversation, channel)
    subject = {"subject": call.body.get("subject") if channel == "email" else None}
    sent = {"conversation_id": conversation.id, "direction": "outbound", "sender_type": "ai", "status": "queued", **subject}
    contact = contacts.get(call, conversation.contact_id)
    plan = message_plan(call.account, contact.phone if channel in BY_NUMBER else "")
    message = messages.create_from_body(call, **sent, plan=plan)
    conversations.change(call, conversation, last_message_at=call.now)
    return structs.replace(message, status="queued")


def _check_sender(call: Call[State], channel: str) -> None:
    """Raise a problem for a message without a member that its channel requires (create-message)."""
    required = {"email": "subject", "sms": "from_phone_number_id", "whatsapp": "from_phone_number_id"}.get(channel)
    if required is not None and required not in call.body:
        raise Errors.MISSING_FIELD(field=required)
    if required == "from_phone_number_id" and not numbers.get(call, call.body[required]).sms and channel == "sms":
        raise Errors.NO_SMS()


def _check_reach(call: Call[State], conversation: Conversation, channel: str) -> None:
    """Raise a problem for a channel that does not reach the contact, or does not any more."""
    if channel in ("facebook", "instagram") and channel != conversation.channel:
        raise Errors.UNREACHABLE()
    if channel in WINDOWED:
        received = messages.having(call, "conversation_id", conversation.id)
        last = next((message.created_at for message in received if message.direction == "inbound"), None)
        if last is None or call.now - last > WINDOW:
            raise Errors.OUTSIDE_WINDOW()


@provider.step(messages, takes=takes_by_status("sent", queued="unsent"))
def continue_message(account: Account[State], message: ChatMessage, at: datetime) -> None:
    """Let a message be sent, then delivered; or fail: at once to somebody who opted out, later at the carrier."""
    table, plan = messages.table(account), message.plan
    if message.status == "sent" or plan.outcome == "opted_out":
        table.change(message, status="delivered" if plan.is_delivered else "failed")
        return
    table.change(message, status="sent")
    account.begin("message", message.id, at)
