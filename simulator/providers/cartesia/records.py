"""The records of a Cartesia account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from simulator.provider import CallPlan, CreatedRecord, Record, Seed, TimestampedRecord

NumberType = Literal["cartesia", "twilio", "sip_trunk"]
Region = Literal["us1", "ie1", "au1"]
Encryption = Literal["disabled", "allowed", "required"]


class Agent(TimestampedRecord, frozen=True, kw_only=True):
    """An agent, which both generations of the API show. A change of `config` makes a new version."""

    name: str
    description: str | None = None
    webhook_id: str | None = None
    config: dict[str, Any]
    version_id: str
    # Members of agents that run their own code, which is deployed by other means.
    has_text_to_agent_run: ClassVar[bool] = False
    git_repository: ClassVar[None] = None
    git_deploy_branch: ClassVar[None] = None
    deleted_at: ClassVar[None] = None

    @property
    def tts_voice(self) -> str:
        """The voice, by its name in the older generation."""
        return str(self.config["audio"]["output"]["voice_id"])

    @property
    def tts_language(self) -> str:
        """The language, by its name in the older generation."""
        return str(self.config["language"]["primary"])


class AgentVersion(CreatedRecord, frozen=True, kw_only=True):
    """One version of an agent's configuration."""

    agent_id: str
    config: dict[str, Any]
    description: str | None = None
    created_by: ClassVar[None] = None


class Tool(TimestampedRecord, frozen=True, kw_only=True):
    """A tool of agents: a webhook with an `api_schema`, or a function of the client with `parameters`."""

    type: Literal["webhook", "client"]
    name: str
    description: str
    pre_tool_speech: str
    execution_mode: str
    response_timeout_secs: int
    api_schema: dict[str, Any] | None = None
    assignments: list[dict[str, Any]] | None = None
    expects_response: bool | None = None
    parameters: dict[str, Any] | None = None


class Webhook(TimestampedRecord, frozen=True, kw_only=True):
    """A URL that receives the events of calls."""

    url: str
    secret: str
    display_name: str | None = None


class Metric(CreatedRecord, frozen=True, kw_only=True):
    """A metric by which calls of agents are judged."""

    name: str
    display_name: str | None = None
    prompt: str
    agent_ids: tuple[str, ...] = ()
    result: str = "true"  # of every call; the prompt is not evaluated


class MetricResult(CreatedRecord, frozen=True, kw_only=True):
    """The result of a metric for one call."""

    metric_id: str
    metric_name: str
    metric_display_name: str | None = None
    summary: str
    transcript: tuple[dict[str, Any], ...] = ()
    agent_id: str
    call_id: str
    deployment_id: str = ""
    result: str
    status: ClassVar[str] = "completed"


class Voice(CreatedRecord, frozen=True, kw_only=True):
    """A voice: Cartesia's, which everyone sees, or one of the organization."""

    name: str
    tagline: str = ""
    description: str = ""
    gender: Literal["masculine", "feminine", "gender_neutral"] | None = None
    locale: str = "en-US"
    accent: str = "general-american"
    is_owner: bool = True


class AgentModel(Record, frozen=True, kw_only=True):
    """A language model that agents can use."""

    display_name: str
    provider: ClassVar[str] = "OpenAI"
    description: ClassVar[None] = None
    average_latency_ms: int
    pricing: dict[str, str]


class Deployment(TimestampedRecord, frozen=True, kw_only=True):
    """A deployment of an agent's own code; the CLI deploys it, so only a scenario can list it."""

    agent_id: str
    status: str
    build_logs = env_var_collection_id = git_commit_hash = source_code_file_id = ""
    is_pinned: ClassVar[bool] = False

    @property
    def is_live(self) -> bool:
        """Whether calls of the agent reach it."""
        return self.status == "deployed"


class Number(TimestampedRecord, frozen=True, kw_only=True):
    """A phone number: Cartesia's own, or one imported from the Twilio account or SIP trunk `provider_id`."""

    label: str
    number: str
    type: NumberType = "cartesia"
    provider_id: str | None = None
    agent_id: str | None = None

    @property
    def is_cartesia_managed(self) -> bool:
        """Whether it takes a slot of the plan."""
        return self.type == "cartesia"


