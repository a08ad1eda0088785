"""Simulated inbound messages, for test keys.

Source: https://docs.buildwithchirp.com/concepts/simulating-inbound-messages.
"""

from __future__ import annotations

from simulator.provider import Call, Inbound, KsuidIds
from simulator.providers.chirp.account import State, app_of, mode_id, numbers, provider
from simulator.providers.chirp.errors import Errors
from simulator.providers.chirp.inbound import receive_for
from simulator.providers.chirp.records import TEST, Application, Number
from simulator.providers.chirp.traits import Traits, known_traits

EVENTS = KsuidIds("evt_")


@provider.operation("simulate_inbound_sms", status="QUEUED")
def simulate_inbound_sms(call: Call[State]) -> dict[str, str]:
    """Let a message arrive at every app that has the number, which is added and assigned if need be."""
    app = app_of(call)
    if not call.credential.key.startswith(TEST.prefix):
        raise Errors.TEST_APP_REQUIRED()
    number = _number(call, app, call.body["to"])
    body = call.body
    inbound = Inbound("message", body["from"], body["to"], body["text"], subject=body.get("subject", ""))
    for app_id in number.app_ids:
        receive_for(call.account, number, app_id, inbound, call.now, is_test=True)
    return {"id": EVENTS(call.world.ids, call.now)}


def _number(call: Call[State], app: Application, number: str) -> Number:
    """Return the organisation's number, assigned to the app."""
    for owned in call.state.numbers.having("number", number):
        return owned if app.id in owned.app_ids else numbers.change(call, owned, app_ids=(*owned.app_ids, app.id))
    traits = known_traits(number) or Traits("local", "US", ("SMS", "MMS", "Voice"))
    fields = {"number": number, "traits": traits, "app_ids": (app.id,), "is_playground": True, **mode_id(call, app, "ph_")}
    return numbers.add(call.account, call.now, **fields)
