"""An agency at Vantax: what it holds, what a key sees of that, and how a scenario fills it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from simulator.provider import Account, Call, CursorPages, Page, Provider, Resource, Seeding, describe, hex_ids
from simulator.providers.vantax.assumptions import ASSUMPTIONS
from simulator.providers.vantax.errors import Errors, render
from simulator.providers.vantax.records import Agency, Agent, Number, SubAccount, SubAccountSeed, VantaxSeed


def own_sub_account(call: Call[State], named: str | None = None) -> str:
    """Return the id of the sub-account for which the key speaks; a request may name that one, and no other."""
    own = call.credential.subject or call.state.home
    if named not in (None, own):
        raise Errors.SUB_ACCOUNT_NOT_FOUND() if call.assumed("foreign_sub_account") == 404 else Errors.WRONG_KEY()
    return own


def country_of(fields: Mapping[str, Any]) -> str:
    """Read the country of a number from its digits."""
    known = describe(fields["number"])
    if known is None:
        raise ValueError(f"the number {fields['number']} is not in the simulator's plan, expected its `country` beside it")
    return known.country


NAME = {"name": itemgetter("id")}  # what has none is called by its id
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
    derive={"country": country_of},
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
    """Open the sub-accounts of a scenario with their keys, agents and numbers."""
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


# What agency keys reach. Only the two paths are documented (https://docs.vantaxai.com/docs/api-keys), the bodies are not.


@provider.operation("get_agency")
def get_agency(call: Call[State]) -> Agency:
    """Return the agency of the key."""
    return call.state.agency


@provider.operation("list_sub_accounts")
def list_sub_accounts(call: Call[State]) -> Page[SubAccount]:
    """Return a page of the agency's sub-accounts."""
    return sub_accounts.page(call)
