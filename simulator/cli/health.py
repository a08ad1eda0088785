"""`simulator health`: whether a running server is ready. The image's HEALTHCHECK runs it every second."""

from __future__ import annotations

import contextlib
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import click

from simulator.cli.options import SETTINGS, TEXT, is_set, option, server_options

SECONDS = 2  # less than the timeout of the image's HEALTHCHECK


@click.command("health", context_settings=SETTINGS, short_help="Check that a running server is ready.")
@server_options
@option("--uds", type=TEXT, metavar="PATH", help="Connect to this Unix domain socket instead, unless --url is given.")
def command(url: str, uds: str | None) -> None:
    """Exit with 0 if a running server is ready, and with 1 otherwise.

    Over HTTPS the certificate is not checked: the request contains no secret.
    """
    address = url.rstrip("/") + "/_simulator/health"
    if uds and is_set("url"):
        uds = None
    try:
        with contextlib.closing(_connection(address, uds)) as connection:
            connection.request("GET", urlsplit(address).path)
            response = connection.getresponse()
            body = response.read().decode()
    except (HTTPException, OSError, ValueError) as error:
        raise _not_ready(address, uds, getattr(error, "strerror", None) or str(error)) from None
    if response.status != 200:
        raise _not_ready(address, uds, f"the server returned {response.status}")
    click.echo(body)


def _not_ready(address: str, uds: str | None, reason: str) -> click.ClickException:
    where = f"{address} on the Unix domain socket {uds}" if uds else address
    hint = "start a server with `simulator serve`, or set --url or SIMULATOR_URL"
    return click.ClickException(f"no simulator is ready at {where}: {reason}; {hint}")


def _connection(url: str, uds: str | None) -> HTTPConnection:
    """Return a connection that uses no proxy and accepts any certificate.

    Raises:
        ValueError: this is not a URL with a host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a valid URL, expected one like http://127.0.0.1:8080")
    context = None
    if parts.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if uds:
        return _UnixConnection(uds, context)
    if context:
        return HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=context)
    return HTTPConnection(parts.hostname, parts.port, timeout=SECONDS)


class _UnixConnection(HTTPConnection):
    """A connection over a Unix domain socket."""

    def __init__(self, path: str, context: ssl.SSLContext | None) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._path, self._context = path, context

    def connect(self) -> None:
        """Connect the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self._path)
        if self._context:
            self.sock = self._context.wrap_socket(self.sock)
