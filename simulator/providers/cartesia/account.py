"""A Cartesia account: its resources, its seeds and how its records are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from simulator.provider import (
    BASE58,
    Account,
    Call,
    CursorPages,
    Error,
    Listing,
    Ordered,
    Outgoing,
    Page,
    Provider,
    Record,
    RequestInfo,
    Resource,
    Seeding,
    Webhooks,
    is_us_number,
    millis,
    snake_case,
    text_ids,
    uuid_ids,
)
from simulator.providers.cartesia import records, seeds
from simulator.providers.cartesia.config import DEFAULTS, configured
from simulator.providers.cartesia.errors import NEWEST, VERSION_HEADER, Errors, invalid, render

# Slots for Cartesia's own numbers (line/integrations/telephony/cartesia-numbers), and calls at the same time
# (line/infrastructure/scaling).
SLOTS = {"free": 1, "pro": 3, "startup": 5, "scale": 10}
CALLS_AT_ONCE = {"free": 8, "pro": 12, "startup": 20, "scale": 60}
MAX_PAGE = 100
# Webhooks (https://docs.cartesia.ai/agents/webhooks): retries after a 5xx and silence are inferred from public receivers; their
# number, the pauses and the time to answer are assumed, and so is that nothing is sent again after any other refusal.
EVENTS = ("call_started", "call_turn", "call_completed", "call_failed", "post_call_analysis")
RETRIES, TIMEOUT, ENDS = ("10s", "1m", "10m"), 10.0, frozenset(range(300, 500))

R = TypeVar("R", bound=Record)


def _described(table: str, record: type[R], not_found: Error, prefix: str, param: str, **more: Any) -> Resource[R]:
    """Return a resource whose ids are a prefix and 22 characters of base 58."""
    return Resource(table, record, not_found=not_found, ids=text_ids(prefix, 22, BASE58), param=param, **more)


def words_of_number(call: Call[State], number: records.Number) -> str:
    """Return the text of a number in which a search looks."""
    agent = call.state.agents.get(number.agent_id or "")
    return f"{number.number}\n{number.label}\n{agent.name if agent else ''}"


webhooks = _described("webhooks", records.Webhook, Errors.WEBHOOK_NOT_FOUND, "agent_webhook_", "webhook_id")
agents = _described(
    "agents",
    records.Agent,
    Errors.AGENT_NOT_FOUND,
    "agent_",
    "agent_id",
    by=("webhook_id",),
    refers={"webhook_id": webhooks},
    search={"q": lambda call, agent: f"{agent.name}\n{agent.description or ''}"},
)
OF_AGENT: dict[str, Any] = {"refers": {"agent_id": agents}, "by": ("agent_id",)}
versions = _described(
    "versions",
    records.AgentVersion,
    Errors.VERSION_NOT_FOUND,
    "av_",
    "version_id",
    **OF_AGENT,
    on_delete={"agent_id": "remove"},
)
tools = _described("tools", records.Tool, Errors.TOOL_NOT_FOUND, "agent_tool_", "tool_id", filters=("type",))
deployments = _described("deployments", records.Deployment, Errors.DEPLOYMENT_NOT_FOUND, "ad_", "deployment_id", **OF_AGENT)
metrics = _described(
    "metrics",
    records.Metric,
    Errors.METRIC_NOT_FOUND,
    "metric_",
    "metric_id",
    by=("agent_ids",),
    unique={"name": Errors.METRIC_EXISTS},
)
metric_results = _described(
    "metric_results",
    records.MetricResult,
    Errors.METRIC_NOT_FOUND,
    "metric_result_",
    "",
    by=("call_id",),
    filters=("agent_id", "call_id", "metric_id", "deployment_id"),
)
voices: Resource[records.Voice] = Resource(
    "voices", records.Voice, not_found=Errors.VOICE_NOT_FOUND, ids=uuid_ids("voice"), param="id"
)
provider_accounts = _described(
    "providers",
    records.ProviderAccount,
    Errors.PROVIDER_NOT_FOUND,
    "ata_",
    "id",
    by=("account_sid",),
    filters=("type", "account_sid"),
)
twilio_accounts = _described("providers", records.TwilioAccount, Errors.PROVIDER_NOT_FOUND, "ata_", "id")  # in the same table
sip_trunks = _described("providers", records.SipTrunk, Errors.PROVIDER_NOT_FOUND, "ata_", "id")
numbers = _described(
    "numbers",
    records.Number,
    Errors.NUMBER_NOT_FOUND,
    "ap_",
    "id",
    by=("provider_id", "number", "type"),
    filters=("agent_id", "provider_id", "type"),
    search={"q": words_of_number},
    settles="number",
    claims="number",
    refers={"agent_id": agents, "provider_id": provider_accounts},
    on_delete={"agent_id": "clear"},
)
calls = _described(
    "calls",
    records.PhoneCall,
    Errors.CALL_NOT_FOUND,
    "ac_",
    "call_id",
    by=("agent_id", "is_busy", "batch_id", "line"),
    lifecycle="call",
    refers={"agent_id": agents},
)
batches = _described(
    "batches", records.Batch, Errors.BATCH_NOT_FOUND, "acb_", "batch_id", by=("is_open",), filters=("agent_id",)
)
recipients = _described("recipients", records.Recipient, Errors.BATCH_NOT_FOUND, "acr_", "", by=("batch_id", "progress"))
AGENT_SIDE: list[Resource[Any]] = [webhooks, agents, versions, tools, metrics, metric_results, voices, deployments]


class State:
    """One Cartesia account."""

    def __init__(self, account: Account[State], seed: seeds.CartesiaSeed) -> None:
        if (seed.plan == "enterprise") != (seed.slots is not None):
            raise ValueError("`slots` goes with the plan enterprise and with no other: expected both or neither")
        self.plan = seed.plan
        self.slots = SLOTS[seed.plan] if seed.slots is None else seed.slots
        self.calls_at_once = CALLS_AT_ONCE.get(seed.plan)  # None: whatever an enterprise agreed on
        self.is_dispatching = False  # while recipients of batches are being dialled
        self.batches, self.recipients = batches.open(account), recipients.open(account)
        self.agents, self.numbers, self.calls = agents.open(account), numbers.open(account), calls.open(account)
        self.providers, self.versions, self.tools = provider_accounts.open(account), versions.open(account), tools.open(account)
        self.webhooks, self.metrics, self.deployments = webhooks.open(account), metrics.open(account), deployments.open(account)
        self.metric_results, self.voices = metric_results.open(account), voices.open(account)

    def own_numbers(self) -> Listing[records.Number]:
        """Return the numbers that take a slot of the plan: Cartesia's own, not the imported ones."""
        return self.numbers.having("type", "cartesia")


