"""One request on its way through the pipeline."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from simulator.engine.rules import NO_DECISION, RuleDecision
from simulator.engine.world import World
from simulator.http import Request
from simulator.openapi.evidence import Evidence
from simulator.openapi.operation import Operation
from simulator.provider import Account, Assumptions, Error, Problem, RequestInfo, Violation
from simulator.provider.plan import OperationPlan
from simulator.store.clock import http_date
from simulator.store.credentials import Credential


class Refusal(NamedTuple):
    """Why a request was refused. It is kept apart from the exception, whose traceback would hold the whole request."""

    error: Error
    detail: str
    violations: tuple[Violation, ...]

    @classmethod
    def of(cls, problem: Problem) -> Refusal:
        """Return what remains of a problem."""
        return cls(problem.error, problem.detail, problem.violations)


class RequestContext(RequestInfo, kw_only=True, eq=False):
    """One request on its way through the pipeline. Beside what a provider may look at it holds the result of each step.

    The comment beside an attribute names the step that sets it; no other step does.
    """

    world: World
    id: str
    path: str  # the provider's own, without the world's and the provider's prefix
    repeats: str = ""  # handle: the id of the request that a rule delivers once more
    response_headers: dict[str, str]  # any step: headers to send whatever the response is; at first the Date
    operation: Operation | None = None  # route
    plan: OperationPlan | None = None  # route
    account: Account[Any] | None = None  # authenticate
    credential: Credential | None = None  # authenticate
    params: dict[str, Any] = {}  # parse
    body: Any = None  # parse
    unknown_fields: tuple[str, ...] = ()  # parse: what the operation does not know, with the nearest known name
    key: str = ""  # intercept: the key that the request presents, valid or not
    decision: RuleDecision = NO_DECISION  # intercept: which scenario rule applies; handle, if it was decided before
    is_decided: bool = False  # intercept: whether rules were tried at all
    delay: float = 0.0  # intercept: seconds by which the client itself wants the response delayed
    refusal: Refusal | None = None  # refuse
    evidence: Evidence = "assumed"  # grade
    body_evidence: Evidence | Literal[""] = ""  # grade: of an error whose body has a weaker level than its status

    @classmethod
    def of(cls, world: World, request: Request, path: str, switches: Assumptions, request_id: str = "") -> RequestContext:
        """Begin with a request to `path`; one that came before has an id already."""
        environment = world.store.environment
        at = environment.clock.now()
        return cls(
            world=world,
            id=request_id or world.next_request_id(),
            request=request,
            path=path,
            environment=environment,
            switches=switches,
            at=at,
            headers=request.headers,
            response_headers={"Date": http_date(at)},
        )

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request.method
