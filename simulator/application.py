"""Every request enters here: which world, which provider, or the control API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from time import perf_counter, sleep
from typing import TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import structs

from simulator.control import Control, load_spec
from simulator.control.allowed_hosts import AllowedHosts
from simulator.control.api import ControlContext, Gauges
from simulator.control.errors import Errors, render
from simulator.control.strays import Strays
from simulator.deliveries.courier import Courier
from simulator.deliveries.sender import Target, TargetSender
from simulator.engine.access import Access, access_of, both
from simulator.engine.addressing import ADDRESSED_HOST, HOME_WORLD, Address, address_of, host_of
from simulator.engine.encoding import encode
from simulator.engine.handling import handle
from simulator.engine.masking import Mask
from simulator.engine.metrics import Metrics
from simulator.engine.worker import BUSY, MAX_WAITING_BYTES, Worker, is_large
from simulator.engine.world import World
from simulator.engine.worlds import BOUNDS, DEFAULT, FULL, Bounds, Worlds
from simulator.http import Held, Request, Response
from simulator.http.cors import Origins, is_preflight
from simulator.openapi.operation import MAX_BODY
from simulator.provider import BoundProvider
from simulator.registry import VERSION, Registry
from simulator.store.receivers import Receivers
from simulator.store.work import Postponed, others_wait

SHRINKING = ("GET", "HEAD", "DELETE")  # methods of requests that are answered in a world that is full
UNDISTURBED = nullcontext()  # for a thread that has the lock
PAUSE = 0.02  # seconds until it is looked at again whether a long request is under way

T = TypeVar("T")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a server, beside its providers and scenarios."""

    admin_token: str = ""  # that the control API requires; empty: it requires none
    bounds: Bounds = BOUNDS
    receivers: Receivers = Receivers()  # the hosts to which webhooks may be sent, beside this machine
    allowed_hosts: tuple[str, ...] = ()  # names for the control API, beside those that no DNS server can take over
    metrics: bool = False
    cors: Origins = Origins()  # whose pages may call providers, in worlds whose scenario names none


DEFAULT_SETTINGS = Settings()


