"""The records of an organisation, and its section in a scenario."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, Self, get_args

import msgspec

from simulator.provider import (
    CallPlan,
    CreatedRecord,
    KsuidIds,
    Many,
    MessagePlan,
    Records,
    Seed,
    TimestampedRecord,
    Url,
)
from simulator.providers.chirp.traits import NumberType, Traits

Event = Literal[
    "messages.sms.received",
    "messages.sms.sent",
    "messages.sms.delivered",
    "messages.sms.failed",
    "calls.initiated",
    "calls.ringing",
    "calls.answered",
    "calls.completed",
    "calls.no_answer",
    "calls.failed",
    "calls.recording.completed",
    "calls.voicemail.received",
    "MESSAGE_CREATED",
    "MESSAGE_SENT",
    "MESSAGE_DELIVERED",
]  # those that are sent; a webhook may list more
NEWER_EVENTS = tuple(event for event in get_args(Event) if event.islower())
VOICEMAIL_SECONDS = 120  # the example of admin/put-v1organizationapps-calling
OwnNumber = Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$", description="in E.164, or a short code")]


class Family(NamedTuple):
    """A kind of API key: how keys begin, the ids of its keys, and the security scheme that they are for."""

    prefix: str
    ids: KsuidIds
    scheme: str


TEST = Family("sk_test_app_", KsuidIds("key_app_test_"), "appAuth")
LIVE = Family("sk_live_app_", KsuidIds("key_app_"), "appAuth")
ADMIN = Family("sk_admin_", KsuidIds("key_admin_"), "adminAuth")


class Application(TimestampedRecord, frozen=True):
    """An application of the organisation."""

    slug: str
    name: str
    status: str = "active"

    @property
    def is_test(self) -> bool:
        """Whether it is a test app, by its id."""
        return self.id.startswith("app_test_")


class Number(TimestampedRecord, frozen=True):
    """A number that the organisation owns, and the apps that share it."""

    number: str
    traits: Traits
    app_ids: tuple[str, ...]
    is_playground: bool = False  # made by the playground: it was never on the market

    @property
    def type(self) -> NumberType:
        """Its type."""
        return self.traits.type

    @property
    def location(self) -> str:
        """Its city and region, or its country."""
        return self.traits.location

    @property
    def features(self) -> tuple[str, ...]:
        """Its features."""
        return self.traits.features

    def without(self, app_id: str) -> tuple[str, ...]:
        """Return the apps that share it beside one."""
        return tuple(other for other in self.app_ids if other != app_id)


class Purchase(CreatedRecord, frozen=True):
    """An entry of the purchase history; it stays when the number goes."""

    phone_number_id: str
    app_id: str  # empty for what was bought in the dashboard
    number: str
    type: NumberType
    released_at: datetime | None = None
    is_free: bool = False


class AdminKey(TimestampedRecord, frozen=True):
    """A key of the organisation. The secret is kept so that it can be withdrawn; an answer shows it once."""

    key: str
    name: str

    @property
    def key_preview(self) -> str:
        """The kind of the key and nothing of its secret, such as `sk_live_app_****` (admin/get-v1organizationapp-keys)."""
        return self.key[: self.key.rindex("_") + 1] + "****"


class AppKey(AdminKey, frozen=True):
    """A key of one app."""

    app_id: str


class Webhook(TimestampedRecord, frozen=True):
    """A URL that receives the events that it lists; its headers are sent along."""

    app_id: str
    url: str
    events: list[str]
    headers: dict[str, str] = {}


class Calling(TimestampedRecord, frozen=True):
    """How an app takes calls; the values that it begins with are those of the page's examples."""

    app_id: str
    organization_id: str
    voicemail_enabled: bool = True
    voicemail_greeting_url: str | None = None
    voicemail_max_duration: int = VOICEMAIL_SECONDS
    auto_record_enabled: bool = False
    recording_format: str = "mp4"
    default_answer_behavior: str = "webhook"
    max_concurrent_calls: int = 100
    whatsapp_calling_enabled: bool = False
    whatsapp_sip_enabled: bool = False


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """A recipient of a message."""

    id: str
    phone_number: str
    status: str
    created_at: datetime
    updated_at: datetime
    plan: MessagePlan = MessagePlan()
    carrier: str | None = None
    line_type: str | None = None


