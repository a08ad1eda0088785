"""SMS and MMS: sent by an app from its numbers, and delivered by the world's clock.

Source: https://docs.buildwithchirp.com/api-reference/app/post-v1sms.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from simulator.provider import Account, Call, MessagePlan, Page, StepTime, message_plan
from simulator.providers.chirp.account import State, app_of, is_test, messages, new_id, provider, sender, test_id
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.events import tell_of_message
from simulator.providers.chirp.records import Message, Number, Recipient

NEXT = {"QUEUED": "SENDING", "SENDING": "SENT", "SENT": "DELIVERED"}


@provider.operation("send_sms", status="QUEUED")
def send_sms(call: Call[State]) -> Message:
    """Queue a message of its own to each recipient, from a number of the app (sms/sending-messages/multiple-recipients)."""
    app = app_of(call)
    is_free = is_test(call, app)
    is_paused = app.status == "billing_paused" or call.account.has_lapsed
    if is_paused and not is_free and call.assumed("billing_paused") == "refuse":
        raise Errors.SUBSCRIPTION_REQUIRED()
    number = sender(call, app, call.body["from"])
    if not call.body.get("text") and not call.body["mediaUrls"]:
        raise Errors.INVALID("text: is required in a message without media", param="text")
    transport = _transport(call.body, number)
    plans = [message_plan(call.account, phone_number) for phone_number in call.body["to"]]
    if all(plan.outcome == "opted_out" for plan in plans):
        raise Errors.UNDELIVERABLE(param="to[0]")
    first, *others = [
        messages.create_from_body(
            call,
            **test_id(call.account, is_free, "msg_sms_", call.now),
            app_id=app.id,
            is_free=is_free,
            system_phone_number_id=number.id,
            system_phone_number=number.number,
            from_phone_number=number.number,
            transport=transport,
            direction="OUTBOUND",
            recipient=_recipient(call, phone_number, plan, is_free),
        )
        for phone_number, plan in zip(call.body["to"], plans, strict=True)
    ]
    if others and call.assumed("id_of_several") == "own":
        return msgspec.structs.replace(first, id=new_id(call.account, is_free, "msg_sms_", call.now))
    return first


@provider.member(Message, "to")
def recipients_of_the_request(call: Call[State], message: Message) -> list[str]:
    """Return all the numbers that a request sends to."""
    numbers: list[str] = call.body["to"]
    return numbers


def _transport(body: dict[str, Any], number: Number) -> str:
    """Return the transport of a message: that of the body, or the one that its content needs."""
    needs_mms = bool(body["mediaUrls"]) or "subject" in body
    transport = ("mms" if needs_mms else "sms") if body["transport"] == "automatic" else str(body["transport"])
    if (transport == "sms" and needs_mms) or transport.upper() not in number.features:
        raise Errors.UNSUPPORTED_TYPE()
    return transport


def _recipient(call: Call[State], phone_number: str, plan: MessagePlan, is_free: bool) -> Recipient:
    at = call.now
    recipient_id = new_id(call.account, is_free, "rcpt_", at)
    return Recipient(recipient_id, phone_number, "QUEUED", created_at=at, updated_at=at, plan=plan)


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
    """Return how long a message takes until its next step."""
    return message.recipient.plan.takes("sent" if message.status == "SENT" else "unsent")


@provider.step(messages, takes=_takes)
def continue_message(account: Account[State], message: Message, at: datetime) -> None:
    """Let a message take its next step: QUEUED, SENDING, SENT, DELIVERED; or FAILED, as the carrier rejects it."""
    is_rejected = message.status == "SENDING" and not message.recipient.plan.is_delivered
    status = "FAILED" if is_rejected else NEXT[message.status]
    recipient = msgspec.structs.replace(message.recipient, status=status, updated_at=at)
    times = {"sent_at": at} if status == "SENT" else {"completed_at": at} if status not in NEXT else {}
    changed = account.state.messages.change(message, recipient=recipient, updated_at=at, **times)
    tell_of_message(account, changed, at)
    if status in NEXT:
        account.begin("sms", message.id, at)