def fill(seeding: Seeding[State], seed: seeds.CartesiaSeed) -> None:
    """Add the records of a scenario; those that others refer to come first."""
    state, account = seeding.state, seeding.account
    seeding.add(webhooks, seed.webhooks)
    for agent in seed.agents:
        config = configured(DEFAULTS, {"initial_message": agent.initial_message})
        for made in seeding.add(agents, [agent], config=config, version_id=new_version(account)):
            keep_version(account, made, seeding.now)
    seeding.add(deployments, seed.deployments)
    seeding.add(voices, seed.voices)
    for metric in seed.metrics:
        if unknown := next((agent_id for agent_id in metric.agent_ids if agent_id not in state.agents), None):
            raise seeding.fault(f"there is no agent {unknown}", metric, "agent_ids")
        seeding.add(metrics, [metric], agent_ids=tuple(metric.agent_ids))
    for link in seed.providers:
        linked: Resource[Any] = twilio_accounts if isinstance(link, seeds.TwilioSeed) else sip_trunks
        seeding.add(linked, [link])
    for number in seed.numbers:
        seeding.add(numbers, [number], type=_number_type(seeding, number))
    if len(state.own_numbers()) > state.slots:
        own = len(state.own_numbers())
        raise ValueError(f"{own} Cartesia numbers, expected at most {state.slots}, the slots of the plan {state.plan}")
    for call in seed.calls:
        seeding.add(calls, [call], **_dialled(seeding, call))


def _number_type(seeding: Seeding[State], seed: seeds.NumberSeed) -> str:
    account = seeding.state.providers.get(seed.provider_id or "")
    if account is None and seed.number is not None and not is_us_number(seed.number):
        raise seeding.fault(
            f"{seed.number} is not a US number, as Cartesia's own numbers are; expected one such as +14155550142",
            seed,
            "number",
        )
    return "cartesia" if account is None else account.type


def _dialled(seeding: Seeding[State], seed: seeds.CallSeed) -> dict[str, Any]:
    agent, number = seeding.state.agents.get(seed.agent_id), seeding.state.numbers.get(seed.from_number_id)
    if agent is None or number is None:
        raise seeding.fault(f"the call {seed.id} names an agent or a number that the account does not have", seed)
    ended = {"ended_at": seeding.now, "end_reason": "agent_hangup"} if seed.status == "completed" else {}
    return {**dialled(seeding.account, agent, number, seeding.now), **ended}