class Inbound(Seed, frozen=True):
    """The side of a SIP trunk that calls Cartesia."""

    allowed_addresses: list[str] = []
    allowed_numbers: list[str] = []
    auth_username: str = ""
    media_encryption: Encryption = "allowed"


class Outbound(Seed, frozen=True):
    """The side of a SIP trunk that Cartesia calls."""

    address: str
    destination_country: str = ""
    transport: Literal["tcp", "tls"] = "tcp"
    media_encryption: Encryption = "disabled"
    auth_username: str = ""


class ProviderAccount(Record, frozen=True):
    """The account that a number comes from: one whose numbers can be imported, or Cartesia itself."""

    type: ClassVar[NumberType] = "cartesia"
    label: str | None = None
    account_sid: str | None = None


class TwilioAccount(ProviderAccount, frozen=True, kw_only=True):
    """A linked Twilio account; `numbers` are its numbers, None if it has every number that is imported from it."""

    type = "twilio"
    api_key_sid: str
    region: Region
    numbers: list[str] | None = None


class SipTrunk(ProviderAccount, frozen=True):
    """A SIP trunk; a side that is None is not configured."""

    type = "sip_trunk"
    inbound: Inbound | None = None
    outbound: Outbound | None = None


class PhoneCall(Record, frozen=True, kw_only=True):
    """A call by phone."""

    agent_id: str
    agent_name: str
    status: Literal["created", "started", "completed", "failed"] = "created"
    started_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None
    from_number: str
    to_number: str
    account_type: NumberType  # of the number that it is made from, or to
    line: str | None = None  # the id of that number if it is Cartesia's own: these dial once a second
    dialled_at: datetime | None = None  # `started_at` is the time of the answer once there is one
    plan: CallPlan = CallPlan()
    greeting: str | None = None  # of the agent when the call began
    turns_told: int = 0  # to the webhook
    direction: Literal["outbound", "inbound"] = "outbound"
    webhook_id: str | None = None  # of the agent when the call began: another one is for new calls (agents/webhooks)
    call_sid: str
    transcript: tuple[dict[str, Any], ...] | None = ()  # of a call that is over; None: what its plan says, to the end
    dynamic_variables: dict[str, str | float | bool] = {}
    metadata: dict[str, Any] | None = None
    redacted_at: datetime | None = None
    is_analysed: bool = False  # after its end: it has a summary
    batch_id: str | None = None
    recipient_id: str | None = None
    error_message: str | None = None

    @property
    def is_busy(self) -> Literal[True] | None:
        """Whether the call takes a line; None if not, so that an index holds the calls under way alone."""
        return True if self.status in ("created", "started") else None

    @property
    def telephony_params(self) -> dict[str, Any]:
        """The parties of the call; empty once the call is deleted."""
        if self.redacted_at is not None:
            return {"call_sid": self.call_sid, "connection_type": "phone"}
        parties = {"to": self.to_number, "from": self.from_number, "call_sid": self.call_sid, "direction": self.direction}
        return {**parties, "parameters": {}, "headers": {}, "connection_type": "phone"}


class Batch(CreatedRecord, frozen=True, kw_only=True):
    """A batch of calls that are dialled as lines are free."""

    name: str
    agent_id: str
    from_number_id: str
    region: str
    target_concurrency_limit: int
    ringing_timeout_seconds: int = 60
    max_call_duration_minutes: int = 480
    retry_count: int = 0
    last_updated_at: datetime
    scheduled_at: datetime | None = None
    admitted_at: datetime | None = None
    is_open: bool = True  # whether recipients are queued


class Recipient(CreatedRecord, frozen=True, kw_only=True):
    """A number that a batch calls, and the status of its last call."""

    batch_id: str
    to_number: str
    dynamic_variables: dict[str, str | float | bool] = {}
    metadata: dict[str, Any] | None = None
    status: Literal["queued", "dispatched", "started", "completed", "failed", "cancelled"] = "queued"
    agent_call_id: str | None = None
    end_reason: str | None = None
    error_message: str | None = None

    @property
    def progress(self) -> tuple[str, ...]:
        """The keys by which a batch looks up its recipients: by status, and those that could not be dialled."""
        own = (f"{self.batch_id} {self.status}",)
        return (*own, f"{self.batch_id} undialled") if self.status == "failed" and self.agent_call_id is None else own
