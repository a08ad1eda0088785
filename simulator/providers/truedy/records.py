"""What a Truedy account holds."""

from __future__ import annotations

from typing import Any, Literal

from simulator.provider import Record

AgentStatus = Literal["active", "draft", "creating", "failed"]
NumberStatus = Literal["active", "inactive", "pending"]
Carrier = Literal["telnyx", "twilio", "custom_sip"]


class Agent(Record, frozen=True):
    """An agent: its settings are kept as the client sent them, defaults filled in."""

    settings: dict[str, Any]
    status: AgentStatus
    voice_agent_id: str | None  # its id at the voice platform; None until it is known there
    created_at: str
    updated_at: str


class Number(Record, frozen=True):
    """A number: bought from Truedy, or imported from a carrier with a credential."""

    phone_number: str
    status: NumberStatus
    is_truedy_managed: bool
    inbound_agent_id: str | None
    outbound_agent_id: str | None
    telephony_credential_id: str | None
    created_at: str
    updated_at: str


class Credential(Record, frozen=True):
    """The account at a carrier from which a number was imported; its secrets are not kept, as nothing ever shows them."""

    provider_type: Carrier
    friendly_name: str
    created_at: str
    updated_at: str
