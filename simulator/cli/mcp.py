"""`simulator mcp`: the control API as tools for an assistant, by the Model Context Protocol."""

from __future__ import annotations

import importlib

import click

from simulator.cli.options import SETTINGS, admin_token_options, read_admin_token, server_options


@click.command("mcp", short_help="Serve the control API as tools for an assistant.", context_settings=SETTINGS)
@server_options
@admin_token_options
def command(url: str, admin_token: str | None, admin_token_file: str | None) -> None:
    """Serve the control API of a running server as tools for an assistant.

    Speaks the Model Context Protocol on stdin and stdout; an assistant starts this command itself.
    """
    token = read_admin_token(admin_token, admin_token_file)
    try:
        server = importlib.import_module("simulator.cli.mcp_server")  # it needs mcp, which is an extra
    except ImportError as error:
        raise click.ClickException(f"this needs the library mcp ({error}): pip install 'provider-simulator[mcp]'") from None
    server.run(url, token)
