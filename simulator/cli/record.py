"""`simulator record`: a reverse proxy that records what a real provider answers, without secrets."""

from __future__ import annotations

import contextlib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from simulator.asgi.proxy import ReverseProxy
from simulator.cli import listening
from simulator.cli.files import load_registry
from simulator.cli.options import PROVIDERS_HELP, SETTINGS, TEXT, Folder, Number, Switch, check_combination, faulty, option
from simulator.documents import nearest
from simulator.lab.traffic.har import HarFile
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import Purse
from simulator.lab.words import plural
from simulator.registry import Registry
from simulator.server import run


class Dollars(click.types.StringParamType):
    """An amount in USD."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the amount."""
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not (amount.is_finite() and 0 <= amount < 10**6):
            self.fail(f"{value!r} is not an amount in USD, expected a number such as 5 or 0.50", param, ctx)
        return amount


@click.command("record", short_help="Record the traffic with a real provider.", context_settings=SETTINGS)
@option(
    "--upstream",
    "upstreams",
    type=TEXT,
    multiple=True,
    required=True,
    metavar="NAME[=URL]",
    help="A provider to pass requests on to, and its base URL if it is not the real one; may be repeated.",
)
@option("--to", type=TEXT, required=True, metavar="FILE", help="The HAR file to write; it must not exist.")
@option(
    "--allow-spend/--no-allow-spend",
    type=Switch(),
    default=False,
    help="Pass on requests that cost money too: purchases, calls, messages. Needs --cap.",
)
@option("--cap", type=Dollars(), metavar="USD", help="What these requests may cost, as estimated by the specs.")
@option(
    "--cost",
    "costs",
    type=TEXT,
    multiple=True,
    metavar="OPERATION=USD",
    help="What a request to an operation costs, such as cald.create_campaign=5; 0 if nothing; may be repeated.",
)
@option(
    "--keep",
    type=TEXT,
    multiple=True,
    metavar="FIELD",
    help="A field or parameter whose values are recorded as they are; may be repeated.",
)
@option("--host", type=TEXT, default="127.0.0.1", help="The address to listen on.")
@option("--port", type=Number("port", 0, 65535), default=8081, help="The port to listen on; 0 picks a free one.")
@option("--providers", type=Folder(), metavar="DIR", help=PROVIDERS_HELP)
def command(
    upstreams: tuple[str, ...],
    to: str,
    allow_spend: bool,
    cap: Decimal | None,
    costs: tuple[str, ...],
    keep: tuple[str, ...],
    host: str,
    port: int,
    providers: Path | None,
) -> None:
    """Record the traffic with a real provider in a HAR file, until interrupted.

    Point your client at the printed base URL. Requests go to the named providers only, and those that cost money only with
    --allow-spend. The file contains no keys, and only values that appear in the spec; ids, phone numbers and texts are
    replaced.
    """
    if allow_spend and cap is None:
        raise click.UsageError("--allow-spend needs --cap: how much may be spent, in USD")
    check_combination("cap", needs="allow_spend", because=": without it nothing is spent")
    registry = load_registry(None, providers)
    named = dict(_upstream(registry, text) for text in upstreams)
    purse = Purse(cap if allow_spend else None, dict(_cost(registry, text) for text in costs))
    with listening.listening(host, port, None, None) as listener:
        file = _new_file(to)
        with contextlib.closing(file):
            recorder = Recorder(registry.providers, named, file, purse, keep=keep, say=lambda line: click.echo(line, err=True))
            try:
                proxy = ReverseProxy(recorder)
            except ImportError as error:
                Path(to).unlink()
                hint = "pip install 'provider-simulator[httpx]'"
                raise click.ClickException(f"record needs the library httpx ({error}): {hint}") from None
            _announce(registry, named, run.address(listener), to)
            with contextlib.suppress(SystemExit):
                run.serve_app(proxy, listener)
            recorded = plural(recorder.recorded, "request")
            click.echo(f"{recorded} in {to}, {recorder.refused} not sent; next: simulator compare {to}", err=True)


def _new_file(to: str) -> HarFile:
    try:
        return HarFile(Path(to))
    except FileExistsError:
        raise faulty("to", f"{to} exists; choose another name, or delete it") from None
    except OSError as error:
        raise faulty("to", f"{to} cannot be written: {error.strerror or error}") from None


def _announce(registry: Registry, named: dict[str, Upstream], url: str, to: str) -> None:
    click.echo(f"recording to {to}; use these base URLs, and interrupt (Ctrl-C) to end:")
    for name, upstream in named.items():
        base_path = registry.providers[name].spec.base_path
        click.echo(f"  {url}/{name}{base_path}  for  {upstream.origin}{upstream.prefix}{base_path}")


def _upstream(registry: Registry, text: str) -> tuple[str, Upstream]:
    name, _, url = text.partition("=")
    if name not in registry.providers:
        hint = nearest(name, registry.providers, "`simulator list`")
        raise faulty("upstreams", f"{text!r} is not NAME or NAME=URL: unknown provider {name!r}{hint}")
    try:
        return name, Upstream.of(registry.providers[name], url)
    except ValueError as error:
        raise faulty("upstreams", str(error)) from None


def _cost(registry: Registry, text: str) -> tuple[str, Decimal]:
    name, _, amount = text.partition("=")
    provider, _, operation = name.partition(".")
    bound = registry.providers.get(provider)
    if bound is None or operation not in bound.spec.places:
        known = [f"{one}.{place}" for one, other in registry.providers.items() for place in other.spec.places]
        hint = nearest(name, known, "`simulator list`")
        raise faulty("costs", f"{text!r} is not OPERATION=USD: unknown operation {name!r}{hint}")
    return name, Dollars().convert(amount, None, None)
