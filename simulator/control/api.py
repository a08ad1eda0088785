"""The arguments of control operations: the call, and the context shared by all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.control.errors import Errors, require_known
from simulator.deliveries.courier import Courier
from simulator.engine.masking import Mask
from simulator.engine.metrics import Metrics
from simulator.engine.world import World
from simulator.engine.worlds import DEFAULT, Worlds
from simulator.http import Request
from simulator.http.request import FAULTS_UNSUPPORTED
from simulator.openapi.spec import Spec
from simulator.provider import BoundProvider, Reply
from simulator.registry import Registry
from simulator.scenario.format import RuleFile

NAME = "_simulator"  # the name of the control API's spec
PROVIDERS_LIST = "GET /_simulator/providers"


Gauges = dict[str, Callable[[], tuple[int, int]]]  # by the name of a limit: how much of it is used, and the limit


class Deferred(Reply):
    """A reply that is sent when its future is done."""

    after: Future[None] | None = None


class ControlContext(msgspec.Struct, frozen=True):
    """The application, as control operations see it."""

    registry: Registry
    worlds: Worlds
    mask: Mask
    spec: Spec  # of the control API itself
    guarded: bool  # whether it requires an admin token
    courier: Courier
    metrics: Metrics | None  # None: they are off
    gauges: Gauges = {}


class ControlCall(msgspec.Struct, frozen=True):
    """One call of a control operation: decoded and valid input, and what it works on."""

    context: ControlContext
    request: Request
    params: dict[str, Any]
    body: Any
    media: str

    @property
    def world(self) -> World:
        """The world that the path names.

        Raises:
            Problem: NOT_FOUND, with the request that makes one.
        """
        name = self.params["world"]
        world = self.context.worlds.get(name)
        if world is None:
            raise Errors.NOT_FOUND(f"no world {name!r}; PUT /_simulator/worlds/{name} makes one")
        return world

    @property
    def provider(self) -> str | None:
        """The provider that the parameter or, without one, the member `provider` of the body names; None if there is none.

        Raises:
            Problem: INVALID, with the nearest name, if no provider has it.
        """
        name: str | None = self.params["provider"] if "provider" in self.params else self.body.get("provider")
        require_known("provider", name, self.context.registry.providers, PROVIDERS_LIST)
        return name

    def refuse_faults(self, rules: Iterable[RuleFile]) -> None:
        """Refuse rules with wire faults where the request came through a server that cannot carry them out.

        Raises:
            Problem: CONFLICT, with the reason.
        """
        fault = next((rule.then.fault for rule in rules if rule.then.fault is not UNSET), None)
        if fault is not None and not self.request.faults_supported:
            raise Errors.CONFLICT(f"the fault {fault!r} is not possible here: {FAULTS_UNSUPPORTED}")

    def base_url(self, world: str, service: BoundProvider) -> str:
        """Return where a provider answers in a world."""
        prefix = "" if world == DEFAULT else f"/w/{world}"
        return f"{self.request.origin}{prefix}/{service.name}{service.spec.base_path}"


Handler = Callable[[ControlCall], Reply]
