"""SMS and MMS: sent by an app from its numbers, and delivered by the world's clock.

Source: https://docs.buildwithchirp.com/api-reference/app/post-v1sms.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from simulator.provider import Account, Call, Page, StepTime, message_plan
from simulator.providers.chirp.account import State, app_of, is_test, messages, provider, recipient_id, sender, test_id
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.events import tell_of_message
from simulator.providers.chirp.records import Message, Number, Recipient, status_of

NEXT = {"QUEUED": "SENDING", "SENDING": "SENT", "SENT": "DELIVERED"}


@provider.operation("send_sms", status="QUEUED")
def send_sms(call: Call[State]) -> Message:
    """Queue a message to each recipient, from a number of the app."""
    app = app_of(call)
    is_free = is_test(call, app)
    is_paused = app.status == "billing_paused" or call.account.has_lapsed
    if is_paused and not is_free and call.assumed("billing_paused") == "refuse":
        raise Errors.SUBSCRIPTION_REQUIRED()
    number = sender(call, app, call.body["from"])
    if "text" not in call.body and not call.body["mediaUrls"]:
        raise Errors.INVALID("text: is required in a message without media", param="text")
    transport = _transport(call.body, number)
    recipients = tuple(_recipient(call, phone_number, is_free) for phone_number in call.body["to"])
    if all(one.plan.outcome == "opted_out" for one in recipients):
        raise Errors.UNDELIVERABLE(param="to[0]")
    return messages.create_from_body(
        call,
        **test_id(call.account, is_free, "msg_sms_", call.now),
        app_id=app.id,
        is_free=is_free,
        system_phone_number_id=number.id,
        system_phone_number=number.number,
        from_phone_number=number.number,
        transport=transport,
        direction="OUTBOUND",
        recipients=recipients,
    )


def _transport(body: dict[str, Any], number: Number) -> str:
    """Return the transport of a message: that of the body, or the one that its content needs."""
    needs_mms = bool(body["mediaUrls"]) or "subject" in body
    transport = ("mms" if needs_mms else "sms") if body["transport"] == "automatic" else str(body["transport"])
    if (transport == "sms" and needs_mms) or transport.upper() not in number.features:
        raise Errors.UNSUPPORTED_TYPE()
    return transport


def _recipient(call: Call[State], phone_number: str, is_free: bool) -> Recipient:
    at = call.now
    plan = message_plan(call.account, phone_number)
    return Recipient(recipient_id(call, is_free), phone_number, "QUEUED", created_at=at, updated_at=at, plan=plan)


@provider.operation("list_sms")
def list_sms(call: Call[State]) -> Page[Message]:
    """Return a page of the app's messages."""
    return messages.page(call, messages.narrowed(call, app_id=app_of(call).id, direction=call.params["direction"]))


@provider.operation("get_sms")
def get_sms(call: Call[State]) -> Message:
    """Return one message of the app."""
    message = call.state.messages.get(call.params["messageId"])
    if message is not None and message.app_id != app_of(call).id:  # before `get`, which counts as a read
        raise Errors.MESSAGE_NOT_FOUND()
    return messages.get(call)


@provider.operation("list_organization_sms")
def list_organization_sms(call: Call[State]) -> Page[Message]:
    """Return a page of the messages of all apps, or of one."""
    return messages.page(call, messages.narrowed(call, app_id=call.params["appId"], direction=call.params["direction"]))


def _takes(message: Message) -> StepTime:
    """Return how long it takes until the next recipient is a step further."""
    first = message.recipients[0]
    if len(message.recipients) == 1:
        return first.plan.takes("sent" if first.status == "SENT" else "unsent")
    if message.status != "SENT":
        return first.plan.takes("unsent")
    waits = [_wait(message, one) for one in message.recipients if one.status == "SENT"]
    return min(waits, key=lambda wait: wait.time)


def _wait(message: Message, recipient: Recipient) -> StepTime:
    """Return how long a message that was sent still takes to be delivered to a recipient."""
    takes = recipient.plan.takes("sent")
    return StepTime(takes.time - (message.updated_at - recipient.updated_at), takes.is_given)


@provider.step(messages, takes=_takes)
def continue_message(account: Account[State], message: Message, at: datetime) -> None:
    """Let a message take its next step: QUEUED, SENDING, SENT, DELIVERED; or FAILED."""
    before = message.status
    recipients = _advanced(message, before, at)
    after = status_of(recipients)
    times = {"sent_at": at} if before == "SENDING" and after == "SENT" else {"completed_at": at} if after not in NEXT else {}
    changed = account.state.messages.change(message, recipients=recipients, updated_at=at, **times)
    tell_of_message(account, message, changed, at)
    if after in NEXT:
        account.begin("sms", message.id, at)


def _advanced(message: Message, status: str, at: datetime) -> tuple[Recipient, ...]:
    """Return the recipients after the next step of a message; of those who wait for delivery only who waits least takes it."""
    least = _takes(message).time if status == "SENT" and len(message.recipients) > 1 else None
    return tuple(
        [
            _next(one, at) if one.status == status and (least is None or _wait(message, one).time <= least) else one
            for one in message.recipients
        ]
    )


def _next(recipient: Recipient, at: datetime) -> Recipient:
    """Return a recipient after its next step: the carrier rejects a message that is being sent."""
    is_rejected = recipient.status == "SENDING" and not recipient.plan.is_delivered
    return msgspec.structs.replace(recipient, status="FAILED" if is_rejected else NEXT[recipient.status], updated_at=at)
