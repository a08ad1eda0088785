"""`simulator explain`: why one request ended as it did."""

from __future__ import annotations

from urllib.parse import quote

import click

from simulator.cli.calling import fetch
from simulator.cli.options import SETTINGS, TEXT, admin_token_options, option, read_admin_token, server_options


@click.command("explain", short_help="Explain why one request ended as it did.", context_settings=SETTINGS)
@click.argument("request_id", metavar="ID")
@option("--world", type=TEXT, default="default", help="The world that received the request.")
@server_options
@admin_token_options
def command(request_id: str, world: str, url: str, admin_token: str | None, admin_token_file: str | None) -> None:
    """Explain one request: what happened to it, and why it ended as it did.

    ID is the value of the response header X-Simulator-Request, such as req-1.
    """
    token = read_admin_token(admin_token, admin_token_file)
    explained = fetch(url, f"/worlds/{quote(world, safe='')}/requests/{quote(request_id, safe='')}", token)
    click.echo("\n".join([*explained["story"], "", explained["curl"]]))
