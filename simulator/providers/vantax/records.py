"""What a Vantax agency holds. Every record but the agency belongs to one sub-account, and only its keys see it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from simulator.provider import Record

Source = Literal["platform", "imported"]


class Agency(Record, frozen=True):
    """The tenant."""

    name: str
    created_at: datetime


class SubAccount(Record, frozen=True):
    """One business of an agency: it owns numbers and agents, and pays for them."""

    name: str
    created_at: datetime


class Agent(Record, frozen=True):
    """An agent; its defaults are those of the spec."""

    sub_account_id: str
    created_at: datetime
    updated_at: datetime
    name: str
    description: str | None = None
    system_prompt: str | None = None
    voice_id: str = "voice_aria"
    knowledgebase_id: str | None = None
    calendar_id: str | None = None
    ai_model: str = "gpt-4o"
    temperature: float = 0.7
    language: str = "en-US"
    is_active: bool = True
    recording: bool = False
    max_call_time: int | None = None

    @property
    def lists(self) -> tuple[tuple[str, bool | None], ...]:
        """The lists that show it: the whole one of its sub-account, and that of the active or the inactive."""
        return (self.sub_account_id, None), (self.sub_account_id, self.is_active)


class Number(Record, frozen=True):
    """A number that a sub-account holds."""

    sub_account_id: str
    created_at: datetime
    number: str
    country: str
    source: Source = "platform"
    agent_id: str | None = None
    sms: bool = True

    @property
    def lists(self) -> tuple[tuple[str, Source | None], ...]:
        """The lists that show it: the whole one of its sub-account, and that of its source."""
        return (self.sub_account_id, None), (self.sub_account_id, self.source)
