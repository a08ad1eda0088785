"""Calls and messages from outside: every app that has the number gets its own, and hears of it at its own webhooks.

Sources: https://docs.buildwithchirp.com/calling/receiving-calls, https://docs.buildwithchirp.com/sms/receiving-messages and
https://docs.buildwithchirp.com/sms/managing-numbers. An app has 30 seconds to answer a call with a command. That the first app
to answer gets the call, and how long a caller stays, is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, Inbound, KsuidIds, Unreachable, schedule
from simulator.providers.chirp.account import State, calls, messages, new_id, provider, test_id
from simulator.providers.chirp.apps import calling_of
from simulator.providers.chirp.calls import end_call, record_if_configured
from simulator.providers.chirp.events import change_call, tell_of_call, tell_of_message
from simulator.providers.chirp.records import VOICEMAIL_SECONDS, Incoming, Message, Number, PhoneCall, Recipient

ANSWER_WITHIN = timedelta(seconds=30)
STAYS = timedelta(seconds=60)  # a caller, once the call is answered
INCOMING = KsuidIds("in_")


@provider.inbound("call")
def receive_call(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[PhoneCall]:
    """Let a call reach the apps that have a number; they answer with a command, or their configuration does."""
    _require(number, "Voice", "calls")
    words = " ".join(turn.text for turn in inbound.plan.transcript or () if turn.role == "callee")
    incoming = Incoming(INCOMING(account.world.ids, at), words or None)
    received = [_ring(account, app_id, incoming, inbound, at) for app_id in number.app_ids]
    for phone_call in received:
        _decide(account, _now(account, phone_call), at)
    return [_now(account, phone_call) for phone_call in received]


def _require(number: Number, feature: str, what: str) -> None:
    """Raise an error for a number that nothing can reach.

    Raises:
        Unreachable: no app has the number, or it lacks a feature.
    """
    if not number.app_ids:
        raise Unreachable(f"no app has {number.number}, so its {what} reach nobody; assign it with POST /v1/phone-numbers")
    if feature not in number.features:
        has = ", ".join(number.features)
        raise Unreachable(f"{number.number} takes no {what}: it has the features {has}; use a number with {feature}")


def _ring(account: Account[State], app_id: str, incoming: Incoming, inbound: Inbound, at: datetime) -> PhoneCall:
    phone_call = calls.add(
        account,
        at,
        **test_id(account, _is_test(account, app_id), "call_", at),
        app_id=app_id,
        from_address=inbound.from_number,
        to_address=inbound.to_number,
        from_channel="pstn",
        to_channel="pstn",
        metadata={},
        livekit_room_name=None,
        started_at=at,
        direction="inbound",
        incoming=incoming,
        plan=inbound.plan,
    )
    tell_of_call(account, None, phone_call, at)
    return phone_call


def _is_test(account: Account[State], app_id: str) -> bool:
    app = account.state.apps.get(app_id)
    return app is not None and app.is_test


def _now(account: Account[State], phone_call: PhoneCall) -> PhoneCall:
    """Return a call as it is by now."""
    return account.state.calls.get(phone_call.id) or phone_call


def _decide(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Let a call end as planned, or wait for the command of its app."""
    if phone_call.ended_at is not None:
        return
    calling, outcome = calling_of(account, phone_call.app_id), phone_call.plan.outcome
    if not phone_call.plan.is_answered:
        end_call(account, phone_call, at, outcome, outcome)
    elif (
        calling is not None
        and len(account.state.calls.having("under_way_in", phone_call.app_id)) > calling.max_concurrent_calls
    ):
        end_call(account, phone_call, at, "busy", "busy")
    elif outcome == "voicemail" or (calling is not None and calling.default_answer_behavior == "voicemail"):
        take_message(account, phone_call, at)
    else:
        schedule(account, "inbound_call", phone_call.id, at + ANSWER_WITHIN)


def answer(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Answer a call for its app; the caller stays for a while."""
    answered = change_call(account, phone_call, at, status="in_progress", answered_at=at)
    _take_from_others(account, answered, at)
    record_if_configured(account, answered, at)
    if answered.plan.is_timed:
        schedule(account, "inbound_call", answered.id, at + answered.plan.duration)
    elif account.is_immediate("inbound_call"):
        schedule(account, "inbound_call", answered.id, at + STAYS)
    else:
        account.cancel("inbound_call", answered.id)
        account.begin("inbound_call", answered.id, at)


def take_message(account: Account[State], phone_call: PhoneCall, at: datetime) -> None:
    """Let the voicemail of its app answer a call; the caller leaves a message, as long as the configuration allows."""
    fields: dict[str, Any] = {"answered_at": phone_call.answered_at or at, "voicemail_at": at}
    taken = change_call(account, phone_call, at, status="voicemail", **fields)
    _take_from_others(account, taken, at)
    calling = calling_of(account, taken.app_id)
    limit = timedelta(seconds=calling.voicemail_max_duration if calling else VOICEMAIL_SECONDS)
    schedule(account, "inbound_call", taken.id, at + min(taken.plan.duration, limit))


def _take_from_others(account: Account[State], taken: PhoneCall, at: datetime) -> None:
    """End the calls of the other apps that have the number."""
    for other in [*account.state.calls.having("incoming_id", taken.incoming_id)]:
        if other.id != taken.id and other.ended_at is None:
            end_call(account, other, at, "canceled", "answered_elsewhere")


@provider.event("inbound_call")
def go_on(account: Account[State], call_id: str, at: datetime) -> None:
    """Send a call that was not answered to voicemail, or reject it, as its app is configured; else the caller hangs up."""
    phone_call = account.state.calls.get(call_id)
    if phone_call is None or phone_call.ended_at is not None:
        return
    calling = calling_of(account, phone_call.app_id)
    if phone_call.status != "initiated":
        end_call(account, phone_call, at)
    elif calling is None or calling.voicemail_enabled:
        take_message(account, phone_call, at)
    else:
        end_call(account, phone_call, at, "busy", "busy")


@provider.inbound("message")
def receive_message(account: Account[State], number: Number, inbound: Inbound, at: datetime) -> Sequence[Message]:
    """Let a message reach the apps that have a number."""
    _require(number, "MMS" if inbound.subject or inbound.media else "SMS", "messages")
    received = number.app_ids
    return [receive_for(account, number, one, inbound, at, is_test=_is_test(account, one)) for one in received]


def receive_for(
    account: Account[State], number: Number, app_id: str, inbound: Inbound, at: datetime, *, is_test: bool
) -> Message:
    """Let a message reach one app."""
    recipient_id = new_id(account, is_test, "rcpt_", at)
    message = messages.add(
        account,
        at,
        **test_id(account, is_test, "msg_sms_", at),
        app_id=app_id,
        is_free=is_test,
        system_phone_number_id=number.id,
        system_phone_number=number.number,
        from_phone_number=inbound.from_number,
        text=inbound.text or None,
        subject=inbound.subject or None,
        media_urls=[*inbound.media],
        transport="mms" if inbound.subject or inbound.media else "sms",
        direction="INBOUND",
        recipient=Recipient(recipient_id, number.number, "RECEIVED", created_at=at, updated_at=at),
        received_at=at,
    )
    tell_of_message(account, message, at)
    return message
