"""The command `simulator`: serve, check, list, explain, health. Every option of `serve` is also an environment variable."""

from __future__ import annotations

import argparse
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.options import option, scenarios_option, serve_options, server_option
from simulator.version import VERSION

if TYPE_CHECKING:
    import socket
    import ssl
    from http.client import HTTPConnection

    from simulator.registry import Registry


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 done, 1 it failed, 2 it was called wrongly."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return error.code
    except BrokenPipeError:  # `simulator list | head`
        sys.stdout = None
        return 0
    except Exception as error:
        from simulator.documents import BrokenFile  # not above: `health` is asked every second and needs no YAML

        if not isinstance(error, BrokenFile):
            raise
        print(error, file=sys.stderr)
        return 1
    return code


class CommandFailed(Exception):
    """A command cannot do what it was asked; the text says why, in one line."""

    def __init__(self, reason: str, code: int = 1) -> None:
        super().__init__(f"simulator: {reason}")
        self.code = code


def serve(options: argparse.Namespace) -> int:
    """Serve all providers on one port until a signal comes."""
    gc.disable()  # until all is loaded, and none of it is garbage
    for number in (signal.SIGINT, signal.SIGTERM):  # until the server listens to them itself
        signal.signal(number, _leave)
    if not options.tls:
        _without_openssl()
    from simulator import logs, server
    from simulator.application import Application
    from simulator.engine.masking import Mask
    from simulator.engine.worlds import DEFAULT, Bounds
    from simulator.quickstart import Visit, text
    from simulator.registry import UnknownScenario

    registry = _catalog(options)
    try:
        app = Application(registry, options.scenario, options.admin_token, Bounds(options.max_worlds, options.journal_bytes))
    except UnknownScenario as error:
        raise CommandFailed(str(error), 2) from None
    context, ca = _certified(options, registry)
    with contextlib.closing(_listener(options)) as listener:
        _write_ca(options.write_ca, ca)
        logs.start(options.log_format, Mask(registry.providers.values()))
        url = server.address(listener, "https" if context else "http")
        visit = Visit(registry, url, app.worlds.first, DEFAULT, options.write_ca)
        logs.say(text(visit), event="ready", url=url, scenario=options.scenario, version=VERSION)
        server.serve(app, listener, context)
    return 0


def _without_openssl() -> None:
    """Let the standard library go without it, as in a Python built without: 4 MiB, and a tenth of the time to start."""
    absent: Any = None  # what `import` takes for a module that is not there
    sys.modules.setdefault("ssl", absent)


def _leave(number: int, frame: object) -> None:
    """End quietly; the first process of a container would not hear the signal at all if nobody asked for it."""
    raise SystemExit(0)


def _catalog(options: argparse.Namespace) -> Registry:
    """What ships with the simulator, and the user's own scenarios."""
    from simulator.registry import built_in_registry

    if not options.scenarios:
        return built_in_registry()
    folder = Path(options.scenarios)
    if folder.is_file():
        raise CommandFailed(f"--scenarios wants a folder; for one file it is --scenario {folder}", 2)
    return built_in_registry().extended(folder)


def _certified(options: argparse.Namespace, registry: Registry) -> tuple[ssl.SSLContext | None, bytes]:
    """What an HTTPS server needs and the CA that its clients need; nothing for a plain one."""
    if not options.tls:
        if options.write_ca:
            raise CommandFailed("--write-ca wants --tls: a server without it has no CA", 2)
        return None, b""
    try:
        from simulator.tls import certify

        return certify([*registry.hosts, options.host])
    except ImportError as error:
        reason = f"--tls needs the library trustme ({error}): pip install 'provider-simulator[tls]'"
    except (OSError, ValueError) as error:
        reason = f"no certificate can be made for {options.host}: {error}"
    raise CommandFailed(reason)


