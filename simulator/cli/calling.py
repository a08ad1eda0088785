"""Calls of commands to a running server, whose errors say which URL was tried and what to do."""

from __future__ import annotations

import contextlib
import os
import shlex
import ssl
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

import click

from simulator.documents import reason
from simulator.testing.client import Client, ControlError, Http
from simulator.testing.control_transport import InvalidBaseUrl


def fetch(url: str, path: str, token: str) -> dict[str, Any]:
    """Return what the control API of a running server answers.

    Raises:
        click.ClickException: there is no answer, or an error; the text names the URL and says what to do.
    """
    with explained_errors(url), contextlib.closing(Client(Http(url, token))) as client:
        return client.call("GET", path)


@contextlib.contextmanager
def explained_errors(url: str) -> Iterator[None]:
    """Turn the errors of a call to a server into errors of the command.

    Raises:
        click.ClickException: there is no answer, or an error; the text names the URL and says what to do.
    """
    elsewhere = "set --url or SIMULATOR_URL to the address of a running server"
    try:
        yield
    except ControlError as error:
        hint = "; set --admin-token-file, SIMULATOR_ADMIN_TOKEN_FILE or SIMULATOR_ADMIN_TOKEN" if error.status == 401 else ""
        raise click.ClickException(f"{url}: {error}{hint}") from None
    except ssl.SSLCertVerificationError as error:
        raise click.ClickException(
            f"the certificate of {url} is not trusted: {error.verify_message}; {_how_to_trust()}"
        ) from None
    except (OSError, HTTPException) as error:
        raise click.ClickException(f"no simulator answers at {url}: {reason(error)}; {elsewhere}") from None
    except InvalidBaseUrl as error:
        raise click.ClickException(f"{error}; set --url or SIMULATOR_URL to that of a running server") from None
    except ValueError as error:
        raise click.ClickException(f"what answers at {url} is not a simulator: {error}; {elsewhere}") from None


def _how_to_trust() -> str:
    """Return the command that makes this one trust the server's CA."""
    file = os.environ.get("SIMULATOR_WRITE_CA", "")
    known = f"SSL_CERT_FILE={shlex.quote(file)}" if file else "SSL_CERT_FILE=ca.pem"
    return f"set {known}, the file that `simulator serve --tls --write-ca {shlex.quote(file or 'ca.pem')}` writes"
