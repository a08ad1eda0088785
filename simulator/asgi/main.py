"""The simulator as an ASGI application."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from starlette.types import Receive, Scope, Send

from simulator.application import Application, Settings
from simulator.asgi.adapter import ASTERISK, Adapter, Malformed, request_of
from simulator.asgi.console import MODES, Console, Mode
from simulator.control.world_files import WorldFiles
from simulator.documents import BrokenFile, nearest
from simulator.engine.worlds import BOUNDS, DEFAULT, Bounds
from simulator.http.cors import Origins
from simulator.registry import Registry, UnknownScenario, registry_with
from simulator.store.receivers import Receivers
from simulator.store.switches import OFF, ON
from simulator.store.tokens import token_in

log = logging.getLogger("simulator")


class SimulatorApp:
    """The ASGI callable: pages go through Starlette, simulated traffic and the control API straight to the application."""

    def __init__(self, application: Application, console: Mode = "on", at_end: Callable[[], None] | None = None) -> None:
        """Serve an application; `at_end` is called when the server ends, before it is closed."""
        self._at_end = at_end
        self.application = application
        self.adapter = Adapter(application)
        self.mode: Mode = console
        self.console = Console(application, self.adapter, console)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send, self._at_end)
            self.application.close()
        else:  # a WebSocket, which no provider here speaks: closed before it is accepted, the server answers 403
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = request_of(scope)
        except Malformed as error:
            await self.adapter.refuse(error, scope, receive, send)
            return
        if request.path == ASTERISK:
            await self.adapter.describe(scope, receive, send)
        elif self.console.serves(request):
            await self.console(request, scope, receive, send)
        else:
            await self.adapter.simulate(request, scope, receive, send)


async def _live(receive: Receive, send: Send, at_end: Callable[[], None] | None) -> None:
    """Follow the lifespan of the server; nothing has to be started."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    if at_end is not None:
        at_end()
    await send({"type": "lifespan.shutdown.complete"})


def create_app(
    *,
    scenario: str = DEFAULT,
    providers: Iterable[str] | None = None,
    scenarios: str | Path | None = None,
    providers_folder: str | Path | None = None,
    admin_token: str = "",
    max_worlds: int = BOUNDS.worlds,
    journal_bytes: int = BOUNDS.journal_bytes,
    max_memory: int = BOUNDS.memory_bytes,
    console: Mode = "on",
    webhook_hosts: Iterable[str] = (),
    allowed_hosts: Iterable[str] = (),
    metrics: bool = False,
    cors_origins: Iterable[str] = (),
) -> SimulatorApp:
    """Return the simulator as an ASGI application.

    `scenario` is what the world `default` starts with: a name or a file. `providers` limits the simulator to some of its
    providers; `providers_folder` is a folder of your own, `scenarios` one of your own scenarios. `console` is `on`, `read-only`
    or `off`. `webhook_hosts` are hosts to which webhooks may be sent beside this machine. `allowed_hosts` are names by which
    the control API and the console may be addressed beside addresses, names without dots, and the providers' hosts. `metrics`
    counts requests for `GET /_simulator/metrics`. `cors_origins` are origins of web pages that may call the providers, `*` all.

    Raises:
        ValueError: an unknown provider, no mode of the console, no host, or no origin.
        UnknownScenario, BrokenFile: the scenario does not exist, or a file of it is faulty.
    """
    registry = registry_with(Path(providers_folder) if providers_folder else None, Path(scenarios) if scenarios else None)
    if providers is not None:
        registry = _limited(registry, providers)
    settings = Settings(
        admin_token=admin_token,
        bounds=Bounds(max_worlds, journal_bytes, max_memory),
        receivers=Receivers(webhook_hosts),
        allowed_hosts=Receivers(allowed_hosts).hosts,
        metrics=metrics,
        cors=Origins(cors_origins),
    )
    return SimulatorApp(Application(registry, scenario, settings), _mode(console, "console"))


def _limited(registry: Registry, names: Iterable[str]) -> Registry:
    """Return the registry with some of its providers; scenarios may still name the others."""
    chosen = list(names)
    for name in chosen:
        if name not in registry.providers:
            raise ValueError(f"unknown provider {name!r}{nearest(name, registry.providers, '`simulator list`')}")
    limited = copy.copy(registry)
    limited.providers = {name: registry.providers[name] for name in chosen}
    limited.hosts = {host: bound for bound in limited.providers.values() for host in bound.spec.hosts}
    return limited


