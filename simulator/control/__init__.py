"""The control API under `/_simulator`. Its spec is `specs/_simulator.yaml`; it runs through the same pipeline as a provider."""

from __future__ import annotations

from typing import Any

from simulator.catalog import Catalog
from simulator.control import records, server, steering, worlds  # noqa: F401  (importing them registers their operations)
from simulator.control.vocabulary import Errors, Operator, provider, render
from simulator.exchange import Exchange, Request
from simulator.masking import Mask
from simulator.pipeline import Answer, answer, encode
from simulator.provider import Bound
from simulator.scenario import Scenario
from simulator.spec import Spec
from simulator.world import World
from simulator.worlds import Worlds

__all__ = ["Control", "bind"]


def bind(spec: Spec) -> Bound:
    """Join the control API's spec and code."""
    return provider.bind(spec)


class Control:
    """The control API of one application, and the world in which it answers: its only account is the operator's."""

    def __init__(self, catalog: Catalog, others: Worlds, token: str) -> None:
        self._bound = catalog.control
        operator: Any = Operator(others, token, Mask(catalog.providers.values()))
        self._world = World("_simulator", Scenario("control", template={"_simulator": operator}), {}, journal_bytes=0)

    def answer(self, request: Request) -> Answer:
        """Answer a control request."""
        return answer(self._bound, Exchange(self._world, request, request.path))

    def refuse(self, request: Request, reason: str, world: World | None = None) -> Answer:
        """The answer to a request that reaches no world, or in a world no provider: the journal of that one notes it."""
        exchange = Exchange(world or self._world, request, request.path)
        exchange.problem = problem = Errors.NOT_FOUND(reason)
        reply = render(problem, exchange)
        reply.status = problem.status
        answered = encode(exchange, reply, problem.error.evidence)
        if world is not None:
            world.journal.note("", exchange, answered.status, answered.body)
        return answered
