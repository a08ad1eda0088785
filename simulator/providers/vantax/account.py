"""An agency at Vantax: what it holds, what a key sees of that, and how a scenario fills it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from simulator.provider import Account, Call, CursorPages, Provider, Resource, Seeding, describe, hex_ids
from simulator.providers.vantax.assumptions import ASSUMPTIONS
from simulator.providers.vantax.errors import Errors, render
from simulator.providers.vantax.records import Agency, Agent, Number, SubAccount, SubAccountSeed, VantaxSeed


def own_sub_account(call: Call[State]) -> str:
    """Return the id of the sub-account for which the key speaks.

    Raises:
        Problem: a parameter or the body names another one.
    """
    own = call.credential.subject or call.state.home
    named = call.params.get("sub_account_id")
    if named is None and "sub_account_id" in call.described:
        named = call.body.get("sub_account_id")
    if named not in (None, own):
        raise Errors.SUB_ACCOUNT_NOT_FOUND() if call.assumed("foreign_sub_account") == 404 else Errors.WRONG_KEY()
    return own


def country_of(fields: Mapping[str, Any]) -> str:
    """Return the country of a number, which its digits tell."""
    block = describe(fields["number"])
    if block is None:
        raise ValueError(f"the number {fields['number']} is not in the simulator's plan, expected its `country` beside it")
    return block.country


def has_sms(fields: Mapping[str, Any]) -> bool:
    """Return whether a number can be texted: as the number plan says; one from elsewhere can."""
    block = describe(fields["number"])
    return block is None or block.has_sms


NAME = {"name": itemgetter("id")}  # a scenario need not name what it lists
sub_accounts = Resource("sub_accounts", SubAccount, not_found=Errors.SUB_ACCOUNT_NOT_FOUND, ids=hex_ids("sub_", 8), derive=NAME)
agents = Resource(
    "agents",
    Agent,
    not_found=Errors.AGENT_NOT_FOUND,
    ids=hex_ids("agt_", 6),
    param="agent_id",
    within="sub_account_id",
    scope=own_sub_account,
    filters=("is_active",),
    derive=NAME,
    created_by="create_agent",
)
numbers = Resource(
    "numbers",
    Number,
    not_found=Errors.NUMBER_NOT_FOUND,
    ids=hex_ids("pn_", 6),
    param="phone_number_id",
    by=("agent_id",),
    within="sub_account_id",
    scope=own_sub_account,
    filters=("source",),
    settles="number",
    derive={"country": country_of, "sms": has_sms},
    claims="number",
    refers={"agent_id": agents},
    unique=("agent_id",),
)


class State:
    """One agency."""

    def __init__(self, account: Account[State], seed: VantaxSeed) -> None:
        self.home = seed.sub_account_id
        self.subscribed = seed.subscription == "active"
        self.number_limit = seed.number_limit
        sub_accounts.open(account)
        self.agents, self.numbers = agents.open(account), numbers.open(account)
        agency = Agency(id=hex_ids("agy_", 8)(account.world.ids), name=seed.agency, created_at=account.world.clock.now())
        self.agency = account.table("agencies", Agency).put(agency)


def fill(seeding: Seeding[State], seed: VantaxSeed) -> None:
    """Add the sub-accounts of a scenario with their keys, agents and numbers."""
    first = SubAccountSeed(id=seed.sub_account_id, name=seed.name, agents=seed.agents, numbers=seed.numbers)
    for sub_account in (first, *seed.sub_accounts):
        seeding.add(sub_accounts, [sub_account])
        for key in sub_account.keys:
            seeding.grant(key, "subAccountBearer", sub_account.id, sub_account)
        seeding.add(agents, sub_account.agents, sub_account_id=sub_account.id)
        seeding.add(numbers, sub_account.numbers, sub_account_id=sub_account.id)


provider: Provider[State] = Provider(
    "vantax",
    state=State,
    errors=Errors,
    render=render,
    seed=VantaxSeed,
    keys=["vx_live_demo", "vx_live_agency_demo"],
    example_operation="purchase_phone_number",
    assumptions=ASSUMPTIONS,
    resources=[sub_accounts, agents, numbers],
    seeding=fill,
    pages=CursorPages(unknown=lambda cursor: Errors.UNKNOWN_CURSOR(), max_limit=100),  # clamped, not refused (pagination)
    envelope="data",
)
