"""The section of a Vantax agency in a scenario."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, get_args

import msgspec

from simulator.provider import E164, Country, Many, Records, Seed, Text, Url
from simulator.providers.vantax.records import Channel, ContactStatus, ConversationStatus, Direction, Event, Source

Key = Annotated[str, msgspec.Meta(pattern=r"^vx_live_(?!agency_)[A-Za-z0-9_.]+$", description="a key such as vx_live_acme")]


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario; its default name is its id."""

    id: Text
    name: Text | None = None
    is_active: bool = True


class NumberSeed(Seed, frozen=True):
    """A number of a scenario: by default any free one. A number outside the simulator's plan needs its `country`."""

    id: Text | None = None
    number: E164 | None = None
    country: Country | None = None
    source: Source = "platform"
    agent_id: Text | None = None
    sms: bool | None = None
    count: Many = 1


class ContactSeed(Seed, frozen=True):
    """A contact of a scenario; one on the Do-Not-Call list is not called."""

    id: Text | None = None
    first_name: Text = "Ada"
    last_name: Text = "Lovelace"
    email: Text = "ada@example.com"
    phone: E164 = "+14155550123"
    status: ContactStatus = "active"
    do_not_call: bool = False


class ContactTagSeed(Seed, frozen=True):
    """A tag of a scenario."""

    name: Text
    id: Text | None = None
    color: str | None = None


class NoteSeed(Seed, frozen=True):
    """A note of a scenario."""

    contact_id: Text
    note: Text
    id: Text | None = None


class CalendarSeed(Seed, frozen=True):
    """A calendar of a scenario."""

    name: Text
    id: Text | None = None
    is_active: bool = True


class KnowledgeBaseSeed(Seed, frozen=True):
    """A knowledge base of a scenario."""

    name: Text
    id: Text | None = None
    source_count: int = 0


class MessageSeed(Seed, frozen=True):
    """A message of a scenario, received or sent when the world begins."""

    content: Text
    direction: Direction = "inbound"


class ConversationSeed(Seed, frozen=True):
    """A conversation of a scenario; no operation starts one."""

    contact_id: Text
    id: Text | None = None
    channel: Channel = "sms"
    status: ConversationStatus = "open"
    messages: list[MessageSeed] = []


class WebhookSeed(Seed, frozen=True, kw_only=True):
    """A webhook of a scenario: of the sub-account, or of one agent; Vantax documents no operation that sets one up."""

    url: Url
    id: Text | None = None
    events: Annotated[list[Event], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: list(get_args(Event)))
    agent_id: Text | None = None


class Holdings(Seed, frozen=True, kw_only=True):
    """The records with which a sub-account begins."""

    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
    contacts: list[ContactSeed] = []
    contact_tags: list[ContactTagSeed] = []
    notes: list[NoteSeed] = []
    calendars: list[CalendarSeed] = []
    knowledge_bases: list[KnowledgeBaseSeed] = []
    conversations: list[ConversationSeed] = []
    webhooks: list[WebhookSeed] = []

    def emptied(self) -> Self:
        """Return the same sub-account without records; its webhooks stay, those of agents go with them."""
        webhooks = [webhook for webhook in self.webhooks if webhook.agent_id is None]
        return msgspec.structs.replace(super().emptied(), webhooks=webhooks)


class SubAccountSeed(Holdings, frozen=True, kw_only=True):
    """A sub-account of a scenario and its keys."""

    id: Text
    name: Text | None = None
    keys: list[Key] = []


class VantaxSeed(Holdings, frozen=True, kw_only=True):
    """An agency of a scenario.

    Keys that none of `sub_accounts` lists belong to the sub-account `sub_account_id`, whose agents, numbers and so on stand
    beside it. Every sub-account has the subscription, without which it cannot buy, and the limit of bought numbers.
    """

    kept: ClassVar = ("sub_accounts",)
    agency: Text = "Agency"
    sub_account_id: Text = "sub_8a1f4c2e"
    name: Text | None = None
    sub_accounts: list[SubAccountSeed] = []
    subscription: Literal["active", "none"] = "active"
    number_limit: Annotated[int, msgspec.Meta(ge=0)] | None = None
    records: Records = {}

    @property
    def first(self) -> SubAccountSeed:
        """Return the sub-account of the keys that no other lists."""
        held = {name: getattr(self, name) for name in Holdings.__struct_fields__}
        return SubAccountSeed(id=self.sub_account_id, name=self.name, **held)
