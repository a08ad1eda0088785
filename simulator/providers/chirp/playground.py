"""Simulated inbound messages, for test keys.

Source: https://docs.buildwithchirp.com/concepts/simulating-inbound-messages.
"""

from __future__ import annotations

from simulator.provider import Call, KsuidIds
from simulator.providers.chirp.account import State, app_of, messages, mode_id, numbers, provider, recipient_id
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.records import TEST, Application, Number, Recipient, Traits, known_traits

EVENTS = KsuidIds("evt_")


@provider.operation("simulate_inbound_sms", status="QUEUED")
def simulate_inbound_sms(call: Call[State]) -> dict[str, str]:
    """Let a message arrive at every app that has the number, which is added and assigned if need be."""
    app = app_of(call)
    if not call.credential.key.startswith(TEST.prefix):
        raise Errors.TEST_APP_REQUIRED()
    number = _number(call, app, call.body["to"])
    for app_id in number.app_ids:
        _receive(call, app, number, app_id)
    return {"id": EVENTS(call.world.ids, call.now)}


def _number(call: Call[State], app: Application, number: str) -> Number:
    """Return the organisation's number, assigned to the app."""
    for owned in call.state.numbers.having("number", number):
        return owned if app.id in owned.app_ids else numbers.change(call, owned, app_ids=(*owned.app_ids, app.id))
    traits = known_traits(number) or Traits("local", "US", ("SMS", "MMS", "Voice"))
    fields = {"number": number, "traits": traits, "app_ids": (app.id,), "is_playground": True, **mode_id(call, app, "ph_")}
    return numbers.add(call.account, call.now, **fields)


def _receive(call: Call[State], app: Application, number: Number, app_id: str) -> None:
    body, at = call.body, call.now
    messages.add(
        call.account,
        at,
        **mode_id(call, app, "msg_sms_"),
        app_id=app_id,
        is_free=True,
        system_phone_number_id=number.id,
        system_phone_number=number.number,
        from_phone_number=body["from"],
        text=body["text"],
        subject=body.get("subject"),
        transport="mms" if "subject" in body else "sms",
        direction="INBOUND",
        recipients=(Recipient(recipient_id(call, app), number.number, "RECEIVED", created_at=at, updated_at=at),),
        received_at=at,
    )
