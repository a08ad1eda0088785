"""What a Cartesia account holds."""

from __future__ import annotations

from datetime import datetime
from itertools import product
from typing import Any

from simulator.provider import Record


class Agent(Record, frozen=True):
    """An agent; both generations of the API show the same one. Each change of `config` makes a new version."""

    name: str
    description: str | None
    webhook_id: str | None
    config: dict[str, Any]
    version_id: str
    versioned_at: datetime
    created_at: datetime
    updated_at: datetime


class Number(Record, frozen=True):
    """A phone number: Cartesia's own, or one imported from the Twilio account or SIP trunk `provider_id`."""

    label: str
    number: str
    type: str  # cartesia, twilio or sip_trunk
    provider_id: str | None
    agent_id: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def shelves(self) -> tuple[tuple[str | None, ...], ...]:
        """Every combination of filters (agent, provider, type) under which a list finds the number."""
        return tuple(product({None, self.agent_id}, {None, self.provider_id}, {None, self.type}))


class ProviderAccount(Record, frozen=True):
    """An account elsewhere whose numbers can be imported."""

    type: str
    label: str | None

    @property
    def shelves(self) -> tuple[tuple[str | None, ...], ...]:
        """Every combination of filters (type, Twilio account) under which a list finds the account."""
        return tuple(product({None, self.type}, {None, getattr(self, "account_sid", None)}))

    @property
    def link(self) -> tuple[tuple[str, str], ...]:
        """The Twilio account and region, of which there is one link at most; nothing for a SIP trunk."""
        return ()


class TwilioAccount(ProviderAccount, frozen=True):
    """A linked Twilio account; `numbers` are those it has, None where it has every number that is asked for."""

    account_sid: str
    api_key_sid: str
    region: str
    numbers: tuple[str, ...] | None

    @property
    def link(self) -> tuple[tuple[str, str], ...]:
        """The account and region."""
        return ((self.account_sid, self.region),)


class SipTrunk(ProviderAccount, frozen=True):
    """A SIP trunk; a side that is None is not configured."""

    inbound: dict[str, Any] | None
    outbound: dict[str, Any] | None


class PhoneCall(Record, frozen=True):
    """A call by phone."""

    agent_id: str
    agent_name: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    from_number: str
    to_number: str
    account_type: str  # the type of the number it is made from
    call_sid: str
    transcript: tuple[dict[str, Any], ...]
    metadata: dict[str, Any] | None