def create_app_from_environment(environment: Mapping[str, str] = os.environ) -> SimulatorApp:
    """Return the application with the settings of the SIMULATOR_* variables that `simulator serve` reads too.

    A blank variable is unset.

    Raises:
        ValueError, UnknownScenario, BrokenFile: as `create_app`, or a number that is none.
    """
    prefix = "SIMULATOR_"
    given = {name: value for name, value in environment.items() if name.startswith(prefix) and value.strip()}
    settings = {name.removeprefix(prefix): value for name, value in given.items()}
    app = create_app(
        scenario=settings.get("SCENARIO", DEFAULT),
        scenarios=settings.get("SCENARIOS"),
        providers_folder=settings.get("PROVIDERS"),
        admin_token=_token(settings),
        max_worlds=_count(settings, "MAX_WORLDS", BOUNDS.worlds),
        journal_bytes=_count(settings, "JOURNAL_BYTES", BOUNDS.journal_bytes),
        max_memory=_count(settings, "MAX_MEMORY", BOUNDS.memory_bytes),
        console=_mode(settings.get("CONSOLE", "on"), "SIMULATOR_CONSOLE"),
        webhook_hosts=Receivers.named(settings.get("WEBHOOK_HOSTS", "")).hosts,
        allowed_hosts=Receivers.named(settings.get("ALLOWED_HOSTS", "")).hosts,
        metrics=_switch(settings, "METRICS"),
        cors_origins=Origins.named(settings.get("CORS_ORIGINS", "")).origins,
    )
    return _keeping_worlds(app, _folder(settings, "LOAD_WORLDS"), _folder(settings, "SAVE_WORLDS"))


def _folder(settings: Mapping[str, str], name: str) -> Path | None:
    """Return a folder of the settings; None without one."""
    if name not in settings:
        return None
    folder = Path(settings[name])
    if not folder.is_dir():
        raise ValueError(f"SIMULATOR_{name}: {settings[name]} is not a folder")
    return folder


def _keeping_worlds(app: SimulatorApp, loaded: Path | None, saved: Path | None) -> SimulatorApp:
    """Return the application with the worlds of one folder, which writes its worlds to another when the server ends."""
    application, files = app.application, WorldFiles()
    if loaded is not None:
        for problem in application.look(lambda worlds: files.load(worlds, loaded)):
            log.warning("%s; this world is not loaded, its file is kept", problem)
        application.resume_webhooks()
    if saved is None:
        return app

    def save() -> None:
        for problem in application.look_at_rest(lambda worlds: files.save(worlds, saved)):
            log.error("%s", problem)

    return SimulatorApp(application, app.mode, save)


def _token(settings: Mapping[str, str]) -> str:
    token, file = settings.get("ADMIN_TOKEN", ""), settings.get("ADMIN_TOKEN_FILE")
    if file is None:
        return token
    if token:
        raise ValueError("SIMULATOR_ADMIN_TOKEN and SIMULATOR_ADMIN_TOKEN_FILE are mutually exclusive")
    try:
        return token_in(file)
    except ValueError as error:
        raise ValueError(f"SIMULATOR_ADMIN_TOKEN_FILE: {error}") from None


def _switch(settings: Mapping[str, str], name: str) -> bool:
    text = settings.get(name, OFF[0]).strip()
    if text.lower() not in ON + OFF:
        raise ValueError(f"SIMULATOR_{name}: {text!r} is not a valid switch, expected one of {', '.join(ON + OFF)}")
    return text.lower() in ON


def _mode(text: str, setting: str) -> Mode:
    for mode in MODES:
        if text == mode:
            return mode
    raise ValueError(f"{setting} is {text!r}, expected one of {', '.join(MODES)}")


class EnvironmentApp:
    """The application with the settings of the environment, made when a server starts it or first calls it."""

    def __init__(self) -> None:
        self._app: SimulatorApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI; a wrong setting ends the start of the server."""
        if self._app is None:
            try:
                self._app = create_app_from_environment()
            except (BrokenFile, UnknownScenario, ValueError) as error:
                if scope["type"] != "lifespan":
                    raise
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await self._app(scope, receive, send)


def _count(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**40):
        raise ValueError(f"SIMULATOR_{name}: not a valid number: {text!r}, expected 1 or more")
    return int(text)
