"""The records of a Cald account, and its section in a scenario."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from simulator.provider import CallPlan, CreatedRecord, Record, Records, Seed, Text, Url

CALL_COMPLETED = "call.completed"  # the only event; Cald does not name it
RESULTS = ("failed", "pickedUp", "ivr", "voicemail", "unanswered", "disconnected")  # of a call that is not pending
Result = Literal["pending", "failed", "pickedUp", "ivr", "voicemail", "unanswered", "disconnected"]
Status = Literal["pending", "active", "not_funded", "finished", "cancelled"]


class Agent(Record, frozen=True):
    """An agent: its settings are kept as the client sent them, defaults filled in."""

    settings: dict[str, Any]

    @property
    def webhook_url(self) -> str | None:
        """Where its calls are sent; None while that is not enabled."""
        webhook = self.settings.get("webhookSettings", {})
        return webhook.get("url") if webhook.get("enable") else None

    @property
    def is_listened_to(self) -> bool:
        """Whether its calls are sent anywhere."""
        return self.webhook_url is not None


class Number(Record, frozen=True):
    """A number that the account rents."""

    number: str
    agent_id: str | None = None


class ContactList(Record, frozen=True):
    """A list of contacts; the API fills lists, the dashboard creates them."""


class Contact(Record, frozen=True):
    """A contact as uploaded. Its id is made of the list and the number, which is in a list once at most."""

    list_id: str
    members: dict[str, str]


class Campaign(Record, frozen=True):
    """A campaign: an agent that calls all contacts in a list."""

    name: str
    list_id: str
    agent_id: str
    status: Status = "pending"
    is_dialed: bool = False


class PhoneCall(CreatedRecord, frozen=True):
    """A call, over or under way."""

    agent_id: str
    from_number: str
    to_number: str
    campaign_id: str | None = None
    direction: Literal["outbound", "inbound"] = "outbound"
    result: Result = "pending"
    plan: CallPlan = CallPlan()
    answered_at: datetime | None = None
    transcripts: tuple[dict[str, str], ...] = ()
    completed_at: datetime | None = None
    call_length: int | None = None  # seconds
    recording_url: str | None = None

    @property
    def completed(self) -> bool:
        """Return whether the call is over."""
        return self.completed_at is not None


class Voice(Record, frozen=True):
    """A voice that was cloned; an agent's `voice` takes its id."""

    language: str = "en"  # cloning is for English only (clone-voice)


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str
    name: str = ""
    webhook_url: Url | None = None


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; by default any free one."""

    id: str
    number: str | None = None
    agent_id: str | None = None


class ContactSeed(Seed, frozen=True):
    """A contact of a scenario; `variables` are its custom variables."""

    phone_number: Text
    prospect_name: str | None = None
    email: str | None = None
    variables: dict[str, str] = {}


class ListSeed(Seed, frozen=True):
    """A list of contacts of a scenario."""

    id: Text
    contacts: list[ContactSeed] = []


class CampaignSeed(Seed, frozen=True):
    """A campaign of a scenario."""

    id: Text
    name: Text
    list_id: Text
    agent_id: Text
    status: Status = "active"


class CaldSeed(Seed, frozen=True):
    """A Cald account of a scenario. Its lists stay when a world is cleared, as no operation creates one."""

    kept: ClassVar = ("lists",)
    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
    lists: list[ListSeed] = []
    campaigns: list[CampaignSeed] = []
    records: Records = {}
