"""What a Vantax agency holds, and what a scenario may say of it. Only the keys of a sub-account see what belongs to it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from simulator.provider import E164, Country, Many, Record, Seed, Text

Source = Literal["platform", "imported"]
Key = Annotated[str, msgspec.Meta(pattern=r"^vx_live_(?!agency_)[A-Za-z0-9_.]+$")]


class Agency(Record, frozen=True):
    """The tenant."""

    name: str
    created_at: datetime


class SubAccount(Agency, frozen=True):
    """One business of an agency: it owns numbers and agents, and pays for them."""


class Agent(Record, frozen=True):
    """An agent; the defaults of what it is created without are in the spec."""

    sub_account_id: str
    created_at: datetime
    updated_at: datetime
    name: str
    voice_id: str
    ai_model: str
    temperature: float
    language: str
    is_active: bool
    recording: bool
    description: str | None = None
    system_prompt: str | None = None
    knowledgebase_id: str | None = None
    calendar_id: str | None = None
    max_call_time: int | None = None


class Number(Record, frozen=True):
    """A number that a sub-account holds."""

    sub_account_id: str
    created_at: datetime
    number: str
    country: str
    sms: bool
    source: Source = "platform"
    agent_id: str | None = None

    @property
    def capabilities(self) -> dict[str, bool]:
        """Return what the number can do."""
        return {"voice": True, "sms": self.sms}


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario; its name is its id unless it says another."""

    id: Text
    name: Text | None = None
    is_active: bool = True


class NumberSeed(Seed, frozen=True):
    """A number of a scenario: any free one unless it names one. One that is not in the simulator's plan needs its `country`."""

    id: Text | None = None
    number: E164 | None = None
    country: Country | None = None
    source: Source = "platform"
    agent_id: Text | None = None
    sms: bool | None = None
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

    kept: ClassVar = ("sub_accounts",)
    agency: Text = "Agency"
    sub_account_id: Text = "sub_8a1f4c2e"
    name: Text | None = None
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
    sub_accounts: list[SubAccountSeed] = []
    subscription: Literal["active", "none"] = "active"
    number_limit: Annotated[int, msgspec.Meta(ge=0)] | None = None
