"""Requests that match no world, or in a world no provider: the error, with the nearest address."""

from __future__ import annotations

from simulator.control.errors import Errors, render
from simulator.documents import nearest
from simulator.engine.context import Refusal, RequestContext
from simulator.engine.encoding import encode
from simulator.engine.masking import Mask
from simulator.engine.recording import record
from simulator.engine.world import World
from simulator.http import Request, Response
from simulator.openapi.spec import Spec
from simulator.provider import Assumptions, Error
from simulator.registry import Registry


class Strays:
    """Rejects requests that address no provider, world or control operation."""

    def __init__(self, registry: Registry, control: Spec, mask: Mask) -> None:
        self._registry, self._control, self._mask = registry, control, mask

    def refuse(self, request: Request, reason: str, world: World | None, error: Error = Errors.NOT_FOUND) -> Response:
        """Refuse a request for a reason that may repeat it, and with it a key; the request log of `world` notes it."""
        problem = error(self._mask.keys(reason))
        if world is None:
            return encode(render(problem), "none", problem.error.evidence, {})
        context = RequestContext.of(world, request, request.path, Assumptions("", ()))
        context.refusal, context.evidence = Refusal.of(problem), problem.error.evidence
        response = encode(render(problem), context.id, context.evidence, context.response_headers)
        record("", context, response)
        world.journal.trim()
        return response

    def foreign(self, host: str) -> str:
        """Return why a request to a host that is no provider's is refused."""
        example = {host: next(iter(self._registry.providers))}
        known = ", ".join(self._registry.hosts)
        return f"{host} is not the host of a provider (these are {known}); for a gateway: hosts={example!r}"

    def near(self, whole: str, path: str) -> str:
        """Return what an unknown path may mean: the same path at a provider, or a provider of a similar name.

        `path` is what follows the name of the world in the `whole` one.
        """
        prefix = whole.removesuffix(path)
        providers = self._registry.providers.items()
        meant = [f"{prefix}/{name}{path}" for name, service in providers if service.spec.router.find(path)]
        if self._control.router.find(f"/_simulator{path}"):
            meant.append(f"/_simulator{path}")
        if meant:
            return f"; did you mean {' or '.join(meant)}?"
        return nearest(path[1:].partition("/")[0], [*self._registry.providers, "_simulator"], "GET /")
