"""One request on its way through the pipeline."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from simulator.engine.rules import NO_DECISION, RuleDecision
from simulator.engine.world import World
from simulator.http import Request
from simulator.openapi.evidence import Evidence
from simulator.openapi.operation import Operation
from simulator.provider import Account, Assumptions, Error, Problem, RequestInfo, Violation
from simulator.store.credentials import Credential
from simulator.store.tables import Change


class Refusal(NamedTuple):
    """Why a request was refused. It is kept apart from the exception, whose traceback would hold the whole request."""

    error: Error
    detail: str
    violations: tuple[Violation, ...]

    @classmethod
    def of(cls, problem: Problem) -> Refusal:
        """Return what remains of a problem."""
        return cls(problem.error, problem.detail, problem.violations)


class RequestContext(RequestInfo):
    """One request on its way through the pipeline. Beside what a provider may look at it holds the result of each step.

    The comment beside an attribute names the step that sets it; no other step does.
    """

    __slots__ = (
        "account",
        "body",
        "body_evidence",
        "changes",
        "credential",
        "decision",
        "delay",
        "evidence",
        "id",
        "key",
        "operation",
        "params",
        "path",
        "refusal",
        "request",
        "response_headers",
        "unknown_fields",
        "world",
    )

    def __init__(self, world: World, request: Request, path: str, assumptions: Assumptions) -> None:
        """Begin with a request to `path`, which is the provider's own, without the world's and the provider's prefix."""
        super().__init__(world.store.environment, assumptions, request.headers, request.raw, request.origin)
        self.world = world
        self.id = world.next_request_id()
        self.request = request
        self.path = path
        self.response_headers: dict[str, str] = {}  # any step: headers to send whatever the response is
        self.operation: Operation | None = None  # route
        self.account: Account[Any] | None = None  # authenticate
        self.credential: Credential | None = None  # authenticate
        self.params: dict[str, Any] = {}  # parse
        self.body: Any = None  # parse
        self.unknown_fields: tuple[str, ...] = ()  # parse: what the operation does not know, with the nearest known name
        self.key = ""  # intercept: the key that the request presents, valid or not
        self.decision: RuleDecision = NO_DECISION  # intercept: which scenario rule applies
        self.delay = 0.0  # intercept: seconds by which the client itself wants the response delayed
        self.refusal: Refusal | None = None  # refuse
        self.evidence: Evidence = "assumed"  # grade
        self.body_evidence: Evidence | Literal[""] = ""  # grade: of a refusal whose body is founded worse than its status
        self.changes: list[Change] = []  # settle: what the request changed

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request.method
