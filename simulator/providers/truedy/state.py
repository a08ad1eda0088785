"""One Truedy organization, and what a scenario may say of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from simulator.provider import Account, Many, Seed, seconds
from simulator.providers.truedy.records import Agent, AgentStatus, Carrier, Credential, Number, NumberStatus

AGENT_DEFAULTS: dict[str, Any] = {
    "description": None,
    "model": "ultravox-v0.7",
    "tools": [],
    "knowledge_bases": [],
    "temperature": 0.3,
    "recording_enabled": False,
    "language_hint": None,
    "greeting": None,
    "template_id": None,
    "call_template_name": None,
    "greeting_settings": None,
    "inactivity_messages": [],
    "join_timeout": "30s",
    "max_duration": "3600s",
    "vad_settings": None,
    "initial_output_medium": None,
    "time_exceeded_message": None,
}


Uuid = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
E164 = Annotated[str, msgspec.Meta(pattern="^[+][1-9][0-9]{1,14}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: Uuid
    name: Name = "Front desk"
    voice_id: str = "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11"
    system_prompt: str = "You answer the phone."
    status: AgentStatus = "active"


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; any free one when it names none, bought from Truedy unless it says `imported_from`."""

    id: Uuid | None = None
    phone_number: E164 | None = None
    status: NumberStatus = "active"
    imported_from: Carrier | None = None
    inbound_agent_id: Uuid | None = None
    outbound_agent_id: Uuid | None = None
    count: Many = 1


class TruedySeed(Seed, frozen=True):
    """What a scenario may say of a Truedy organization."""

    subscription: Literal["active", "none"] = "active"
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []


class State:
    """One Truedy organization."""

    def __init__(self, account: Account[State], seed: TruedySeed) -> None:
        self.organization_id = account.world.ids.uuid("organization")
        self.is_subscribed = seed.subscription == "active"
        self.agents = account.table("agents", Agent, by=("status",))
        self.numbers = account.table("numbers", Number, by=("inbound_agent_id", "outbound_agent_id"))
        self.credentials = account.table("credentials", Credential)
        now = seconds(account.world.clock.now())
        for agent in seed.agents:
            self._seed_agent(account, agent, now)
        for number in [each for each in seed.numbers for _ in range(each.count)]:
            self._seed_number(account, number, now)

    def add_credential(self, credential_id: str, carrier: Carrier, friendly_name: str | None, now: str) -> Credential:
        """Keep the carrier account of an imported number."""
        credential = Credential(
            id=credential_id,
            provider_type=carrier,
            friendly_name=friendly_name or f"{carrier} credentials",
            created_at=now,
            updated_at=now,
        )
        return self.credentials.put(credential)

    def _seed_agent(self, account: Account[State], seed: AgentSeed, now: str) -> None:
        if seed.id in self.agents:
            raise ValueError(f"the agent {seed.id} is listed twice")
        sent = {"name": seed.name, "voice_id": seed.voice_id, "system_prompt": seed.system_prompt}
        agent = Agent(
            id=seed.id,
            settings={**AGENT_DEFAULTS, **sent},
            status=seed.status,
            voice_agent_id=account.world.ids.uuid("voice agent") if seed.status == "active" else None,
            created_at=now,
            updated_at=now,
        )
        self.agents.put(agent)

    def _seed_number(self, account: Account[State], seed: NumberSeed, now: str) -> None:
        number_id = seed.id or account.world.ids.uuid("number")
        if number_id in self.numbers:
            raise ValueError(f"the number {number_id} is listed twice")
        for agent_id in (seed.inbound_agent_id, seed.outbound_agent_id):
            if agent_id is not None and agent_id not in self.agents:
                raise ValueError(f"the number {number_id} names the agent {agent_id}, which the account does not have")
        credential = None
        if seed.imported_from is not None:
            credential = self.add_credential(account.world.ids.uuid("credential"), seed.imported_from, None, now)
        number = Number(
            id=number_id,
            phone_number=account.world.inventory.reserve_seeded(seed.phone_number),
            status=seed.status,
            is_truedy_managed=credential is None,
            inbound_agent_id=seed.inbound_agent_id,
            outbound_agent_id=seed.outbound_agent_id,
            telephony_credential_id=credential.id if credential else None,
            created_at=now,
            updated_at=now,
        )
        self.numbers.put(number)
