"""The types of the scenario format: files are converted into them, and their JSON Schema is generated from them.

Docstrings and descriptions in this module become the descriptions of the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from simulator.store.lifecycle import Duration, Lifecycle

Text = Annotated[str, Meta(min_length=1)]
Glob = Annotated[str, Meta(max_length=1000)]
Number = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$", description="A phone number in E.164")]
Pattern = Annotated[str, Meta(pattern=r"^\+[1-9*][0-9*]{6,14}$", description="A phone number in E.164; * stands for one digit")]
Status = Annotated[int, Meta(ge=200, le=599)]
HeaderName = Annotated[str, Meta(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", description="The name of a header (RFC 9110)")]
HeaderValue = Annotated[str, Meta(pattern=r"^([!-~]([ -~]*[!-~])?)?$", description="ASCII, without a space at either end")]
Fault = Literal["reset", "empty", "garbage", "truncate"]

Grade = Literal["documented", "inferred"]

MAX_RULES = 1000  # rules of a world, and accounts of a scenario
MAX_DELAY = 3600.0  # seconds: longer than any client waits


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An object that has these members and no others."""


class Lognormal(Closed, frozen=True):
    """A delay that is mostly short and now and then long."""

    median: Duration
    sigma: Annotated[float, Meta(gt=0, le=5)]


class Spread(Closed, frozen=True):
    """A delay drawn anew each time, from the world's seed."""

    uniform: Annotated[list[Duration], Meta(min_length=2, max_length=2)] | UnsetType = UNSET
    lognormal: Lognormal | UnsetType = UNSET


class When(Closed, frozen=True):
    """Which requests a rule is for: all that is said must hold."""

    provider: str = ""
    operation: Annotated[str, Meta(description="provider.operation_id, as `simulator list` prints them")] = ""
    method: Literal["", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = ""
    path: Annotated[Glob, Meta(description="The provider's own path; * stands for any text")] = ""
    key: Annotated[Glob, Meta(description="The API key; * stands for any text")] = ""
    headers: Annotated[dict[str, Glob], Meta(description="Header values; * stands for any text")] = {}
    query: dict[str, str] = {}
    body: Annotated[dict[str, Any], Meta(description="A part of the body that must be there as it stands here")] = {}


class Amend(Closed, frozen=True):
    """Changes to the real answer."""

    status: Status | UnsetType = UNSET
    headers: dict[HeaderName, HeaderValue] = {}
    body: Annotated[Any, Meta(description="Merged into the real body (RFC 7396); null removes a member")] = UNSET


class Then(Closed, frozen=True):
    """What happens instead of, or to, the real answer."""

    error: Annotated[str, Meta(description="A named error of the provider, as `simulator list` prints them")] = ""
    status: Status | UnsetType = UNSET
    headers: dict[HeaderName, HeaderValue] = {}
    body: Annotated[Any, Meta(description="JSON; a text is sent as it stands")] = UNSET
    amend: Amend | UnsetType = UNSET
    delay: Annotated[Duration | Spread | UnsetType, Meta(description="a duration such as 200ms, or uniform, or lognormal")] = (
        UNSET
    )
    fault: Annotated[Fault, Meta(description="What happens on the wire")] | UnsetType = UNSET
    stage: Annotated[Literal["before", "after_commit"], Meta(description="Whether the operation takes effect")] = "before"


class RuleFile(Closed, frozen=True):
    """A rule: the first one that fits a request, and is due, decides over it."""

    then: Then
    when: When = When()
    name: Annotated[str, Meta(pattern=r"^([!-~]([ -~]{0,78}[!-~])?)?$", description="ASCII; shown in X-Simulator-Rule")] = ""
    skip: Annotated[int, Meta(ge=0, le=1_000_000_000, description="So many fitting requests pass first")] = 0
    times: Annotated[int, Meta(ge=1, le=1_000_000_000, description="The rule works so often, then no more")] | UnsetType = UNSET
    probability: Annotated[float, Meta(gt=0, le=1, description="Drawn from the world's seed")] = 1.0


class ClockFile(Closed, frozen=True):
    """The world's clock."""

    start: Annotated[str, Meta(extra_json_schema={"format": "date-time"})] = ""
    frozen: bool = False


class InventoryFile(Closed, frozen=True):
    """Which numbers are for sale, of those that can never ring."""

    taken: Annotated[list[Pattern], Meta(max_length=1000, description="Not for sale, though nobody here owns them")] = []
    only: Annotated[list[Number], Meta(min_length=1, description="Nothing else is for sale")] | UnsetType = UNSET
    always: Annotated[list[Number], Meta(description="For sale however often they are bought")] = []


class Strict(Closed, frozen=True):
    """How well founded an answer has to be, and the operations whose guesses are known and accepted."""

    grade: Grade
    accept: Annotated[list[str], Meta(description="provider.operation_id, as `simulator list` prints them")] = []


class ScenarioFile(Closed, frozen=True, kw_only=True):
    """A scenario: what a world starts as, and what shall go wrong in it."""

    description: Text
    seed: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    clock: ClockFile = ClockFile()
    open: Annotated[bool, Meta(description="Every key of the documented form works, each with an account of its own")] = False
    accounts: Annotated[list[Any], Meta(max_length=MAX_RULES)] = []
    inventory: InventoryFile = InventoryFile()
    lifecycles: Annotated[dict[str, Lifecycle], Meta(description="By provider.resource")] = {}
    rate_limits: Literal["on", "off"] = "off"
    assume: Annotated[dict[str, str | int], Meta(description="What documentation leaves open, by provider.switch")] = {}
    strict: Annotated[Grade | Strict | UnsetType, Meta(description="documented or inferred: what rests on less is a 501")] = (
        UNSET
    )
    rules: Annotated[list[RuleFile], Meta(max_length=MAX_RULES)] = []
