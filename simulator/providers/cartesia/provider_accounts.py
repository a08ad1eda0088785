"""Telephony accounts of the customer (Twilio accounts and SIP trunks), from which numbers are imported."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.provider import Call
from simulator.providers.cartesia.account import State, provider, provider_accounts, sip_trunks, twilio_accounts
from simulator.providers.cartesia.errors import Errors, invalid
from simulator.providers.cartesia.records import Inbound, Outbound, ProviderAccount, SipTrunk, TwilioAccount

provider.operation("providers_list")(provider_accounts.list)
provider.operation("providers_get")(provider_accounts.get)


@provider.operation("providers_create")
def create_account(call: Call[State]) -> ProviderAccount:
    """Link a Twilio account, of which there is one link for each region, or a SIP trunk."""
    body = call.body
    if body["type"] == "sip_trunk":
        return sip_trunks.create(call, label=body["label"], **_inbound(None, body), **_outbound(None, body))
    if find_link(call, body["account_sid"], body["region"]) is not None:
        raise Errors.ALREADY_LINKED()
    return twilio_accounts.create_from_body(call)


@provider.operation("providers_update")
def update_account(call: Call[State]) -> ProviderAccount:
    """Change the members that are sent; the type stays."""
    account, body = provider_accounts.get(call), call.sent
    if body.get("type", account.type) != account.type:
        raise invalid("The type of a provider account cannot change", "type")
    changes = {name: body[name] for name in ("label",) if name in body}
    if isinstance(account, TwilioAccount):
        changes |= _twilio_changes(call, account)
    if isinstance(account, SipTrunk):
        changes |= {**_inbound(account.inbound, body), **_outbound(account.outbound, body)}
    return provider_accounts.change(call, account, **changes)


@provider.operation("providers_delete")
def delete_account(call: Call[State]) -> None:
    """Unlink an account from which no number is imported."""
    account = provider_accounts.get(call)
    if call.state.numbers.having("provider_id", account.id):
        raise Errors.PROVIDER_IN_USE()
    provider_accounts.remove(call, account)


def find_link(call: Call[State], account_sid: str | None, region: str) -> ProviderAccount | None:
    """Return the link to a Twilio account in a region, if there is one."""
    links = call.state.providers.having("account_sid", account_sid)
    return next((link for link in links if isinstance(link, TwilioAccount) and link.region == region), None)


def _twilio_changes(call: Call[State], account: TwilioAccount) -> dict[str, Any]:
    changes = {name: call.sent[name] for name in ("api_key_sid", "region") if name in call.sent}
    link = find_link(call, account.account_sid, changes.get("region", account.region))
    if link is not None and link.id != account.id:
        raise Errors.REGION_LINKED()
    return changes


def _inbound(held: Inbound | None, body: dict[str, Any]) -> dict[str, Inbound]:
    """Return the inbound side, changed by the body; nothing if the body does not have it."""
    if "inbound" not in body:
        return {}
    return {"inbound": msgspec.structs.replace(held or Inbound(), **_settings(Inbound, held, body["inbound"]))}


def _outbound(held: Outbound | None, body: dict[str, Any]) -> dict[str, Outbound]:
    """Return the outbound side, changed by the body; nothing if the body does not have it."""
    if "outbound" not in body:
        return {}
    sent = _settings(Outbound, held, body["outbound"])
    for name in ("address", "transport"):
        if held is None and name not in sent:
            raise Errors.BAD_TRUNK(f"outbound.{name}: The outbound side needs it.")
        if held is not None and sent.get(name, getattr(held, name)) != getattr(held, name):
            raise Errors.BAD_TRUNK(f"outbound.{name}: It cannot change.")
    return {"outbound": msgspec.structs.replace(held, **sent) if held else Outbound(**sent)}


def _settings(side: type[Inbound | Outbound], held: Inbound | Outbound | None, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of one side that are kept, which passwords are not; null clears a setting."""
    names = set(side.__struct_fields__) - {"auth_username"}
    settings = {name: value for name, value in sent.items() if name in names}
    if "credentials" in sent:
        credentials = sent["credentials"] or {"username": "", "password": ""}
        if "password" not in credentials and not (held and held.auth_username):
            raise Errors.BAD_TRUNK("credentials.password: No password is stored.")
        settings["auth_username"] = credentials["username"]
    if "destination_country" in sent:
        settings["destination_country"] = sent["destination_country"] or ""
    return settings
