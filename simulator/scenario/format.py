"""The types of the scenario format: files are converted into them, and their JSON Schema is generated from them.

Docstrings and descriptions in this module become the descriptions of the JSON Schema.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from simulator.http.cors import ORIGIN
from simulator.store.lifecycle import Duration, Lifecycle
from simulator.store.outcomes import CallOutcomes, MessageOutcomes

Text = Annotated[str, Meta(min_length=1)]
Glob = Annotated[str, Meta(max_length=1000)]
Name = Annotated[str, Meta(min_length=1)]
Pointer = Annotated[str, Meta(pattern=r"^(/([^~]|~[01])*)?$", description="A JSON Pointer (RFC 6901)", examples=["/data/0"])]
Number = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$", description="A phone number in E.164")]
Pattern = Annotated[str, Meta(pattern=r"^\+[1-9*][0-9*]{6,14}$", description="A phone number in E.164; * stands for one digit")]
Status = Annotated[int, Meta(ge=200, le=599)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", description="The name of a header (RFC 9110)")]
FieldPath = Annotated[
    str,
    Meta(
        pattern=r"^[^.]{1,100}([.][^.]{1,100}){0,9}$",
        description="The name of a field, or up to ten that lead to it, with dots between them, such as settings.voice",
    ),
]
HeaderValue = Annotated[str, Meta(pattern=r"^([!-~]([ -~]*[!-~])?)?$", description="ASCII, without a space at either end")]
Origin = Annotated[str, Meta(pattern=ORIGIN, description="An origin such as https://app.example.com, or * for every origin")]
RuleName = Annotated[str, Meta(pattern=r"^([!-~]([ -~]{0,78}[!-~])?)?$", description="ASCII; shown in X-Simulator-Rule")]
Fault = Literal["reset", "empty", "garbage", "truncate"]

Manner = Literal["late", "twice", "out_of_order", "stale", "wrong_secret", "rotated_secret", "changed_body", "never", "gone"]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Grade = Literal["documented", "inferred"]

MAX_RULES = 1000  # rules of a world, and accounts of a scenario
MAX_DELAY = 3600.0  # seconds: longer than any client waits


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An object without additional members."""


class Lognormal(Closed, frozen=True):
    """A log-normally distributed delay."""

    median: Annotated[Duration, Meta(examples=["200ms"])]
    sigma: Annotated[float, Meta(gt=0, le=5, description="Standard deviation of the logarithm", examples=[0.5])]


class Spread(Closed, frozen=True):
    """A random delay, drawn for each request from the world's seed."""

    uniform: (
        Annotated[list[Duration], Meta(min_length=2, max_length=2, description="Shortest and longest delay")] | UnsetType
    ) = UNSET
    lognormal: Annotated[Lognormal, Meta(description="A log-normally distributed delay")] | UnsetType = UNSET
    p50: (
        Annotated[Duration, Meta(description="A duration such as 2s; half of the delays are at most this long")] | UnsetType
    ) = UNSET
    p75: (
        Annotated[Duration, Meta(description="A duration such as 2s; 75 % of the delays are at most this long")] | UnsetType
    ) = UNSET
    p90: (
        Annotated[Duration, Meta(description="A duration such as 2s; 90 % of the delays are at most this long")] | UnsetType
    ) = UNSET
    p95: (
        Annotated[Duration, Meta(description="A duration such as 2s; 95 % of the delays are at most this long")] | UnsetType
    ) = UNSET
    p99: (
        Annotated[Duration, Meta(description="A duration such as 2s; 99 % of the delays are at most this long")] | UnsetType
    ) = UNSET
    p999: (
        Annotated[Duration, Meta(description="A duration such as 2s; 99.9 % of the delays are at most this long")] | UnsetType
    ) = UNSET

    def percentiles(self) -> dict[float, Duration]:
        """Return the delays that are given for shares of the requests, the smallest share first."""
        given = {0.5: self.p50, 0.75: self.p75, 0.9: self.p90, 0.95: self.p95, 0.99: self.p99, 0.999: self.p999}
        return {share: text for share, text in given.items() if not isinstance(text, UnsetType)}


Moment = Annotated[
    str,
    Meta(
        pattern=r"^(\+[0-9]{1,6}([.][0-9]{1,3})?(ms|s|m|h|d)|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9Zz:.+-]+)$",
        description="A time in RFC 3339, or one after the world's start, such as +10m",
        examples=["+10m"],
    ),
]


class ClockWindow(Closed, frozen=True):
    """A part of the world's time; without an end it is open there."""

    since: Annotated[Moment | UnsetType, Meta(description="When it begins")] = msgspec.field(default=UNSET, name="from")
    until: Annotated[Moment | UnsetType, Meta(description="When it is over")] = msgspec.field(default=UNSET, name="to")


