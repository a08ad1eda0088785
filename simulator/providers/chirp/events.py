"""The events that apps hear of: messages, calls, recordings and voicemails. An app hears of its own, at its own webhooks.

Sources: https://docs.buildwithchirp.com/api_reference/webhooks and https://docs.buildwithchirp.com/calling/webhooks-setup. The
names and the payload of an older page, https://docs.buildwithchirp.com/sms/receiving-messages, go to webhooks that list them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from simulator.provider import Account, Outgoing, Receiver, Webhooks, announce, millis, shown
from simulator.providers.chirp.errors import Errors, error_body
from simulator.providers.chirp.records import Event, Message, PhoneCall, Recording, Voicemail

OF_CALLS = {
    "initiated": "calls.initiated",
    "ringing": "calls.ringing",
    "in_progress": "calls.answered",
    "completed": "calls.completed",
    "no_answer": "calls.no_answer",
    "busy": "calls.failed",
    "canceled": "calls.failed",
    "failed": "calls.failed",
}
OF_MESSAGES = {
    "RECEIVED": "messages.sms.received",
    "SENT": "messages.sms.sent",
    "DELIVERED": "messages.sms.delivered",
    "FAILED": "messages.sms.failed",
}
OLDER = {
    "messages.sms.received": "MESSAGE_CREATED",
    "messages.sms.sent": "MESSAGE_SENT",
    "messages.sms.delivered": "MESSAGE_DELIVERED",
}
RECORDED, VOICEMAIL = "calls.recording.completed", "calls.voicemail.received"
EVENTS: tuple[Event, ...] = get_args(Event)
ENDS = ("status", "duration", "endReason", "answeredAt", "endedAt")  # what an event says of a call that is over
RETRIES = tuple(f"{30 * 2**attempt}s" for attempt in range(5))


def sign(outgoing: Outgoing) -> Mapping[str, str]:
    """Return no signature: a receiver knows Chirp by the headers that its webhook configures (sms/webhooks-setup).

    Where a rule of the scenario sends another secret, those headers have it.
    """
    is_forged = outgoing.secret != outgoing.delivery.secret
    return dict.fromkeys((name for name, _ in outgoing.delivery.headers), outgoing.secret) if is_forged else {}


# A receiver has 5 seconds to answer 200, then come up to 5 retries with exponential backoff (sms/webhooks-setup). The pauses
# are assumed: 30 seconds, doubled each time.
WEBHOOKS = Webhooks(
    events=EVENTS,
    retries=RETRIES,
    timeout=5,
    sign=sign,
    takes=lambda status: status == 200,
    time_member="timestamp",
)


def change_call(account: Account[Any], call: PhoneCall, at: datetime, **fields: Any) -> PhoneCall:
    """Replace fields of a call, and send the event of its new status."""
    changed: PhoneCall = account.state.calls.change(call, **fields)
    tell_of_call(account, call, changed, at)
    return changed


def tell_of_call(account: Account[Any], before: PhoneCall | None, after: PhoneCall, at: datetime) -> None:
    """Send the event of the status that a call has got, if it has got another."""
    if not len(account.state.webhooks) or (before is not None and before.status == after.status):
        return
    event = _event_of(account, before, after)
    if event and (webhooks := _subscribed(account, after.app_id, event)):
        _send(account, webhooks, event, after.id, at, {"call": _call(account, after, at), "app": {"id": after.app_id}})


def _event_of(account: Account[Any], before: PhoneCall | None, after: PhoneCall) -> str | None:
    """Return the event of a call's status; a voicemail that takes the call of an app answers it, one of its own does not."""
    if after.status == "voicemail":
        is_answer = after.direction == "outbound" and before is not None and before.answered_at is None
        return "calls.answered" if is_answer else None
    is_missed = after.ended_at is not None and after.answered_at is None
    if is_missed and account.provider.assumed(account.world, "unanswered_call_event") == "completed":
        return "calls.completed"
    return OF_CALLS[after.status]


