"""The section of a scenario for a Cartesia organization."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from simulator.provider import E164, Many, Records, Secret, Seed, Text, Url
from simulator.providers.cartesia.records import Inbound, Outbound, Region


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str
    name: str = "New agent"
    description: str | None = None
    initial_message: str | None = None
    webhook_id: str | None = None


class WebhookSeed(Seed, frozen=True, kw_only=True):
    """A webhook of a scenario; agents are attached to it by their `webhook_id`."""

    id: str
    url: Url
    secret: Secret = "whsec_demo"  # noqa: S105  (nothing real has it)
    display_name: str | None = None


class DeploymentSeed(Seed, frozen=True):
    """A deployment of an agent's own code."""

    id: str
    agent_id: str
    status: Literal["queued", "inactive", "deploy_error", "skipped", "build_error", "building", "deployed"] = "deployed"


class VoiceSeed(Seed, frozen=True):
    """A voice of the organization."""

    id: str
    name: Text
    description: str = ""
    gender: Literal["masculine", "feminine", "gender_neutral"] | None = None
    locale: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}-[A-Z]{2}$", description="a locale such as en-US")] = "en-US"


class MetricSeed(Seed, frozen=True):
    """A metric of some agents; `result` is that of every call."""

    id: str
    name: Text
    prompt: str = ""
    display_name: str | None = None
    agent_ids: list[str] = []
    result: str = "true"


class NumberSeed(Seed, frozen=True):
    """A number of a scenario: imported if it names a provider account, else Cartesia's own; by default any free one."""

    label: Text
    id: str | None = None
    number: E164 | None = None
    agent_id: str | None = None
    provider_id: str | None = None
    count: Many = 1


class TwilioSeed(Seed, frozen=True, tag_field="type", tag="twilio"):
    """A linked Twilio account; it has only `numbers` if they are given, else every number that is imported from it."""

    id: str
    account_sid: str = "AC00000000000000000000000000000000"
    api_key_sid: str = "SK00000000000000000000000000000000"
    region: Region = "us1"
    label: str | None = None
    numbers: list[E164] | None = None


class SipTrunkSeed(Seed, frozen=True, tag_field="type", tag="sip_trunk"):
    """A SIP trunk."""

    id: str
    label: str | None = None
    inbound: Inbound | None = None
    outbound: Outbound | None = None


class CallSeed(Seed, frozen=True):
    """A call of a scenario, made from one of its numbers; `started` is under way and can be cancelled."""

    id: str
    agent_id: str
    from_number_id: str
    to_number: E164 = "+14155550199"
    status: Literal["started", "completed"] = "completed"


class CartesiaSeed(Seed, frozen=True):
    """A Cartesia account of a scenario."""

    plan: Literal["free", "pro", "startup", "scale", "enterprise"] = "free"
    slots: Annotated[int, msgspec.Meta(ge=0)] | None = None
    webhooks: list[WebhookSeed] = []
    agents: list[AgentSeed] = []
    deployments: list[DeploymentSeed] = []
    metrics: list[MetricSeed] = []
    voices: list[VoiceSeed] = []
    providers: list[TwilioSeed | SipTrunkSeed] = []
    numbers: list[NumberSeed] = []
    calls: list[CallSeed] = []
    records: Records = {}
