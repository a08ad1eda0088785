"""A Cartesia account: what it holds, how a scenario fills it, and the looking up that its operations share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from simulator.provider import BASE58, Account, Call, Ids, Listing, PendingTable, Provider, RequestInfo, is_us_number
from simulator.providers.cartesia.assumptions import ASSUMPTIONS
from simulator.providers.cartesia.config import DEFAULTS, merged
from simulator.providers.cartesia.errors import Errors, render
from simulator.providers.cartesia.records import Agent, Number, PhoneCall, ProviderAccount, SipTrunk, TwilioAccount
from simulator.providers.cartesia.seeds import AgentSeed, CallSeed, CartesiaSeed, NumberSeed, SipTrunkSeed, TwilioSeed

# Slots for Cartesia's own numbers (line/integrations/telephony/cartesia-numbers), and calls at the same time
# (line/infrastructure/scaling).
SLOTS = {"free": 1, "pro": 3, "startup": 5, "scale": 10}
VERSION_HEADER, NEWEST = "cartesia-version", "2026-08-14"  # the newest that the specification knows
CALLS_AT_ONCE = {"free": 8, "pro": 12, "startup": 20, "scale": 60}


class State:
    """One Cartesia account."""

    def __init__(self, account: Account[State], seed: CartesiaSeed) -> None:
        if (seed.plan == "enterprise") != (seed.slots is not None):
            raise ValueError("`slots` goes with the plan enterprise and with no other: expected both or neither")
        self.plan = seed.plan
        self.slots = SLOTS[seed.plan] if seed.slots is None else seed.slots
        self.agents = account.table("agents", Agent)
        self.numbers = account.table("numbers", Number, by=("number", "shelves"))
        self.providers = account.table("providers", ProviderAccount, by=("link", "shelves"))
        self.calls = account.table("calls", PhoneCall, by=("agent_id", "status"))
        self.late = PendingTable(account, "number", self.numbers, Number)
        _Filling(self, account).fill(seed)

    def own_numbers(self) -> Listing[Number]:
        """The numbers that take a slot of the plan: Cartesia's own, not the imported ones."""
        return self.numbers.having("shelves", (None, None, "cartesia"))

    def taken_slots(self) -> int:
        """How many slots of the plan are taken, by numbers that have not settled too."""
        return len(self.own_numbers()) + len(self.late)

    def calls_under_way(self) -> int:
        """How many calls have not ended."""
        return len(self.calls.having("status", "created")) + len(self.calls.having("status", "started"))

    def numbers_of_agent(self, agent_id: str) -> Listing[Number]:
        """The numbers whose calls an agent answers."""
        return self.numbers.having("shelves", (agent_id, None, None))

    def numbers_of_provider(self, provider_id: str) -> Listing[Number]:
        """The numbers that were imported from a provider account."""
        return self.numbers.having("shelves", (None, provider_id, None))