def _listener(options: argparse.Namespace) -> socket.socket:
    from simulator import server

    try:
        return server.listen(options.host, options.port)
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        hint = "choose another with --port or SIMULATOR_PORT; 0 takes any that is free"
        raise CommandFailed(f"cannot listen on {options.host} port {options.port}: {reason}; {hint}") from None


def _write_ca(path: str, ca: bytes) -> None:
    if path:
        try:
            Path(path).write_bytes(ca)
        except OSError as error:
            raise CommandFailed(f"cannot write the CA to {path}: {error.strerror}") from None


def check(options: argparse.Namespace) -> int:
    """Check specs and scenarios and print each fault with file and line."""
    from simulator.lint import check_files

    count = check_files([Path(path) for path in options.paths])
    print(f"{count} file{'s' if count != 1 else ''}: no faults")
    return 0


def explain(options: argparse.Namespace) -> int:
    """Print the story of one request."""
    from contextlib import closing
    from http.client import HTTPException
    from urllib.parse import quote

    from simulator.testing.client import Client, ControlError, Http

    try:
        with closing(Client(Http(options.url, options.admin_token))) as client:
            told = client.call("GET", f"/worlds/{quote(options.world)}/requests/{quote(options.id)}")
    except (ControlError, OSError, HTTPException, ValueError) as error:
        raise CommandFailed(str(error)) from None
    print("\n".join([*told["story"], "", told["curl"]]))
    return 0


def list_all(options: argparse.Namespace) -> int:
    """Print providers with their operations and errors, and the scenarios."""
    from simulator import evidence
    from simulator.listing import listing

    registry = _catalog(options)
    print(f"{evidence.table(registry)}\n\n{evidence.switches(registry)}" if options.evidence else listing(registry))
    return 0


def health(options: argparse.Namespace) -> int:
    """Ask a running server whether it is ready; over HTTPS its certificate is not checked, as nothing secret is said."""
    if not options.url.startswith("https:"):
        _without_openssl()
    from http.client import HTTPException
    from urllib.parse import urlsplit

    url = options.url.rstrip("/") + "/_simulator/health"
    try:
        with contextlib.closing(_connection(url)) as connection:
            connection.request("GET", urlsplit(url).path)
            answer = connection.getresponse()
            told = answer.read().decode()
    except (HTTPException, OSError, ValueError) as error:
        raise CommandFailed(f"no simulator is ready at {url}: {error}") from None
    if answer.status != 200:
        raise CommandFailed(f"no simulator is ready at {url}: it answers {answer.status}")
    print(told)
    return 0


def _connection(url: str) -> HTTPConnection:
    """A connection that goes through no proxy and takes any certificate."""
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    if parts.scheme != "https":
        raise ValueError("expected an address like http://127.0.0.1:8080")
    from http.client import HTTPSConnection
    from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext

    context = SSLContext(PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, CERT_NONE
    return HTTPSConnection(parts.hostname or "", parts.port, timeout=2, context=context)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, prog=parser.prog)
    serve_options(_command(commands, serve, "serve", "serve all providers on one port"))

    one = _command(commands, check, "check", "check specs and scenarios")
    one.add_argument("paths", nargs="*", metavar="PATH", help="files and folders; without any, all that ship here")

    one = _command(commands, list_all, "list", "list providers, operations, errors and scenarios")
    one.add_argument("--evidence", action="store_true", help="count how well founded they are, and show what is open")
    scenarios_option(one)

    one = _command(commands, explain, "explain", "tell the story of one request")
    one.add_argument("id", metavar="ID", help="what X-Simulator-Request said, such as req-1")
    one.add_argument("--world", default="default", help="the world that was asked (default: default)")
    server_option(one)
    option(one, "--admin-token", "", "the server's admin token", metavar="TOKEN")

    server_option(_command(commands, health, "health", "exit 0 when a running server is ready"))
    return parser


def _command(commands: Any, run: Callable[[argparse.Namespace], int], name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=run.__doc__)
    parser.set_defaults(run=run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
