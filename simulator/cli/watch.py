"""`simulator watch`: the requests to a world, as they come."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import click

from simulator.cli.calling import explained_errors, fetch
from simulator.cli.options import SETTINGS, TEXT, admin_token_options, option, read_admin_token, server_options
from simulator.testing.report import request_text

SILENCE = 60  # seconds after which the server is gone: it sends something every 15
WIDTH = 60  # characters of id, method and path: what follows them stands below each other in most lines
CHANGES = {"cleared": "the log was emptied", "replaced": "the world was replaced", "deleted": "the world is gone"}


class Event(NamedTuple):
    """A server-sent event."""

    name: str
    data: dict[str, Any]


@click.command("watch", short_help="Show the requests to a world as they arrive.", context_settings=SETTINGS)
@option("--world", type=TEXT, default="default", help="The world whose requests are shown.")
@option("--problems", is_flag=True, help="Show only requests that failed, met a fault or have fields that no operation knows.")
@server_options
@admin_token_options
def command(world: str, problems: bool, url: str, admin_token: str | None, admin_token_file: str | None) -> None:
    """Show the requests to a world as they arrive, starting with those in its log.

    One line for each: its id for `simulator explain`, method, path, status, error, and the rule that fired. Stop with Ctrl-C.
    """
    token = read_admin_token(admin_token, admin_token_file)
    place = f"/worlds/{quote(world, safe='')}"
    fetch(url, place, token)  # the errors of the control API: no such world, no token
    with explained_errors(url):
        for event in _events(url, f"/_simulator{place}/events", token):
            text = _text(event, only_problems=problems)
            if text:
                click.echo(text)
    raise click.ClickException(f"{url} has closed the connection")


def _events(url: str, path: str, token: str) -> Iterator[Event]:
    """Yield the events of a stream until the server ends it."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=SILENCE)) as connection:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        if response.status != 200:
            raise HTTPException(f"{response.status} {response.read().decode(errors='replace').strip()}")
        name = ""
        for line in response:
            field, _, value = line.decode().rstrip("\r\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield Event(name, json.loads(value))


def _text(event: Event, *, only_problems: bool) -> str:
    """Return an event as a line; empty if it is not to be shown."""
    if event.name == "request":
        unknown = event.data["unknown_fields"]
        if only_problems and event.data["status"] < 400 and not event.data["fault"] and not unknown:
            return ""
        return request_text(event.data, WIDTH) + (f"  unknown fields: {', '.join(unknown)}" if unknown else "")
    if event.name == "gap":
        missed = event.data["missed"]
        return f"-- {missed} requests are gone from the log" if missed else "-- requests may be missing here"
    if event.name == "gates":
        return f"-- requests that wait at gates: {event.data['waiting']}"
    return f"-- {CHANGES[event.name]}" if event.name in CHANGES else ""