class _Filling:
    """Turns what a scenario says into records; raises ValueError for what cannot be."""

    def __init__(self, state: State, account: Account[State]) -> None:
        self._state = state
        self._world = account.world
        self._now = account.world.clock.now()

    def fill(self, seed: CartesiaSeed) -> None:
        """Fill the tables, what others refer to first."""
        state = self._state
        for agent in seed.agents:
            state.agents.put(self._agent(agent))
        for provider in seed.providers:
            state.providers.put(_provider_account(provider))
        for number in [each for each in seed.numbers for _ in range(each.count)]:
            state.numbers.put(self._number(number))
        if len(state.own_numbers()) > state.slots:
            own = len(state.own_numbers())
            raise ValueError(f"{own} Cartesia numbers, expected at most {state.slots}, the slots of the plan {state.plan}")
        for call in seed.calls:
            state.calls.put(self._call(call))

    def _agent(self, seed: AgentSeed) -> Agent:
        return Agent(
            id=seed.id,
            name=seed.name,
            description=seed.description,
            webhook_id=None,
            config=merged(DEFAULTS, {"initial_message": seed.initial_message}),
            version_id=new_id(self._world.ids, "av"),
            versioned_at=self._now,
            created_at=self._now,
            updated_at=self._now,
        )

    def _number(self, seed: NumberSeed) -> Number:
        provider = self._state.providers.get(seed.provider_id or "")
        if seed.provider_id is not None and provider is None:
            raise ValueError(f"the number {seed.label!r} names the provider {seed.provider_id}, which is not there")
        if seed.agent_id is not None and seed.agent_id not in self._state.agents:
            raise ValueError(f"the number {seed.label!r} names the agent {seed.agent_id}, which the account does not have")
        if seed.id is not None and seed.id in self._state.numbers:
            raise ValueError(f"two numbers have the id {seed.id}")
        if provider is None and seed.number is not None and not is_us_number(seed.number):
            raise ValueError(f"{seed.number} is no US number, expected one, as it is Cartesia's own")
        return Number(
            id=seed.id or new_id(self._world.ids, "ap"),
            label=seed.label,
            number=self._world.inventory.reserve_seeded(seed.number),
            type="cartesia" if provider is None else provider.type,
            provider_id=seed.provider_id,
            agent_id=seed.agent_id,
            created_at=self._now,
            updated_at=self._now,
        )

    def _call(self, seed: CallSeed) -> PhoneCall:
        agent, number = self._state.agents.get(seed.agent_id), self._state.numbers.get(seed.from_number_id)
        if agent is None or number is None:
            raise ValueError(f"the call {seed.id} names an agent or a number that the account does not have")
        ended = seed.status == "completed"
        return PhoneCall(
            id=seed.id,
            agent_id=agent.id,
            agent_name=agent.name,
            status=seed.status,
            started_at=self._now,
            ended_at=self._now if ended else None,
            end_reason="agent_hangup" if ended else None,
            from_number=number.number,
            to_number=seed.to_number,
            account_type=number.type,
            call_sid="CA" + self._world.ids.hex("call_sid", 32),
            transcript=(),
            metadata=None,
        )


def _provider_account(seed: TwilioSeed | SipTrunkSeed) -> ProviderAccount:
    if isinstance(seed, TwilioSeed):
        numbers = None if seed.numbers is None else tuple(seed.numbers)
        return TwilioAccount(
            id=seed.id,
            type="twilio",
            label=seed.label,
            account_sid=seed.account_sid,
            api_key_sid=seed.api_key_sid,
            region=seed.region,
            numbers=numbers,
        )
    inbound = msgspec.structs.asdict(seed.inbound) if seed.inbound else None
    outbound = msgspec.structs.asdict(seed.outbound) if seed.outbound else None
    return SipTrunk(id=seed.id, type="sip_trunk", label=seed.label, inbound=inbound, outbound=outbound)


def take_for_newest(request: RequestInfo) -> Mapping[str, str]:
    """Give a request without Cartesia-Version the newest, in a world that assumes so; else the spec refuses it."""
    if VERSION_HEADER in request.headers or request.switch("missing_version") != "allow":
        return request.headers
    request.assumed("missing_version")
    return {**request.headers, VERSION_HEADER: NEWEST}


provider: Provider[State] = Provider(
    "cartesia",
    state=State,
    errors=Errors,
    render=render,
    seed=CartesiaSeed,
    keys=["sk_car_demo"],
    example_operation="phone_numbers_provision",
    prepare=take_for_newest,
    assumptions=ASSUMPTIONS,
)


@provider.event("number")
def number_settles(account: Account[State], number_id: str, at: datetime) -> None:
    """A provisioned number is there."""
    account.state.late.settle(number_id)


def new_id(ids: Ids, prefix: str) -> str:
    """A new id as Cartesia makes them: `ap_` (numbers), `agent_`, `ata_` (provider accounts) … and 22 characters."""
    return f"{prefix}_{ids.text(prefix, 22, BASE58)}"


def find_agent(call: Call[State], agent_id: str) -> Agent:
    """The agent, or the refusal that there is none."""
    agent = call.state.agents.get(agent_id)
    if agent is None:
        raise Errors.AGENT_NOT_FOUND()
    return agent


def find_number(call: Call[State], number_id: str) -> Number:
    """The number, or the refusal that there is none."""
    number = call.state.late.get(number_id, call.now)
    if number is None:
        raise Errors.NUMBER_NOT_FOUND()
    return number


def give_up(call: Call[State], number: Number) -> None:
    """Take a number out, for others to have."""
    call.state.numbers.remove(number.id)
    call.world.inventory.release(number.number)


def agent_name(call: Call[State], agent_id: str | None) -> str:
    """The name of the agent that a number is assigned to."""
    agent = call.state.agents.get(agent_id) if agent_id is not None else None
    return agent.name if agent else ""
