"""The options that commands share. Every option is also an environment variable: CI services cannot pass arguments."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from simulator.store.receivers import Receivers
from simulator.store.switches import OFF, ON
from simulator.store.tokens import token_in

PREFIX = "SIMULATOR"
HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
SETTINGS = {**HELP, "auto_envvar_prefix": PREFIX, "show_default": True}  # of a command

KNOWN_VARIABLES = (  # without the prefix; those of all commands, and STRICT, which the pytest plugin reads
    *(
        "ACCESS_LOG",
        "ADMIN_TOKEN",
        "ADMIN_TOKEN_FILE",
        "ALLOWED_HOSTS",
        "ALLOW_SPEND",
        "CAP",
        "CONSOLE",
        "CORS_ORIGINS",
        "COSTS",
        "FAST_LANE",
        "FD",
        "REPORT_FORMAT",
        "FORWARDED_ALLOW_IPS",
        "HOST",
        "JOURNAL_BYTES",
        "KEEP",
        "LOAD_WORLDS",
        "MAX_MEMORY",
        "LOG_FORMAT",
        "MAX_WORLDS",
        "METRICS",
    ),
    *(
        "PLUGINS",
        "PORT",
        "PROBLEMS",
        "PROVIDERS",
        "PROXY_HEADERS",
        "RELOAD",
        "SAVE_WORLDS",
        "SCENARIO",
        "SCENARIOS",
        "STRICT",
        "TLS",
        "TO",
        "UDS",
        "UPSTREAMS",
        "URL",
        "WEBHOOK_HOSTS",
        "WORLD",
        "WRITE_CA",
    ),
)
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://")  # the value of Kubernetes' SIMULATOR_PORT and SIMULATOR_PORT_8080_TCP
_SERVICE_VARIABLE = re.compile(r"(.+_)?(SERVICE_(HOST|PORT)(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_.+)?)")

Command = TypeVar("Command", bound=Callable[..., Any])


class Option(click.Option):
    """An option whose errors name the environment variable if that is where the value is from."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable's value; None if it is blank or was set by Kubernetes for a service named `simulator`."""
        return _given(super().resolve_envvar_value(ctx))

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """Return the value and its source, and note the source: click 8.4 does so only after it has checked the value."""
        value, source = super().consume_value(ctx, opts)
        ctx.set_parameter_source(self.name or "", source)
        return value, source

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Name the variable or the flag."""
        if ctx is not None and ctx.get_parameter_source(self.name) is ParameterSource.ENVIRONMENT:
            return f"{PREFIX}_{(self.name or '').upper()}"
        return self.opts[0]


def faulty(name: str, problem: str) -> click.BadParameter:
    """Return the error for the value of a parameter of the current command."""
    return click.BadParameter(problem, click.get_current_context(), _parameter(name))


def is_set(name: str) -> bool:
    """Return whether a parameter of the current command was set, by the flag or by the variable."""
    return click.get_current_context().get_parameter_source(name) is not ParameterSource.DEFAULT


def check_combination(name: str, *, needs: str = "", excludes: str = "", because: str = "") -> None:
    """Check that a parameter, if it is set, comes with the one that it needs and without the one that it excludes.

    Raises:
        click.UsageError: it does not; the text names the flags or variables that were used.
    """
    context = click.get_current_context()
    if not is_set(name):
        return
    hint = _parameter(name).get_error_hint(context)
    if needs and not context.params[needs]:
        raise click.UsageError(f"{hint} needs {_parameter(needs).opts[0]}{because}", context)
    if excludes and is_set(excludes):
        raise click.UsageError(f"{hint} and {_parameter(excludes).get_error_hint(context)} are mutually exclusive", context)


def _parameter(name: str) -> click.Parameter:
    return next(parameter for parameter in click.get_current_context().command.params if parameter.name == name)


class Text(click.types.StringParamType):
    """A text that is not blank: `--admin-token "$TOKEN"` without a TOKEN must not start an open server."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        if not value.strip():
            self.fail("the value is empty, expected a text", param, ctx)
        return str(value)


class Number(click.types.IntParamType):
    """A whole number in ASCII digits, between two bounds."""

    name = "number"

    def __init__(self, what: str, least: int, most: int) -> None:
        self._what, self._least, self._most = what, least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        if not (re.fullmatch("[0-9]{1,15}", value) and self._least <= int(value) <= self._most):
            expected = f"expected a number from {self._least} to {self._most}"
            self.fail(f"{value!r} is not a valid {self._what}, {expected}", param, ctx)
        return int(value)


