"""An agency at Vantax: what a scenario may say of it, what it holds, and what a key sees of that."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

import msgspec

from simulator.provider import Account, Call, Many, PendingTable, Provider, Seed, Table, describe
from simulator.providers.vantax.assumptions import ASSUMPTIONS
from simulator.providers.vantax.envelope import succeed
from simulator.providers.vantax.errors import Errors, render
from simulator.providers.vantax.records import Agency, Agent, Number, Source, SubAccount

Text = Annotated[str, msgspec.Meta(min_length=1)]
Key = Annotated[str, msgspec.Meta(pattern=r"^vx_live_(?!agency_)[A-Za-z0-9_.]+$")]
E164 = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario; its name is its id unless it says another."""

    id: Text
    name: Text | None = None
    is_active: bool = True


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; any free one when it names none. An imported one from elsewhere must say its country."""

    id: Text | None = None
    number: E164 | None = None
    country: Country | None = None
    source: Source = "platform"
    agent_id: Text | None = None
    sms: bool = True
    count: Many = 1


class SubAccountSeed(Seed, frozen=True):
    """A sub-account of a scenario and the keys that speak for it."""

    id: Text
    name: Text | None = None
    keys: list[Key] = []
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []


class VantaxSeed(Seed, frozen=True):
    """What a scenario may say of an agency.

    Keys that none of `sub_accounts` lists speak for `sub_account_id`, whose agents and numbers stand beside it. Subscription
    and limit hold for every sub-account: whether it may buy, and how many bought numbers it may have.
    """

    agency: Text = "Agency"
    sub_account_id: Text = "sub_8a1f4c2e"
    name: Text | None = None
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
    sub_accounts: list[SubAccountSeed] = []
    subscription: Literal["active", "none"] = "active"
    number_limit: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def emptied(self) -> Self:
        """Without agents and numbers; the sub-accounts and their keys stay."""
        others = [msgspec.structs.replace(each, agents=[], numbers=[]) for each in self.sub_accounts]
        return msgspec.structs.replace(self, agents=[], numbers=[], sub_accounts=others)


class State:
    """One agency."""

    def __init__(self, account: Account[State], seed: VantaxSeed) -> None:
        self.home = seed.sub_account_id
        self.subscribed = seed.subscription == "active"
        self.number_limit = seed.number_limit
        self.sub_accounts = account.table("sub_accounts", SubAccount)
        self.agents = account.table("agents", Agent, by=("lists",))
        self.numbers = account.table("numbers", Number, by=("lists", "agent_id"))
        self.late = PendingTable(account, "number", self.numbers, Number)
        self._account = account
        self._opened: datetime = account.world.clock.now()
        agency_id = f"agy_{account.world.ids.hex('agy_', 8)}"
        self.agency = account.table("agencies", Agency).put(Agency(id=agency_id, name=seed.agency, created_at=self._opened))
        first = SubAccountSeed(id=seed.sub_account_id, name=seed.name, agents=seed.agents, numbers=seed.numbers)
        for sub_account in (first, *seed.sub_accounts):
            self._open(sub_account)

    def new_id(self, prefix: str, table: Table[Any]) -> str:
        """An id that no record of the table has; a scenario may have chosen the next one in turn."""
        while (found := f"{prefix}{self._account.world.ids.hex(prefix, 6)}") in table:
            pass
        return found

    def _open(self, seed: SubAccountSeed) -> None:
        _refuse_twice(seed.id, self.sub_accounts)
        self.sub_accounts.put(SubAccount(id=seed.id, name=seed.name or seed.id, created_at=self._opened))
        for key in seed.keys:
            if f"vantax {key}" in self._account.world.credentials:
                raise ValueError(f"the key {key} speaks for a sub-account already, expected one that is not listed yet")
            self._account.grant(key, "subAccountBearer", subject=seed.id)
        for agent in seed.agents:
            self._employ(agent, seed.id)
        for number in [each for each in seed.numbers for _ in range(each.count)]:
            self._hold(number, seed.id)

    def _employ(self, seed: AgentSeed, sub_account_id: str) -> None:
        _refuse_twice(seed.id, self.agents)
        self.agents.put(
            Agent(
                id=seed.id,
                sub_account_id=sub_account_id,
                name=seed.name or seed.id,
                is_active=seed.is_active,
                created_at=self._opened,
                updated_at=self._opened,
            )
        )

    def _hold(self, seed: NumberSeed, sub_account_id: str) -> None:
        record_id = seed.id or self.new_id("pn_", self.numbers)
        _refuse_twice(record_id, self.numbers)
        self._check_agent(seed.agent_id, sub_account_id)
        number = self._account.world.inventory.reserve_seeded(seed.number)
        self.numbers.put(
            Number(
                id=record_id,
                sub_account_id=sub_account_id,
                number=number,
                country=seed.country or _country(number),
                source=seed.source,
                agent_id=seed.agent_id,
                sms=seed.sms,
                created_at=self._opened,
            )
        )

    def _check_agent(self, agent_id: str | None, sub_account_id: str) -> None:
        if agent_id is None:
            return
        agent = self.agents.get(agent_id)
        if agent is None or agent.sub_account_id != sub_account_id:
            raise ValueError(f"a number names the agent {agent_id}, which the sub-account {sub_account_id} does not have")
        if self.numbers.having("agent_id", agent_id):
            raise ValueError(f"the agent {agent_id} has two numbers, expected one at most")


def _refuse_twice(record_id: str, table: Table[Any]) -> None:
    if record_id in table:
        raise ValueError(f"the id {record_id} stands twice in {table.name}, expected it once")


def _country(number: str) -> str:
    known = describe(number)
    if known is None:
        raise ValueError(f"the number {number} is not of the simulator's plan, expected its `country` beside it")
    return known.country


provider: Provider[State] = Provider(
    "vantax",
    state=State,
    errors=Errors,
    render=render,
    succeed=succeed,
    seed=VantaxSeed,
    keys=["vx_live_demo", "vx_live_agency_demo"],
    example_operation="purchase_phone_number",
    assumptions=ASSUMPTIONS,
)


@provider.event("number")
def number_settles(account: Account[State], number_id: str, at: datetime) -> None:
    """A bought number is there."""
    account.state.late.settle(number_id)


def own_sub_account(call: Call[State], named: str | None) -> str:
    """The id of the sub-account for which the key speaks; a request may name that one, and no other."""
    own = call.credential.subject or call.state.home
    if named not in (None, own):
        raise Errors.SUB_ACCOUNT_NOT_FOUND() if call.assumed("foreign_sub_account") == 404 else Errors.WRONG_KEY()
    return own


def own_agent(call: Call[State], agent_id: str) -> Agent:
    """An agent of the key's sub-account."""
    agent = call.state.agents.get(agent_id)
    if agent is None or agent.sub_account_id != own_sub_account(call, None):
        raise Errors.AGENT_NOT_FOUND()
    return agent


def own_number(call: Call[State], number_id: str) -> Number:
    """A number of the key's sub-account."""
    number = call.state.late.get(number_id, call.now)
    if number is None or number.sub_account_id != own_sub_account(call, None):
        raise Errors.NUMBER_NOT_FOUND()
    return number