class Application:
    """The simulator as a function: a request in, a response out. It never waits, and knows nothing of sockets.

    A request that a rule holds is answered later, by the request that releases it: nothing waits within the application.
    """

    def __init__(self, registry: Registry, scenario: str = DEFAULT, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Create the application with one world, `default`, in a scenario."""
        self.registry = registry
        self.scenario = scenario
        self.is_guarded = bool(settings.admin_token)  # whether the control API requires a token
        self._lock = Lock()
        self._observer: Callable[[Access], None] | None = None
        self._cors = settings.cors
        self.mask = Mask(registry.providers.values())
        self.worlds = Worlds(registry, scenario, settings.bounds, settings.receivers)
        self.courier = Courier(self.look)
        self._worker = Worker(self._handle_apart, self._handle_at_once, self._lock)
        self.gauges: Gauges = {"waiting_bytes": lambda: (self._worker.waiting_bytes, MAX_WAITING_BYTES)}  # a server adds more
        self.allowed_hosts = AllowedHosts(registry.hosts, settings.allowed_hosts)
        self.metrics = Metrics(VERSION) if settings.metrics else None
        if self.metrics is not None:
            self.observe(self.metrics.note)
        context = ControlContext(
            registry=registry,
            worlds=self.worlds,
            mask=self.mask,
            spec=load_spec(),
            guarded=self.is_guarded,
            courier=self.courier,
            metrics=self.metrics,
            gauges=self.gauges,
        )
        self._control = Control(context, settings.admin_token, self.allowed_hosts)
        self._strays = Strays(registry, self._control.spec, self.mask)

    def observe(self, observer: Callable[[Access], None]) -> None:
        """Call a function after each request, beside those that are called already; it must not wait."""
        self._observer = observer if self._observer is None else both(self._observer, observer)

    def handle(self, request: Request) -> Response:
        """Answer one request, in any thread. A long one is answered by the worker's thread, for which `settled` waits."""
        with self._lock:
            try:
                return self._handle_at_once(request)
            except Postponed:
                return self._postpone(request)

    def _handle_at_once(self, request: Request) -> Response:
        """Answer a request while all others wait.

        Raises:
            Postponed: it takes too long for that; nothing has happened yet.
        """
        others_wait.set(True)
        try:
            return self._handle_observed(request, UNDISTURBED)
        finally:
            others_wait.set(False)

    def _postpone(self, request: Request) -> Response:
        """Leave a request to the worker; until it is answered, the others to its world wait for their turn."""
        done = self._worker.add(request, self._world_of(request))
        busy = encode(render(Errors.BUSY(BUSY)), "none", "documented", {"Retry-After": "1"})
        return busy if done is None else structs.replace(busy, after=done)

    def _handle_apart(self, request: Request) -> Response:
        """Answer a request in the thread of the worker."""
        return self._handle_observed(request, self._lock)

    def _handle_observed(self, request: Request, undisturbed: AbstractContextManager[object]) -> Response:
        """Answer a request and, within `undisturbed`, tell the observers; one that is held is observed when it is released."""
        started, address = perf_counter(), address_of(request)
        response = self._handle(request, address)
        if self._observer is not None and not isinstance(response.after, Held):
            seconds = perf_counter() - started
            with undisturbed:
                self._observer(self._access(request, address, response, seconds))
        return response

    def _world_of(self, request: Request) -> World | None:
        """Return the world that a request works on; None for one that creates a world, as for one that needs none."""
        address = address_of(request)
        if not address.is_control:
            return self.worlds.peek(address.world)
        segments = request.path.split("/")[2:]
        if len(segments) < 2 or segments[0] != "worlds" or (len(segments) == 2 and request.method == "PUT"):
            return None
        return self.worlds.peek(unquote(segments[1]))

    def _require_turn(self, world: World | None, request: Request) -> None:
        """Postpone a request that is slow to read, or whose world the worker is busy with.

        Raises:
            Postponed: the request is for the worker.
        """
        if self._worker.is_current():
            return
        if (world is not None and world.jobs) or is_large(request):
            raise Postponed

    def _access(self, request: Request, address: Address, response: Response, seconds: float) -> Access:
        """Return the access-log entry of a request that was answered."""
        if address.is_control:
            return access_of(request, response, "", None, self._control.operation_of(request), seconds)
        world = self.worlds.peek(address.world)
        return access_of(request, response, address.world, world.journal.newest if world else None, "", seconds)

    def _handle(self, request: Request, address: Address) -> Response:
        if address.is_control:
            return self._handle_control(request)
        if "origin" in request.headers and (origins := self._origins(self.worlds.peek(address.world))):
            if is_preflight(request):
                return origins.preflight(request)
            return origins.shared(request, self._simulate(request, address))
        return self._simulate(request, address)

    def _origins(self, world: World | None) -> Origins:
        """Return the origins whose pages may call providers in a world."""
        return self._cors if world is None or world.scenario.cors is None else world.scenario.cors

    def _simulate(self, request: Request, address: Address) -> Response:
        name = address.world
        world = self.worlds.get(name)
        if world is None:
            self.worlds.note_unknown(name)
            hint = "PUT /_simulator/worlds/{name} makes one, GET /_simulator/worlds lists those that exist"
            home = self.worlds.peek(request.headers.get(HOME_WORLD, DEFAULT)) or self.worlds.peek(DEFAULT)
            return self._strays.refuse(request, f"no world {name!r}; {hint}", home)
        if world.store.bytes > world.next_check or world.jobs or is_large(request):
            self._require_turn(world, request)
            if not self.worlds.may_grow(world) and request.method not in SHRINKING:
                return self._strays.refuse(request, FULL.format(world.name, self.worlds.bounds.world_bytes), world, Errors.FULL)
        return self._handle_in(world, request, address.path)

    def _handle_in(self, world: World, request: Request, path: str) -> Response:
        """Answer a request to a world."""
        service, below = self._provider(request, path)
        if service is None:
            if ADDRESSED_HOST in request.headers:
                return self._strays.refuse(request, self._strays.foreign(request.headers[ADDRESSED_HOST]), world)
            first = path[1:].partition("/")[0]
            reason = f"no provider {first!r}{self._strays.near(request.path, path)} (GET / lists their base URLs)"
            return self._strays.refuse(request, reason, world)
        response = handle(service, world, request, below or "/")
        if response.after is not None and isinstance(response.after, Held):
            return self._held(request, world, response.after)
        return self._with_webhooks(world, response) if world.has_webhooks else response

    def _with_webhooks(self, world: World, response: Response) -> Response:
        """Send the webhooks of a request."""
        after = self.courier.send_due(world)
        return response if after is None else structs.replace(response, after=after)

    def _held(self, request: Request, world: World, held: Held) -> Response:
        """Return the response to a request that waits at a gate, which its client can leave from any thread."""
        started = perf_counter()

        def leave() -> None:
            with self._lock:
                held.leave()

        def finish(_: object) -> None:  # with the lock, in the thread that releases it
            response = self._with_webhooks(world, held.result()) if world.has_webhooks else held.result()
            if "origin" in request.headers and (origins := self._origins(world)):
                response = origins.shared(request, response)
            if self._observer is not None:
                entry = world.journal.get(dict(response.headers).get("X-Simulator-Request", ""))
                self._observer(access_of(request, response, world.name, entry, "", perf_counter() - started))
            outer.set_result(response)

        outer = Held(leave)
        held.add_done_callback(finish)
        return Response(503, [], b"", after=outer)

    def _handle_control(self, request: Request) -> Response:
        """Answer a request to the control API; one that names a world in a header comes from a client, which made a mistake."""
        self._require_turn(self._world_of(request), request)
        world = self.worlds.get(request.headers.get("x-simulator-world", ""))
        if world is not None and self._control.spec.router.find(request.path) is None:
            return self._strays.refuse(
                request, f"the control API has no route {request.path!r}, and it is no path of a provider", world
            )
        return self._control.handle(request)

    def front_page(self, request: Request) -> World | None:
        """Return the world whose front page a GET or HEAD request addresses; None for every other request."""
        address = address_of(request)
        if address.path != "/" or ADDRESSED_HOST in request.headers or self._by_host(request) is not None:
            return None
        with self._lock:
            return self.worlds.get(address.world)

    def is_for_a_host(self, request: Request) -> bool:
        """Return whether a request addresses a provider by its real host, where every path is the provider's."""
        return self._by_host(request) is not None

    def body_limit(self, request: Request) -> int:
        """Return how many bytes the body of a request may have: documents of worlds and recordings are larger than others."""
        address = address_of(request)
        if address.is_control:
            return self._control.spec.body_limit(request.method, request.path)
        service, path = self._provider(request, address.path)
        return MAX_BODY if service is None else service.spec.body_limit(request.method, path)

    def admits_host(self, request: Request) -> bool:
        """Return whether the `Host` of a request may address the control API and the console."""
        return self.is_guarded or self.allowed_hosts.allows(request.headers.get("host", ""))

    def look(self, reader: Callable[[Worlds], T]) -> T:
        """Call a function with the worlds while no request is being answered, and return its result."""
        with self._lock:
            return reader(self.worlds)

    def resume_webhooks(self) -> None:
        """Send the due webhooks of worlds that were loaded."""
        with self._lock:
            for world in self.worlds.all():
                if world.has_webhooks:
                    self.courier.send_due(world)

    def reload(self, registry: Registry) -> None:
        """Replace the providers and scenarios; every world is reset to the current version of its scenario.

        Raises:
            UnknownScenario, BrokenFile: the scenario of a world cannot be loaded; nothing has changed then.
        """
        with self._undisturbed():
            self.worlds.reload(registry)
            self.registry.adopt(registry)
            self.mask.renew(registry.providers.values())

    def look_at_rest(self, reader: Callable[[Worlds], T]) -> T:
        """Call a function with the worlds once no request, however long, is being answered, and return its result."""
        with self._undisturbed():
            return reader(self.worlds)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Block all requests, once no long one is being answered."""
        while True:
            with self._lock:
                if not any(world.jobs for world in self.worlds.all()):
                    yield
                    return
            sleep(PAUSE)

    def after_fork(self) -> None:
        """Make the application work after a fork: threads do not survive it, and one of them may have held the lock."""
        self._lock = Lock()
        self._worker = Worker(self._handle_apart, self._handle_at_once, self._lock)
        self.courier.after_fork()
        for world in self.worlds.all():
            world.jobs = 0
            world.store.environment.outbox.rebuild()

    def close(self) -> None:
        """End the threads that were started, for webhooks and for long requests; what waits at gates is answered."""
        with self._lock:
            for world in self.worlds.all():
                world.gates.dissolve("the simulator was closed")
        self.courier.close()
        self._worker.close()

    def lead_webhooks(self, name: str, target: Target | None) -> list[BaseException]:
        """Deliver the webhooks of a world to a receiver in this process, whatever their URLs are; None stops that.

        Returns the list to which exceptions of the receiver will be added.

        Raises:
            LookupError: there is no such world.
        """
        with self._lock:
            world = self.worlds.peek(name)
            if world is None:
                raise LookupError(f"no world {name!r}")
            sender = None if target is None else TargetSender(target)
            world.lead_webhooks(sender)
            return [] if sender is None else sender.raised

    def _by_host(self, request: Request) -> BoundProvider | None:
        """Return the provider whose real host the client addresses."""
        return self.registry.hosts.get(host_of(request))

    def _provider(self, request: Request, path: str) -> tuple[BoundProvider | None, str]:
        """Return the provider that a request addresses by its host or path, None if there is none, and the path below it."""
        service = self._by_host(request)
        if service is not None or ADDRESSED_HOST in request.headers:
            return service, path
        name, slash, rest = path[1:].partition("/")
        return self.registry.providers.get(name), slash + rest