class Switch(click.types.BoolParamType):
    """On or off."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Return whether it is on."""
        if isinstance(value, bool):
            return value
        if value.strip().lower() not in ON + OFF:
            self.fail(f"{value!r} is not a valid switch, expected 1 or 0, true or false, yes or no, on or off", param, ctx)
        return value.strip().lower() in ON


class Hosts(click.types.StringParamType):
    """Names or addresses of hosts, separated by commas."""

    name = "hosts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the hosts."""
        if isinstance(value, Receivers):
            return value
        try:
            return Receivers.named(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Folder(click.Path):
    """A folder that can be read; `for_a_file` is the option for a single file, if there is one."""

    name = "folder"

    def __init__(self, for_a_file: str = "") -> None:
        super().__init__()
        self._for_a_file = for_a_file

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return its path."""
        path = Path(Text().convert(value, param, ctx))
        if path.is_file():
            hint = f"; a single file can be loaded with {self._for_a_file} {path}" if self._for_a_file else ""
            self.fail(f"{path} is a file, expected a folder{hint}", param, ctx)
        if not path.is_dir():
            self.fail(f"the folder {path} does not exist", param, ctx)
        if not os.access(path, os.R_OK | os.X_OK):
            self.fail(f"the folder {path} cannot be read: permission denied", param, ctx)
        return path


class OwnFolder(click.Path):
    """A folder to write to, which is made if it does not exist."""

    name = "folder"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return its path."""
        path = Path(Text().convert(value, param, ctx))
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self.fail(f"the folder {path} cannot be created: {error.strerror}", param, ctx)
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            self.fail(f"the folder {path} cannot be written to: permission denied", param, ctx)
        return path


option = partial(click.option, cls=Option, show_envvar=True)
TEXT = Text()

SCENARIOS_HELP = "A folder with your scenarios; they take precedence over built-in scenarios of the same name."

PROVIDERS_HELP = "A folder of your own providers, each as NAME/openapi.yaml."


def server_options(command: Command) -> Command:
    """Add `--url`, and the options with a server's admin token."""
    url = option(
        "--url",
        type=TEXT,
        default=default_url,
        show_default="http://127.0.0.1:8080, or where SIMULATOR_HOST, SIMULATOR_PORT and SIMULATOR_TLS make `serve` listen",
        help="The base URL of the running server.",
    )
    decorated: Command = url(command)
    return decorated


def admin_token_options(command: Command) -> Command:
    """Add the two options for an admin token, of which one may be used."""
    file = option(
        "--admin-token-file",
        type=TEXT,
        metavar="FILE",
        help="A file that contains the admin token, which keeps it out of the process list.",
    )
    token = option(
        "--admin-token",
        type=TEXT,
        metavar="TOKEN",
        help="The bearer token that the control API requires; other users may see it in the process list.",
    )
    decorated: Command = token(file(command))
    return decorated


def read_admin_token(token: str | None, file: str | None) -> str:
    """Return the admin token, from the option or from the file; empty if there is none.

    Raises:
        click.UsageError: both are given, or the file has no token.
    """
    check_combination("admin_token_file", excludes="admin_token")
    if file is None:
        return token or ""
    try:
        return token_in(file)
    except ValueError as error:
        raise faulty("admin_token_file", str(error)) from None


def default_url() -> str:
    """Return where `serve` would listen with the same environment variables."""
    host, port, tls = (_given(os.environ.get(f"{PREFIX}_{name}")) for name in ("HOST", "PORT", "TLS"))
    host = host or "127.0.0.1"
    if host in ("0.0.0.0", "::"):  # noqa: S104  (an address to connect to, not to listen on)
        host = "127.0.0.1"
    scheme = "https" if (tls or "").strip().lower() in ON else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or 8080}"


def warn_about_unknown_variables() -> None:
    """Print a warning for every SIMULATOR_ variable that nothing reads, with the nearest name."""
    for variable_name, value in sorted(os.environ.items()):
        prefix, _, name = variable_name.partition("_")
        if prefix != PREFIX or name in KNOWN_VARIABLES or name.startswith("TEST_"):
            continue
        if _given(value) is None or _SERVICE_VARIABLE.fullmatch(name):
            continue
        words = set(name.split("_"))
        within = [known for known in KNOWN_VARIABLES if words.issuperset(known.split("_"))]
        nearest = within or difflib.get_close_matches(name, KNOWN_VARIABLES, 1, 0.5)
        hint = f"did you mean {PREFIX}_{nearest[0]}?" if nearest else "`simulator COMMAND --help` lists the variables"
        click.echo(f"Warning: unknown environment variable {variable_name}; {hint}", err=True)


def _given(value: str | None) -> str | None:
    """Return the value of a variable, or None where it counts as not set."""
    return None if value is None or not value.strip() or _SERVICE_ADDRESS.match(value) else value
