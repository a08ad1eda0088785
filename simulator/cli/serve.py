"""`simulator serve`: serve all providers on one port."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from simulator.application import Application, Settings
from simulator.asgi.console import MODES, Mode
from simulator.cli import listening
from simulator.cli.files import load_registry, reporting_faults
from simulator.cli.options import (
    PROVIDERS_HELP,
    SCENARIOS_HELP,
    SETTINGS,
    TEXT,
    Folder,
    Hosts,
    Number,
    OwnFolder,
    Switch,
    admin_token_options,
    check_combination,
    faulty,
    option,
    read_admin_token,
)
from simulator.cli.reloading import Reloader
from simulator.control.world_files import WorldFiles
from simulator.engine.worlds import Bounds
from simulator.http.cors import Origins
from simulator.registry import Registry, UnknownScenario, built_in_registry, reloaded_registry
from simulator.server import run
from simulator.store.receivers import Receivers


class PageOrigins(click.types.StringParamType):
    """Origins of web pages, separated by commas."""

    name = "origins"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the origins."""
        if isinstance(value, Origins):
            return value
        try:
            return Origins.named(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


COUNT, BYTES = Number("number of worlds", 1, 10**12), Number("number of bytes", 1, 10**12)


class Options(msgspec.Struct, frozen=True):
    """The options of `serve`, named as on the command line."""

    host: str
    port: int
    uds: str | None
    fd: int | None
    scenario: str
    scenarios: Path | None
    providers: Path | None
    reload: bool
    tls: bool
    write_ca: str | None
    admin_token: str | None
    admin_token_file: str | None
    max_worlds: int
    journal_bytes: int
    max_memory: int
    log_format: str
    access_log: bool
    metrics: bool
    proxy_headers: bool
    forwarded_allow_ips: str
    fast_lane: bool
    console: Mode
    webhook_hosts: Receivers
    allowed_hosts: Receivers
    cors_origins: Origins
    save_worlds: Path | None
    load_worlds: Path | None


@click.command("serve", context_settings=SETTINGS)
@option("--host", type=TEXT, default="127.0.0.1", help="The address to listen on.")
@option("--port", type=Number("port", 0, 65535), default=8080, help="The port to listen on; 0 picks a free one.")
@option("--uds", type=TEXT, metavar="PATH", help="Listen on a Unix domain socket instead.")
@option("--fd", type=Number("file descriptor", 0, 2**20), help="Listen on the socket of this file descriptor instead.")
@option("--scenario", type=TEXT, default="default", metavar="NAME|FILE", help="The scenario of the world `default`.")
@option("--scenarios", type=Folder("--scenario"), metavar="DIR", help=SCENARIOS_HELP)
@option("--providers", type=Folder(), metavar="DIR", help=PROVIDERS_HELP)
@option(
    "--reload/--no-reload",
    type=Switch(),
    default=False,
    help="Load your providers and scenarios again when their files change; every world is then reset.",
)
@option("--tls/--no-tls", type=Switch(), default=False, help="Serve HTTPS, also under the providers' real host names.")
@option("--write-ca", type=TEXT, metavar="FILE", help="Write the CA certificate, which clients must trust, to this file.")
@admin_token_options
@option(
    "--max-worlds", type=COUNT, default=1000, help="Maximum number of worlds; the least recently used one is deleted first."
)
@option("--journal-bytes", type=BYTES, default=1024 * 1024, help="Size of the request log of each world.")
@option(
    "--max-memory",
    type=BYTES,
    default=1024**3,
    help="Maximum size of all worlds together, in bytes; one world may use a quarter of it.",
)
@option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of the log.")
@option("--access-log/--no-access-log", type=Switch(), default=True, help="Log a line for each request.")
@option("--metrics/--no-metrics", type=Switch(), default=False, help="Count requests, for GET /_simulator/metrics.")
@option(
    "--proxy-headers/--no-proxy-headers",
    type=Switch(),
    default=False,
    help="Take scheme and client address from X-Forwarded-Proto and X-Forwarded-For.",
)
@option(
    "--forwarded-allow-ips",
    type=TEXT,
    metavar="LIST",
    default="127.0.0.1",
    help="Proxies to trust with --proxy-headers: addresses, networks, or * for all, separated by commas.",
)
@option(
    "--fast-lane/--no-fast-lane",
    type=Switch(),
    default=True,
    help="Answer requests without going through ASGI where possible.",
)
@option(
    "--console", type=click.Choice(MODES), default="on", help="The console at /_simulator/; read-only: without its actions."
)
@option(
    "--webhook-hosts",
    type=Hosts(),
    metavar="LIST",
    default="",
    help="Hosts, besides this machine, to which webhooks may be sent: names, addresses or *.example.com, separated by commas.",
)
@option(
    "--allowed-hosts",
    type=Hosts(),
    metavar="LIST",
    default="",
    help="Further host names of the control API and the console: names or *.example.com, separated by commas. IP addresses,"
    " names without dots and --host are always allowed.",
)
@option(
    "--cors-origins",
    type=PageOrigins(),
    metavar="LIST",
    default="",
    help="Origins of web pages that may call the providers, such as https://app.example.com, separated by commas; * for all.",
)
@option(
    "--save-worlds",
    type=OwnFolder(),
    metavar="DIR",
    is_eager=True,
    help="Save each world as a file in this folder on SIGTERM or Ctrl-C. The files contain API keys in full.",
)
@option("--load-worlds", type=Folder(), metavar="DIR", help="Load the worlds that --save-worlds saved in this folder.")
def command(**options: Any) -> None:
    """Serve all providers on one port.

    Prints the base URL of each provider, a key that works, and a command to paste; serves until interrupted.
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # until the server handles them itself
        signal.signal(number, _exit_quietly)
    serve(Options(**options))


def serve(options: Options) -> None:
    """Load everything, then listen, and serve until interrupted."""
    check_combination("write_ca", needs="tls", because=": a server without TLS has no CA")
    check_combination("forwarded_allow_ips", needs="proxy_headers")
    check_combination("uds", excludes="fd")
    registry = load_registry(options.scenarios, options.providers)
    app = _application(options, registry)
    files = WorldFiles()
    _load_worlds(options, app, files)
    reloader = _reloader(options, app, registry)
    context, ca = _certificate(options, registry)
    with listening.listening(options.host, options.port, options.uds, options.fd) as listener:
        if options.write_ca:
            _write_ca(options.write_ca, ca)
        note = listening.note(listener)
        if note and options.log_format == "text":
            click.echo(note)
        with reloader or contextlib.nullcontext():
            _run(app, listener, context, options, files)


def _reloader(options: Options, application: Application, registry: Registry) -> Reloader | None:
    """Return what loads the user's files again when they change; None without --reload.

    Raises:
        click.UsageError: there are no files of the user's.
    """
    if not options.reload:
        return None
    file = Path(options.scenario)
    files = [file] if file.suffix in (".yaml", ".yml") else []
    built_in = {service.spec.file for service in built_in_registry().providers.values()}
    others = {Path(service.spec.file).parent for service in registry.providers.values() if service.spec.file not in built_in}
    installed = sorted(
        place for place in others if not options.providers or not place.is_relative_to(options.providers.resolve())
    )
    places = [*(place for place in (options.providers, options.scenarios) if place), *files, *installed]
    if not places:
        problem = "--reload needs files to watch: --providers DIR, --scenarios DIR, --scenario FILE or an installed provider"
        raise click.UsageError(problem, click.get_current_context())

    def reload() -> None:
        reloaded = reloaded_registry(options.providers, options.scenarios)
        for service in reloaded.providers.values():
            if service.spec.file not in built_in:  # a server finds the faults of a spec with its first request
                service.spec.compile()
        application.reload(reloaded)

    return Reloader(places, reload)


def _load_worlds(options: Options, application: Application, files: WorldFiles) -> None:
    """Load the worlds of a folder; a broken file keeps only its own world from being loaded."""
    if options.load_worlds is None:
        return
    folder = options.load_worlds
    for problem in application.look(lambda worlds: files.load(worlds, folder)):
        click.echo(f"Warning: {problem}\nThis world is not loaded; its file is kept.", err=True)


def _save_worlds(folder: Path, application: Application, files: WorldFiles) -> bool:
    """Save all worlds, and return whether that succeeded."""
    failed = application.look_at_rest(lambda worlds: files.save(worlds, folder))
    for problem in failed:
        click.echo(f"Error: {problem}", err=True)
    return not failed


def _run(
    application: Application, listener: socket.socket, context: ssl.SSLContext | None, options: Options, files: WorldFiles
) -> None:
    """Print the banner and serve until SIGINT or SIGTERM; the only call into server code."""
    settings = run.ServeSettings(
        tls=context,
        ca=options.write_ca or "",
        log_format=options.log_format,
        access_log=options.access_log,
        fast_lane=options.fast_lane,
        console=options.console,
        proxy_headers=options.proxy_headers,
        forwarded_allow_ips=options.forwarded_allow_ips,
    )
    at_end = partial(_save_worlds, options.save_worlds, application, files) if options.save_worlds else None
    run.serve(application, listener, settings, at_end)


def _exit_quietly(number: int, frame: object) -> NoReturn:
    raise SystemExit(0)


def _application(options: Options, registry: Registry) -> Application:
    """Return the application; its world `default` has the scenario of the options."""
    path = Path(options.scenario)
    if path.suffix in (".yaml", ".yml") and not path.is_file():
        reason = "not a regular file" if path.exists() else "a file that does not exist"
        raise faulty("scenario", f"{options.scenario} is {reason}, expected a YAML file or the name of a scenario")
    token = read_admin_token(options.admin_token, options.admin_token_file)
    try:
        with reporting_faults():
            settings = Settings(
                admin_token=token,
                bounds=Bounds(options.max_worlds, options.journal_bytes, options.max_memory),
                receivers=options.webhook_hosts,
                allowed_hosts=(*options.allowed_hosts.hosts, options.host),
                metrics=options.metrics,
                cors=options.cors_origins,
            )
            return Application(registry, options.scenario, settings)
    except UnknownScenario as error:
        raise faulty("scenario", str(error)) from None


def _certificate(options: Options, registry: Registry) -> tuple[ssl.SSLContext | None, bytes]:
    """Return the TLS context and the certificate of its CA, which clients must trust; no context without --tls."""
    if not options.tls:
        return None, b""
    try:
        from simulator.server.tls import certify  # noqa: PLC0415  (it needs trustme, which is an extra)

        return certify([*registry.hosts, options.host])
    except ImportError as error:
        reason = f"--tls needs the library trustme ({error}): pip install 'provider-simulator[tls]'"
    except (OSError, ValueError) as error:
        reason = f"cannot make a certificate for {options.host}: {error}"
    raise click.ClickException(reason)


def _write_ca(path: str, ca: bytes) -> None:
    try:
        Path(path).write_bytes(ca)
    except OSError as error:
        raise click.ClickException(f"cannot write the CA to {path}: {error.strerror}") from None