def tell_of_recording(account: Account[Any], recording: Recording, at: datetime) -> None:
    """Send the event of a recording that is completed."""
    _tell_of_part(account, RECORDED, "get_call_recording", "recording", recording, at)


def tell_of_voicemail(account: Account[Any], voicemail: Voicemail, at: datetime) -> None:
    """Send the event of a voicemail."""
    _tell_of_part(account, VOICEMAIL, "get_voicemail", "voicemail", voicemail, at)


def _tell_of_part(
    account: Account[Any], event: str, operation_id: str, member: str, part: Recording | Voicemail, at: datetime
) -> None:
    """Send an event of what a call leaves: in a member of the payload, as an operation shows it, with its call."""
    if webhooks := _subscribed(account, part.app_id, event):
        shape = shown(account, operation_id, part, at)
        call = _call(account, account.state.calls.get(part.call_id), at)
        _send(account, webhooks, event, part.id, at, {member: shape, "call": call, "app": {"id": part.app_id}})


def tell_of_message(account: Account[Any], message: Message, at: datetime) -> None:
    """Send the event of the status that a message has got; those on the way to being sent have none."""
    if not len(account.state.webhooks) or message.status not in OF_MESSAGES:
        return
    event, data = OF_MESSAGES[message.status], _message(account, message)
    if webhooks := _subscribed(account, message.app_id, event):
        is_wrapped = account.provider.assumed(account.world, "webhook_message") == "wrapped"
        payload = {"message": data, "app": {"id": message.app_id}} if is_wrapped else data
        _send(account, webhooks, event, message.id, at, payload)
    older = OLDER.get(event)
    if older and (webhooks := _subscribed(account, message.app_id, older)):
        announce(account, webhooks, older, {"event": older, "data": data}, at)


def _subscribed(account: Account[Any], app_id: str, event: str) -> list[Receiver]:
    """Return the webhooks of an app that list an event, in the order in which they were registered."""
    own = [webhook for webhook in account.state.webhooks.having("app_id", app_id) if event in webhook.events][::-1]
    return [Receiver(webhook.id, webhook.url, headers=webhook.headers) for webhook in own]


def _send(
    account: Account[Any], webhooks: list[Receiver], event: str, subject: str, at: datetime, data: dict[str, Any]
) -> None:
    """Send an event; its id, by which receivers know a duplicate, is made of what it is about and what became of it."""
    event_id = f"evt_{subject}_{event.rpartition('.')[2]}"
    announce(account, webhooks, event, {"event": event, "eventId": event_id, "timestamp": millis(at), "data": data}, at)


def _call(account: Account[Any], call: PhoneCall, at: datetime) -> dict[str, Any]:
    """Return a call as events show it, with how it ended once it has."""
    facts = shown(account, "get_call", call, at)
    members = {name: facts[name] for name in ("id", "direction")}
    members |= {"from": call.from_address, "to": call.to_address}
    members |= {name: facts[name] for name in ("fromChannel", "toChannel")}
    members |= {name: facts[name] for name in ("livekitRoomName", "metadata") if facts[name]}
    return {**members, **{name: facts[name] for name in ENDS}} if call.ended_at is not None else members


def _message(account: Account[Any], message: Message) -> dict[str, Any]:
    """Return a message as events show it; one that failed has an error like those of the API (api_reference/webhooks)."""
    is_lower = account.provider.assumed(account.world, "webhook_message_type") == "lower"
    members: dict[str, Any] = {
        "id": message.id,
        "from": message.from_phone_number,
        "to": message.recipient.phone_number,
        "text": message.text,
        "subject": message.subject,
        "mediaUrls": message.media_urls,
        "type": message.transport if is_lower else message.type,
        "direction": message.direction,
        "status": message.status,
        "createdAt": millis(message.created_at),
    }
    return {**members, "error": error_body(Errors.UNDELIVERABLE())} if message.status == "FAILED" else members