class Absent(Closed, frozen=True):
    """What a request does not have; all of it must be absent. A value that is empty or null is not."""

    headers: Annotated[
        list[HeaderName],
        Meta(min_length=1, max_length=20, description="Names of headers, in any case", examples=[["Idempotency-Key"]]),
    ] = []
    query: Annotated[
        list[Name], Meta(min_length=1, max_length=20, description="Names of query parameters", examples=[["page"]])
    ] = []
    body: Annotated[
        list[FieldPath],
        Meta(min_length=1, max_length=20, description="Fields of the body", examples=[["label", "settings.voice"]]),
    ] = []


class When(Closed, frozen=True):
    """Conditions on requests; all must hold."""

    provider: Annotated[Name, Meta(description="The name of a provider")] = ""
    operation: Annotated[Name, Meta(description="provider.operation_id, as `simulator list` prints them")] = ""
    event: Annotated[
        Glob, Meta(min_length=1, description="provider.event of a webhook; * stands for any text; the rest is for requests")
    ] = ""
    method: Annotated[Method, Meta(description="The HTTP method")] = ""  # type: ignore[assignment]  # not given
    path: Annotated[Glob, Meta(min_length=1, description="The provider's own path; * stands for any text")] = ""
    key: Annotated[Glob, Meta(min_length=1, description="The API key; * stands for any text")] = ""
    headers: Annotated[dict[str, Glob], Meta(description="Header values; * stands for any text")] = {}
    query: Annotated[dict[str, str], Meta(description="Query parameters and their values")] = {}
    body: Annotated[dict[str, Any], Meta(description="Members that the body must contain")] = {}
    absent: Annotated[
        Absent | UnsetType,
        Meta(
            description="Headers, query parameters and fields of the body that the request does not have",
            examples=[{"headers": ["Idempotency-Key"]}, {"query": ["page"]}, {"body": ["label", "settings.voice"]}],
        ),
    ] = UNSET
    clock: Annotated[ClockWindow | UnsetType, Meta(description="The time in the world")] = UNSET


class Hold(Closed, frozen=True):
    """A gate that opens when enough requests wait at it."""

    until: Annotated[int, Meta(ge=2, le=256, description="How many requests wait before they are released")]
    order: Annotated[
        Literal["arrival", "reversed"] | list[When],
        Meta(description="In which order they are released: the requests first for which the first conditions hold"),
    ] = "arrival"


class PatchOperation(Closed, frozen=True):
    """One operation of a JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    path: Pointer
    source: Pointer | UnsetType = msgspec.field(default=UNSET, name="from")
    value: Any = UNSET


class Amend(Closed, frozen=True):
    """Changes to the real response."""

    status: Status | UnsetType = UNSET
    headers: dict[HeaderName, HeaderValue] = {}
    body: Annotated[Any, Meta(description="Merged into the real body (RFC 7396); null removes a member")] = UNSET
    patch: Annotated[
        list[PatchOperation], Meta(min_length=1, max_length=100, description="A JSON Patch of the body (RFC 6902)")
    ] = []


class Then(Closed, frozen=True):
    """The effect of a rule."""

    error: Annotated[str, Meta(description="A named error of the provider, as `simulator list` prints them")] = ""
    status: Status | UnsetType = UNSET
    headers: dict[HeaderName, HeaderValue] = {}
    body: Annotated[Any, Meta(description="JSON; a string is sent as text")] = UNSET
    amend: Amend | UnsetType = UNSET
    delay: Annotated[
        Duration | Spread | UnsetType, Meta(description="a duration such as 200ms, or uniform, lognormal, or percentiles")
    ] = UNSET
    fault: Annotated[Fault, Meta(description="Connection fault")] | UnsetType = UNSET
    hold: (
        Annotated[
            Literal["until-released"] | Hold,
            Meta(description="Hold the request at a gate: until the control API releases it, or until others wait too"),
        ]
        | UnsetType
    ) = UNSET
    stage: Annotated[
        Literal["before", "after_commit"], Meta(description="Before the operation, or after it has taken effect")
    ] = "before"
    delivery: Annotated[
        Manner | UnsetType,
        Meta(
            description="How a webhook is sent: late, twice and stale by `delay`, wrong_secret and rotated_secret with `secret`"
        ),
    ] = UNSET
    secret: Annotated[str, Meta(min_length=1, max_length=1000, description="Signs the webhook instead of its own")] = ""
    repeat: (
        Annotated[int, Meta(ge=2, le=10, description="Deliver the request N times, as a proxy that retries does")] | UnsetType
    ) = UNSET


class RuleFile(Closed, frozen=True):
    """A rule; the first due match fires."""

    then: Then
    when: When = When()
    name: RuleName = ""
    skip: Annotated[int, Meta(ge=0, le=1_000_000_000, description="Skip the first N matches")] = 0
    times: Annotated[int, Meta(ge=1, le=1_000_000_000, description="Fire at most N times")] | UnsetType = UNSET
    every: Annotated[int, Meta(ge=1, le=1_000_000_000, description="Fire at every Nth match after those that are skipped")] = 1
    probability: Annotated[float, Meta(gt=0, le=1, description="Fire with probability p, from the world's seed")] = 1.0


class NumberLost(Closed, frozen=True):
    """The carrier takes a number back: it is gone from its account, and not for sale again."""

    number: Annotated[Number | UnsetType, Meta(description="Without it, the one that was bought last")] = UNSET
    provider: Annotated[Name, Meta(description="Whose accounts are searched; without it, all")] = ""


class AgentDeleted(Closed, frozen=True):
    """An agent is deleted in the provider's dashboard."""

    provider: Name
    id: Annotated[Name | UnsetType, Meta(description="Without it, the newest")] = UNSET