def new_version(account: Account[State]) -> str:
    """Return the id of a new version of an agent's configuration."""
    return f"av_{account.world.ids.text('av_', 22, BASE58)}"


def keep_version(account: Account[State], agent: records.Agent, at: datetime, description: str | None = None) -> None:
    """Keep the configuration of an agent as its newest version."""
    fields = {"id": agent.version_id, "agent_id": agent.id, "config": agent.config, "description": description}
    versions.add(account, at, **fields)


def dialled(account: Account[State], agent: records.Agent, number: records.Number, at: datetime) -> dict[str, Any]:
    """Return the fields of a call that an agent makes from a number."""
    call_sid = f"CA{account.world.ids.uuid('call_sid').replace('-', '')}"
    caller = {"from_number": number.number, "account_type": number.type, "call_sid": call_sid, "started_at": at}
    greeting = agent.config["initial_message"]
    return {"agent_id": agent.id, "agent_name": agent.name, "webhook_id": agent.webhook_id, "greeting": greeting, **caller}


def with_version(request: RequestInfo) -> Mapping[str, str]:
    """Return the headers of a request, with the newest version if it has none and a scenario allows that."""
    version = request.headers.get(VERSION_HEADER)
    if version is None and request.switch("missing_version") == "allow":
        request.assumed("missing_version")
        return {**request.headers, VERSION_HEADER: NEWEST}
    if version != NEWEST and request.operation_id.startswith("agents_") and request.assumed("v1_in_older_versions") == "refuse":
        raise invalid(f"Expected {NEWEST}", VERSION_HEADER)
    return request.headers


def sign(outgoing: Outgoing) -> Mapping[str, str]:
    """Return the header with the secret of the registration: there is no signature."""
    return {"X-Webhook-Secret": outgoing.secret}


class Lists(CursorPages):
    """Cartesia's lists: pages of at most 100."""

    def cut(self, call: Any, listing: Ordered[R]) -> Page[R]:
        """Return the page that a request selects."""
        if call.params["limit"] > MAX_PAGE and call.assumed("limit_over_100") == "refuse":
            raise invalid(f"Must be at most {MAX_PAGE}", "limit")
        return super().cut(call, listing)


provider: Provider[State] = Provider(
    "cartesia",
    state=State,
    errors=Errors,
    render=render,
    seed=seeds.CartesiaSeed,
    keys=["sk_car_demo"],
    example_operation="phone_numbers_provision",
    prepare=with_version,
    resources=[*AGENT_SIDE, provider_accounts, numbers, calls, batches, recipients],
    seeding=fill,
    pages=Lists(
        unknown=lambda cursor: invalid(
            f"The cursor '{cursor}' names nothing in this list; expected the id of one of its items."
        ),
        both=lambda: invalid("Give starting_after or ending_before, not both."),
        next="next_page",
        before="ending_before",
        max_limit=MAX_PAGE,
    ),
    webhooks=Webhooks(events=EVENTS, retries=RETRIES, timeout=TIMEOUT, sign=sign, ends=ENDS, time_member="timestamp"),
    names=snake_case,  # of the results of metrics
    has_subscription=True,
)
for kind in (records.Agent, records.AgentVersion, records.Tool):
    provider.times(kind, millis)
built, deployed = ([f"{what}_{step}_at" for step in ("started", "completed")] for what in ("build", "deployment"))
provider.alias(records.Deployment, **dict.fromkeys([*built, *deployed], "created_at"))
provider.alias(records.PhoneCall, start_time="started_at", end_time="ended_at", telephony_account_type="account_type")
provider.reference(records.Agent, "version", versions, "version_id")
provider.count(records.Agent, "deployment_count", deployments, "agent_id")
provider.collection(records.Agent, "phone_numbers", numbers, "agent_id")
provider.reference(records.Number, "agent", agents, "agent_id")


@provider.member(records.Number, "provider")
def provider_of_number(call: Call[State], number: records.Number) -> records.ProviderAccount | dict[str, str]:
    """Return the account that a number is imported from; Cartesia itself for its own numbers."""
    return call.state.providers.get(number.provider_id or "") or {"type": "cartesia"}


@provider.member(records.TwilioAccount, "api_key_sid")
def masked_key(call: Call[State], account: records.TwilioAccount) -> str:
    """Return the id of a Twilio key, masked but for its beginning and end."""
    return f"{account.api_key_sid[:4]}{'*' * 26}{account.api_key_sid[-4:]}"


@provider.operation("api_status")
def get_status(call: Call[State]) -> dict[str, Any]:
    """Return that the API is up, and its default version."""
    return {"ok": True, "version": NEWEST}
