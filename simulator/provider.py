"""A provider author's whole vocabulary: what an operation is given, what it answers, how it refuses.

An operation is a plain function, `Call -> Reply`. It changes tables and raises problems; it never builds an envelope or an
error body, never checks a type that the spec declares, and never undoes anything: a problem leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, Protocol, Self, TypeVar

import msgspec

from simulator.assumption import Assumption, Value
from simulator.exchange import Exchange
from simulator.late import Late
from simulator.tables import Listing, Record, Table
from simulator.world import Account, Grant, World

if TYPE_CHECKING:
    from simulator.operation import Operation
    from simulator.spec import Spec

__all__ = [
    "Account",
    "Assumption",
    "Call",
    "Error",
    "Exchange",
    "Late",
    "Listing",
    "Many",
    "Problem",
    "Provider",
    "Record",
    "Reply",
    "Seed",
    "Table",
    "Violation",
]

Evidence = Literal["documented", "inferred", "assumed"]
WEAKEST_FIRST: tuple[Evidence, ...] = ("assumed", "inferred", "documented")

S = TypeVar("S")
Many = Annotated[int, msgspec.Meta(ge=1, le=10_000, description="So many of them, alike but for id and number")]


class Seed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a scenario may say of an account at one provider; a provider adds its fields, each with a default.

    The JSON Schema of scenario files is made from these classes, so a field's type and constraints are checked when a file
    is loaded.
    """

    def size(self) -> int:
        """How many records the account begins with, at least."""
        held = [getattr(self, name) for name in self.__struct_fields__]
        return sum(getattr(each, "count", 1) for some in held if isinstance(some, list) for each in some)

    def emptied(self) -> Self:
        """The same account with nothing in it: its lists are empty, its plan and the like stay."""
        held: dict[str, list[Any]] = {name: [] for name in self.__struct_fields__ if isinstance(getattr(self, name), list)}
        return msgspec.structs.replace(self, **held)


class Violation(msgspec.Struct, frozen=True):
    """One way in which a request breaks the spec: in `where` (body, query, path, header), at `field`, by which keyword."""

    where: str
    field: str
    message: str
    keyword: str


class Problem(Exception):
    """A refusal on its way to the client; raised by calling an `Error`."""

    def __init__(
        self,
        error: Error,
        detail: str,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(f"{error.name}: {detail}")
        self.error = error
        self.detail = detail
        self.violations = tuple(violations)
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})
        self.status = status or error.status

    @property
    def code(self) -> str | None:
        """The provider's machine code, where it has one."""
        return self.error.code


class Error:
    """A refusal that a provider can send, named by the attribute that holds it: `raise Errors.QUOTA_EXCEEDED()`.

    `detail` is the text for the client and `facts` are what else the provider's `render` needs, unless the call gives others.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        title: str,
        detail: str = "",
        *,
        evidence: Evidence = "documented",
        **facts: Any,
    ) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail or title
        self.evidence: Evidence = evidence
        self.facts = facts
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name  # an alias, such as `WRONG_KEY = INVALID_KEY`, does not rename it

    def __call__(
        self,
        detail: str | None = None,
        *,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        status: int = 0,
        **facts: Any,
    ) -> Problem:
        """A problem to raise."""
        return Problem(self, self.detail if detail is None else detail, violations, headers, {**self.facts, **facts}, status)


class Errors(Protocol):
    """The refusals that the pipeline itself raises; every provider says how they look in its dialect."""

    UNAUTHORIZED: Error  # no key
    INVALID_KEY: Error  # a key that is malformed, unknown or revoked
    WRONG_KEY: Error  # a key that works, but not for this operation
    NOT_FOUND: Error  # no such route
    METHOD_NOT_ALLOWED: Error
    MALFORMED: Error  # a body that cannot be read
    TOO_LARGE: Error
    INVALID: Error  # readable, but not what the spec says
    LIMITED: Error
    REUSED_KEY: Error  # an idempotency key with another body


NO_BODY: Any = object()


class Reply(msgspec.Struct):
    """An answer: `status` is the operation's only success status unless given; a reply without a body is empty."""

    body: Any = NO_BODY
    status: int = 0
    headers: dict[str, str] = {}
    media: str = "application/json"
    made_up: bool = False  # by a scenario rule: the spec is not asked