class Message(TimestampedRecord, frozen=True):
    """An SMS or MMS to one recipient: each gets a message of its own, and sees no other (sms/sending-messages)."""

    app_id: str
    system_phone_number_id: str
    system_phone_number: str
    from_phone_number: str
    transport: str
    direction: str
    recipient: Recipient
    is_free: bool
    text: str | None = None
    subject: str | None = None
    media_urls: list[str] = []
    received_at: datetime | None = None
    sent_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def type(self) -> str:
        """Its transport, as the reference writes it: SMS or MMS."""
        return self.transport.upper()

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Its recipient, in a list as the API has it."""
        return (self.recipient,)

    @property
    def status(self) -> str:
        """Its status, which is that of its recipient."""
        return self.recipient.status


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """A call from outside, which every app that has the number gets as a call of its own."""

    id: str
    words: str | None = None  # what the caller says


class PhoneCall(CreatedRecord, frozen=True):
    """A call; its duration and the reason of its end are known afterwards."""

    app_id: str
    from_address: str
    to_address: str
    from_channel: str
    to_channel: str
    metadata: dict[str, Any]
    livekit_room_name: str | None
    started_at: datetime
    direction: str = "outbound"
    status: str = "initiated"
    plan: CallPlan = CallPlan()
    duration: int | None = None
    end_reason: str | None = None
    answered_at: datetime | None = None
    voicemail_at: datetime | None = None
    ended_at: datetime | None = None
    incoming: Incoming | None = None

    @property
    def is_test(self) -> bool:
        """Whether it was made in test mode, by its id."""
        return self.id.startswith("call_test_")

    @property
    def incoming_id(self) -> str | None:
        """What it has in common with the calls of other apps that share the number; None for an outbound call."""
        return self.incoming.id if self.incoming else None

    @property
    def under_way_in(self) -> str | None:
        """The app that it is a call of, until it ends."""
        return self.app_id if self.ended_at is None else None


class Recording(CreatedRecord, frozen=True):
    """A recording of a call."""

    call_id: str
    app_id: str
    format: str
    started_at: datetime
    status: str = "recording"
    duration: int | None = None
    file_size: int | None = None
    ended_at: datetime | None = None


class Voicemail(CreatedRecord, frozen=True):
    """The voicemail of a caller."""

    call_id: str
    app_id: str
    caller_number: str
    caller_channel: str
    duration: int
    is_read: bool = False
    transcription: str | None = None
    recording_id: str | None = None


class WebhookSeed(Seed, frozen=True, kw_only=True):
    """A webhook of an app in a scenario; it hears of everything if no events are listed."""

    url: Url
    id: str | None = None
    events: Annotated[list[Event], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [*NEWER_EVENTS])
    headers: dict[str, str] = {}


class AppSeed(Seed, frozen=True):
    """An app of a scenario; `keys` are those of the account's keys that belong to it and not to the first app."""

    id: str | None = None
    slug: str = "default-app"
    name: str = "Default app"
    status: Literal["active", "billing_paused"] = "active"
    keys: list[str] = []
    webhooks: list[WebhookSeed] = []


class NumberSeed(Seed, frozen=True):
    """A number bought in the dashboard: any free one of its type if none is named, shared by `apps` (ids)."""

    id: str | None = None
    number: OwnNumber | None = None
    type: NumberType | None = None
    apps: list[str] = []
    count: Many = 1


class ChirpSeed(Seed, frozen=True):
    """An organisation of a scenario; app keys that no app lists belong to the first app.

    A cleared organisation keeps its apps, as every app key belongs to one.
    """

    apps: Annotated[list[AppSeed], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [AppSeed()])
    numbers: list[NumberSeed] = []
    records: Records = {}

    def emptied(self) -> Self:
        """Return the same organisation without numbers."""
        return msgspec.structs.replace(self, numbers=[], records={})
