"""What a scenario may say of a Cartesia account."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from simulator.provider import Many, Seed

E164 = Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
Encryption = Literal["disabled", "allowed", "required"]


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str
    name: str = "New agent"
    description: str | None = None
    initial_message: str | None = None


class NumberSeed(Seed, frozen=True):
    """A number of a scenario: imported if it names a provider account, else Cartesia's own, and any free one by default."""

    label: Annotated[str, msgspec.Meta(min_length=1)]
    id: str | None = None
    number: E164 | None = None
    agent_id: str | None = None
    provider_id: str | None = None
    count: Many = 1


class TwilioSeed(Seed, frozen=True, tag_field="type", tag="twilio"):
    """A linked Twilio account; it has only `numbers` if they are given, else every number that is asked for."""

    id: str
    account_sid: str = "AC00000000000000000000000000000000"
    api_key_sid: str = "SK00000000000000000000000000000000"
    region: Literal["us1", "ie1", "au1"] = "us1"
    label: str | None = None
    numbers: list[E164] | None = None


class InboundSeed(Seed, frozen=True):
    """How a SIP trunk reaches Cartesia."""

    allowed_addresses: list[str] = []
    allowed_numbers: list[str] = []
    auth_username: str = ""
    media_encryption: Encryption = "allowed"


class OutboundSeed(Seed, frozen=True):
    """How Cartesia reaches a SIP trunk."""

    address: str
    destination_country: str = ""
    transport: Literal["tcp", "tls"] = "tcp"
    media_encryption: Encryption = "allowed"
    auth_username: str = ""


class SipTrunkSeed(Seed, frozen=True, tag_field="type", tag="sip_trunk"):
    """A SIP trunk."""

    id: str
    label: str | None = None
    inbound: InboundSeed | None = None
    outbound: OutboundSeed | None = None


class CallSeed(Seed, frozen=True):
    """A call of a scenario, made from one of its numbers; `started` is under way and can be cancelled."""

    id: str
    agent_id: str
    from_number_id: str
    to_number: E164 = "+14155550199"
    status: Literal["started", "completed"] = "completed"


class CartesiaSeed(Seed, frozen=True):
    """What a scenario may say of a Cartesia account."""

    plan: Literal["free", "pro", "startup", "scale", "enterprise"] = "free"
    slots: Annotated[int, msgspec.Meta(ge=0)] | None = None
    agents: list[AgentSeed] = []
    providers: list[TwilioSeed | SipTrunkSeed] = []
    numbers: list[NumberSeed] = []
    calls: list[CallSeed] = []