class Call(msgspec.Struct, Generic[S], frozen=True):
    """What an operation is given: decoded and valid input, the account's own state, the world around it."""

    exchange: Exchange
    params: dict[str, Any]  # path, query and header parameters by name, defaults filled in
    body: Any  # the decoded body; {} where none was sent
    account: Account[S]
    state: S
    world: World
    grant: Grant  # the key by which the account was reached

    @property
    def now(self) -> datetime:
        """The time of the request on the world's clock."""
        return self.exchange.at

    def assumed(self, name: str) -> Value:
        """What the world assumes where the documentation is silent; the answer leans on it, so ask only where it matters."""
        provider = self.account.provider
        self.exchange.leans_on += (provider.assumptions[name],)
        return provider.assumed(self.world, name)


Handler = Callable[[Call[S]], Reply]
Event = Callable[[Account[S], str, datetime], None]  # the account, the id of the subject, when it was due
Render = Callable[[Problem, Exchange], Reply]
Succeed = Callable[[Reply, Exchange], Reply]
Identify = Callable[[Exchange, "Operation", "Bound"], None]
Prepare = Callable[[Exchange], None]


def as_is(reply: Reply, exchange: Exchange) -> Reply:
    """The envelope of a provider that has none."""
    return reply


class Provider(Generic[S]):
    """A provider: its operations by the ids of its spec, its errors, and the two places where its bodies are wrapped."""

    def __init__(
        self,
        name: str,
        *,
        state: Callable[[Account[S], Any], S],
        errors: type[Errors],
        render: Render,
        succeed: Succeed = as_is,
        seed: type[Seed] = Seed,
        keys: Sequence[str] = (),
        welcome: str = "",
        identify: Identify | None = None,
        prepare: Prepare | None = None,
        assumptions: Sequence[Assumption] = (),
    ) -> None:
        """Say what the provider is made of.

        `state` opens an account from its `seed`; `keys` work in every open world; `welcome` is the operation to try first;
        `identify` replaces the judging of keys by the spec's security schemes; `prepare` completes a request before it is read;
        `assumptions` are what a scenario may decide.
        """
        self.name, self.state, self.seed = name, state, seed
        self.errors = {name: error for name, error in vars(errors).items() if isinstance(error, Error)}
        self.error: type[Errors] = errors
        self.render, self.succeed = render, succeed
        self.keys, self.welcome = tuple(keys), welcome
        self.identify, self.prepare = identify, prepare
        self.assumptions = {each.name: each for each in assumptions}
        self.handlers: dict[str, Handler[S]] = {}
        self.events: dict[str, Event[S]] = {}

    def assumed(self, world: World, name: str) -> Value:
        """What a world assumes: what its scenario says, or the default."""
        said, default = world.scenario.assume, self.assumptions[name].values[0]
        return said.get(f"{self.name}.{name}", default) if said else default

    def event(self, resource: str) -> Callable[[Event[S]], Event[S]]:
        """Register what happens when a resource that was begun with `Account.begin` is done; `lifecycles` say when."""

        def register(event: Event[S]) -> Event[S]:
            self.events[resource] = event
            return event

        return register

    def operation(self, operation_id: str) -> Callable[[Handler[S]], Handler[S]]:
        """Register the function that performs an operation of the spec."""

        def register(handler: Handler[S]) -> Handler[S]:
            if operation_id in self.handlers:
                raise LookupError(f"{self.name}: operation {operation_id!r} has two handlers")
            self.handlers[operation_id] = handler
            return handler

        return register

    def bind(self, spec: Spec) -> Bound:
        """Join spec and code.

        Raises:
            BrokenFile: an operation without a handler, a handler without an operation, an error that the pipeline needs and
                the provider lacks, or a demo key that the spec's schemes refuse; with file and line, as the spec is at hand.
        """
        for name, operation in spec.operations.items():
            if name not in self.handlers:
                spec.fault(operation.pointer, f"found the operation {name!r}, for which {self.name} has no handler")
        for name in sorted(self.handlers.keys() - spec.operations.keys()):
            spec.fault(("paths",), f"found no operation {name!r}, for which {self.name} has a handler")
        for name in sorted(Errors.__annotations__.keys() - self.errors.keys()):
            spec.fault((), f"the errors of {self.name} lack {name}")
        for key in self.keys:
            if not any(scheme.pattern.fullmatch(key) for scheme in spec.schemes.values()):
                spec.fault(("components", "securitySchemes"), f"the key {key!r} of {self.name} fits no x-key-pattern")
        spec.refuse_faults()
        return Bound(self.name, spec, self)


class Bound(msgspec.Struct, frozen=True):
    """A spec and the code that performs it; its operations and handlers are the same set."""

    name: str
    spec: Spec
    provider: Provider[Any]
