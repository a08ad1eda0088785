"""The socket that `simulator serve` listens on: a TCP port, a Unix domain socket, or one that was handed over."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import click

from simulator.cli.options import faulty
from simulator.server import run


@contextlib.contextmanager
def listening(host: str, port: int, uds: str | None, fd: int | None) -> Iterator[socket.socket]:
    """Listen on the Unix domain socket or the file descriptor if there is one, else on host and port.

    Raises:
        click.ClickException: this is not possible; the text says why and what to do.
    """
    if fd is not None:
        listener = _inherited(fd)
    elif uds is not None:
        listener = _unix(Path(uds))
    else:
        listener = _tcp(host, port)
    with contextlib.closing(listener):
        try:
            yield listener
        finally:
            if uds is not None:
                Path(uds).unlink(missing_ok=True)


def _tcp(host: str, port: int) -> socket.socket:
    try:
        return run.listen(host, port)
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        hint = "choose another port with --port or SIMULATOR_PORT; 0 picks a free one"
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            hint = "--host or SIMULATOR_HOST names an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
        raise click.ClickException(f"cannot listen on {host} port {port}: {reason}; {hint}") from None


def _unix(path: Path) -> socket.socket:
    """Return a socket that every user may connect to, as uvicorn's; a socket file that no process listens on is replaced."""
    if not hasattr(socket, "AF_UNIX"):
        raise faulty("uds", "this platform has no Unix domain sockets")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_stale(path):
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise click.ClickException(f"cannot listen on the Unix domain socket {path}: {error.strerror or error}") from None
    return listener


def _is_stale(path: Path) -> bool:
    """Return whether this is a socket file that no process listens on."""
    if not (path.exists() and stat.S_ISSOCK(path.stat().st_mode)):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) != 0


def _inherited(fd: int) -> socket.socket:
    try:
        listener = socket.socket(fileno=os.dup(fd))
    except OSError as error:
        raise faulty("fd", f"file descriptor {fd} is not a socket: {error.strerror}") from None
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.close()
        raise faulty("fd", f"the socket of file descriptor {fd} does not listen")
    return listener


def note(listener: socket.socket) -> str:
    """Return what a user of a Unix domain socket must know beside the base URL; empty for TCP."""
    file = _socket_file(listener)
    return f"listening on the Unix domain socket {file}: use curl --unix-socket {file}" if file else ""


def _socket_file(listener: socket.socket) -> str:
    return str(listener.getsockname()) if listener.family == getattr(socket, "AF_UNIX", None) else ""