class Subscription(Closed, frozen=True):
    """The subscription of one account, or of all accounts of a provider."""

    provider: Name
    key: Annotated[str, Meta(min_length=1, description="A key of the account; without it, all accounts")] = ""


class Act(Closed, frozen=True):
    """What the outside world does; one of these."""

    number_lost: NumberLost | UnsetType = UNSET
    agent_deleted: AgentDeleted | UnsetType = UNSET
    subscription_lapsed: Subscription | UnsetType = UNSET
    subscription_renewed: Subscription | UnsetType = UNSET


class Stage(Closed, frozen=True):
    """A part of a timeline: an act at a time, or a rule from one time to another."""

    at: Annotated[Moment | UnsetType, Meta(description="When the act happens")] = UNSET
    act: Act | UnsetType = UNSET
    since: Annotated[Moment | UnsetType, Meta(description="From when on the rule applies")] = msgspec.field(
        default=UNSET, name="from"
    )
    until: Annotated[Moment | UnsetType, Meta(description="When the rule is over")] = msgspec.field(default=UNSET, name="to")
    name: RuleName = ""
    when: When = When()
    then: Then | UnsetType = UNSET


class ClockFile(Closed, frozen=True):
    """The world's clock."""

    start: Annotated[str, Meta(description="The time at which the world starts", extra_json_schema={"format": "date-time"})] = (
        ""
    )
    frozen: Annotated[bool, Meta(description="Stop the clock; only the control API advances it")] = False


class InventoryFile(Closed, frozen=True):
    """The numbers that are for sale."""

    taken: Annotated[list[Pattern], Meta(max_length=1000, description="Not for sale, without an owner")] = []
    only: Annotated[list[Number], Meta(min_length=1, description="Only these numbers are for sale")] | UnsetType = UNSET
    always: Annotated[list[Number], Meta(description="Stay for sale after purchase")] = []


class Strict(Closed, frozen=True):
    """Required evidence level, and operations that are exempt."""

    grade: Annotated[Grade, Meta(description="Required evidence level")]
    accept: Annotated[list[str], Meta(description="provider.operation_id, as `simulator list` prints them")] = []


class ScenarioFile(Closed, frozen=True, kw_only=True):
    """A scenario: the initial state of a world, and its rules."""

    description: Annotated[str, Meta(min_length=1, description="One line that `simulator list` and editors show")] = ""
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Seed of ids, delays and probabilities", examples=[7])] = 0
    clock: ClockFile = ClockFile()
    open: Annotated[
        bool | UnsetType,
        Meta(description="Accept every well-formed key, each with its own account; the default without accounts"),
    ] = UNSET
    accounts: Annotated[list[Any], Meta(max_length=MAX_RULES, description="Accounts with their keys and initial data")] = []
    inventory: InventoryFile = InventoryFile()
    lifecycles: Annotated[
        dict[str, Lifecycle], Meta(description="When providers finish asynchronous work, by provider.resource")
    ] = {}
    calls: Annotated[CallOutcomes, Meta(description="How calls end")] = CallOutcomes()
    messages: Annotated[MessageOutcomes, Meta(description="How messages end")] = MessageOutcomes()
    rate_limits: Annotated[Literal["on", "off"], Meta(description="Enforce the documented rate limits")] = "off"
    cors: (
        Annotated[
            list[Origin],
            Meta(
                max_length=100,
                description="Origins of the web pages that may call the providers; by default those of the server",
            ),
        ]
        | UnsetType
    ) = UNSET
    assume: Annotated[
        dict[str, str | int], Meta(description="Values of undocumented-behaviour switches, by provider.switch")
    ] = {}
    strict: Annotated[Grade | Strict | UnsetType, Meta(description="Return 501 below this evidence level")] = UNSET
    rules: Annotated[list[RuleFile], Meta(max_length=MAX_RULES, description="Rules; the first due match fires")] = []
    timeline: Annotated[
        list[Stage], Meta(max_length=MAX_RULES, description="Acts of the outside world, and faults, each at its time")
    ] = []
