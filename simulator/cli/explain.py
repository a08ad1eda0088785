"""`simulator explain`: why one request ended as it did."""

from __future__ import annotations

import contextlib
import os
import shlex
import ssl
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

import click

from simulator.cli.options import SETTINGS, TEXT, admin_token_options, option, read_admin_token, server_options
from simulator.testing.client import Client, ControlError, Http


@click.command("explain", context_settings=SETTINGS)
@click.argument("request_id", metavar="ID")
@option("--world", type=TEXT, default="default", help="The world that received the request.")
@server_options
@admin_token_options
def command(request_id: str, world: str, url: str, admin_token: str | None, admin_token_file: str | None) -> None:
    """Explain one request: what happened to it, and why it ended as it did.

    ID is the value of the response header X-Simulator-Request, such as req-1.
    """
    token = read_admin_token(admin_token, admin_token_file)
    explained = _fetch(url, f"/worlds/{quote(world, safe='')}/requests/{quote(request_id, safe='')}", token)
    click.echo("\n".join([*explained["story"], "", explained["curl"]]))


def _fetch(url: str, path: str, token: str) -> dict[str, Any]:
    """Return what the control API of a running server answers.

    Raises:
        click.ClickException: there is no answer, or an error; the text names the URL and says what to do.
    """
    elsewhere = "set --url or SIMULATOR_URL to the address of a running server"
    try:
        with contextlib.closing(Client(Http(url, token))) as client:
            return client.call("GET", path)
    except ControlError as error:
        hint = "; set --admin-token or SIMULATOR_ADMIN_TOKEN" if error.status == 401 else ""
        raise click.ClickException(f"{url}: {error}{hint}") from None
    except ssl.SSLCertVerificationError as error:
        raise click.ClickException(f"the certificate of {url} is not trusted: {error}; {_how_to_trust()}") from None
    except (OSError, HTTPException) as error:
        raise click.ClickException(f"no simulator answers at {url}: {error}; {elsewhere}") from None
    except ValueError as error:
        raise click.ClickException(f"what answers at {url} is not a simulator: {error}; {elsewhere}") from None


def _how_to_trust() -> str:
    """Return the command that makes this one trust the server's CA."""
    file = os.environ.get("SIMULATOR_WRITE_CA", "")
    known = f"SSL_CERT_FILE={shlex.quote(file)}" if file else "SSL_CERT_FILE=ca.pem"
    return f"set {known}, the file that `simulator serve --tls --write-ca {shlex.quote(file or 'ca.pem')}` writes"
