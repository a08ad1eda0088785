"""The options of the command: each is also an environment variable, as service containers in CI cannot be given arguments."""

from __future__ import annotations

import argparse
import os

PREFIX, HERE = "SIMULATOR_", "127.0.0.1"
ON, OFF = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


def serve_options(parser: argparse.ArgumentParser) -> None:
    """What `serve` can be told."""
    option(parser, "--host", HERE, "the address to listen on")
    option(parser, "--port", "8080", "the port to listen on; 0 takes any free one", type=_port)
    option(parser, "--scenario", "default", "the scenario of the world `default`: a name or a file", metavar="NAME|FILE")
    scenarios_option(parser)
    option(parser, "--tls", "0", "serve HTTPS, as every provider's host", type=_switch, nargs="?", const="1", metavar="0|1")
    option(parser, "--write-ca", "", "where to write the CA's certificate, which the clients must trust", metavar="FILE")
    option(parser, "--admin-token", "", "want this bearer token on the control API", metavar="TOKEN")
    option(
        parser, "--max-worlds", "1000", "how many worlds are held; those unused for longest go first", type=_count, metavar="N"
    )
    option(parser, "--journal-bytes", "1048576", "how much journal each world holds", type=_count, metavar="N")
    option(parser, "--log-format", "text", "how to log", type=_log_format, metavar="text|json")


def scenarios_option(parser: argparse.ArgumentParser) -> None:
    """Where the user's own scenarios are."""
    text = "a folder of your own scenarios, which outrank those of the same name that ship"
    option(parser, "--scenarios", "", text, metavar="DIR")


def server_option(parser: argparse.ArgumentParser) -> None:
    """Where a running server answers: by default where `serve` would listen with the same variables."""
    scheme = "https" if _given("--tls", "").lower() in ON else "http"
    host, port = _given("--host", HERE), _given("--port", "8080")
    host = HERE if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104  (nobody listens here)
    option(parser, "--url", f"{scheme}://{host}:{port}", "where the server answers")


def option(parser: argparse.ArgumentParser, flag: str, default: str, text: str, **more: object) -> None:
    """An option that is also an environment variable; a faulty variable is reported as a faulty option is."""
    told = f"{text} (default {default or 'none'}; {_variable(flag)})"
    parser.add_argument(flag, default=_given(flag, default), help=told, **more)  # type: ignore[arg-type]


def _variable(flag: str) -> str:
    return PREFIX + flag[2:].upper().replace("-", "_")


def _given(flag: str, default: str) -> str:
    """What the environment says of an option."""
    given = os.environ.get(_variable(flag), default)
    return default if given.startswith("tcp://") else given  # what Kubernetes tells of a service that is called `simulator`


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port, expected a number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**40):
        raise argparse.ArgumentTypeError(f"{text!r} is no number that can be held, expected 1 or more")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() not in ON + OFF:
        raise argparse.ArgumentTypeError(f"{text!r} is no switch, expected 1 or 0")
    return text.lower() in ON


def _log_format(text: str) -> str:
    if text not in ("text", "json"):
        raise argparse.ArgumentTypeError(f"{text!r} is no log format, expected text or json")
    return text
