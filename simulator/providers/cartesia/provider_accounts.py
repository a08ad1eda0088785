"""Telephony accounts of the customer's own (Twilio accounts and SIP trunks), from which numbers are imported."""

from __future__ import annotations

from typing import Any, cast

from simulator.provider import Call, Reply
from simulator.providers.cartesia.account import State, new_id, provider
from simulator.providers.cartesia.errors import Errors
from simulator.providers.cartesia.records import ProviderAccount, SipTrunk, TwilioAccount

INBOUND: dict[str, Any] = {
    "allowed_addresses": [],
    "allowed_numbers": [],
    "auth_username": "",
    "media_encryption": "allowed",
}
OUTBOUND: dict[str, Any] = {
    "destination_country": "",
    "transport": "tcp",
    "media_encryption": "allowed",
    "auth_username": "",
}


@provider.operation("providers_list")
def list_accounts(call: Call[State]) -> Reply:
    """All accounts at once, the newest first, narrowed by type and Twilio account."""
    listing = call.state.providers.having("shelves", (call.params["type"], call.params["account_sid"]))
    return Reply([_shown(account) for account in listing])


@provider.operation("providers_create")
def create_account(call: Call[State]) -> Reply:
    """Link a Twilio account, of which there is one link for each region, or a SIP trunk."""
    make = _twilio if call.body["type"] == "twilio" else _trunk
    return Reply(_shown(call.state.providers.put(make(call))))


@provider.operation("providers_get")
def get_account(call: Call[State]) -> Reply:
    """One account."""
    return Reply(_shown(find_account(call, call.params["id"])))


@provider.operation("providers_update")
def update_account(call: Call[State]) -> Reply:
    """Change what is sent; the type stays."""
    account = find_account(call, call.params["id"])
    if call.body.get("type", account.type) != account.type:
        raise Errors.INVALID("type: The type of a provider account cannot change.")
    changes = (
        _twilio_changes(call, account) if isinstance(account, TwilioAccount) else _trunk_changes(call, cast(SipTrunk, account))
    )
    if "label" in call.body:
        changes["label"] = call.body["label"]
    return Reply(_shown(call.state.providers.change(account, **changes)))


@provider.operation("providers_delete")
def delete_account(call: Call[State]) -> Reply:
    """Unlink an account that has no imported numbers any more."""
    account = find_account(call, call.params["id"])
    if call.state.numbers_of_provider(account.id):
        raise Errors.PROVIDER_IN_USE()
    call.state.providers.remove(account.id)
    return Reply()


def find_account(call: Call[State], account_id: str) -> ProviderAccount:
    """The account, or the refusal that there is none."""
    account = call.state.providers.get(account_id)
    if account is None:
        raise Errors.PROVIDER_NOT_FOUND()
    return account


def linked_account(call: Call[State], account_sid: str, region: str) -> ProviderAccount:
    """The link to a Twilio account in a region, or the refusal that there is none."""
    for account in call.state.providers.having("link", (account_sid, region)):
        return account
    raise Errors.PROVIDER_NOT_FOUND()


def shown_in_number(call: Call[State], account_id: str | None) -> dict[str, Any]:
    """The account that a number is from as the number shows it; Cartesia itself where it is from none."""
    account = call.state.providers.get(account_id) if account_id is not None else None
    if account is None:
        return {"type": "cartesia"}
    if isinstance(account, TwilioAccount):
        return _shown(account)
    return {"type": account.type, "id": account.id, "label": account.label}


def _twilio(call: Call[State]) -> TwilioAccount:
    body = call.body
    region = body.get("region", "us1")
    if call.state.providers.having("link", (body["account_sid"], region)):
        raise Errors.ALREADY_LINKED()
    return TwilioAccount(
        id=new_id(call.world.ids, "ata"),
        type="twilio",
        label=body.get("label"),
        account_sid=body["account_sid"],
        api_key_sid=body["api_key_sid"],
        region=region,
        numbers=None,
    )


def _twilio_changes(call: Call[State], account: TwilioAccount) -> dict[str, Any]:
    changes = {name: call.body[name] for name in ("api_key_sid", "region") if name in call.body}
    region = changes.get("region", account.region)
    if region != account.region and call.state.providers.having("link", (account.account_sid, region)):
        raise Errors.REGION_LINKED()
    return changes


def _trunk(call: Call[State]) -> SipTrunk:
    body = call.body
    return SipTrunk(
        id=new_id(call.world.ids, "ata"),
        type="sip_trunk",
        label=body.get("label"),
        inbound=_side(INBOUND, body.get("inbound")),
        outbound=_side(OUTBOUND, body.get("outbound")),
    )


def _trunk_changes(call: Call[State], trunk: SipTrunk) -> dict[str, Any]:
    """A side that is not sent stays, and so does what is not sent within a side."""
    changes: dict[str, Any] = {}
    if "inbound" in call.body:
        changes["inbound"] = _side(trunk.inbound or INBOUND, call.body["inbound"])
    if "outbound" in call.body:
        changes["outbound"] = _side(trunk.outbound or OUTBOUND, call.body["outbound"])
    return changes


def _side(before: dict[str, Any], sent: dict[str, Any] | None) -> dict[str, Any] | None:
    """One side of a trunk with what was sent; passwords are not kept, and null clears."""
    if sent is None:
        return None
    side = {**before, **{name: value for name, value in sent.items() if name not in ("credentials", "auth_username")}}
    if "credentials" in sent:
        side["auth_username"] = (sent["credentials"] or {}).get("username", "")
    if "destination_country" in side:
        side["destination_country"] = side["destination_country"] or ""
    if "destination_country" in before and "address" not in side:
        raise Errors.BAD_TRUNK("outbound.address: The outbound side needs an address.")
    return side


def _shown(account: ProviderAccount) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": account.type, "id": account.id, "label": account.label}
    if isinstance(account, TwilioAccount):
        masked = f"{account.api_key_sid[:4]}{'*' * 26}{account.api_key_sid[-4:]}"
        return {**shown, "account_sid": account.account_sid, "api_key_sid": masked, "region": account.region}
    trunk = cast(SipTrunk, account)
    sides = {"inbound": trunk.inbound, "outbound": trunk.outbound}
    return {**shown, **{name: side for name, side in sides.items() if side is not None}}
