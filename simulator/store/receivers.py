"""Where webhooks may be sent: to this machine, and to the hosts that the user of the simulator names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_HOST = re.compile(r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")


class Receivers:
    """The hosts to which webhooks may be sent."""

    def __init__(self, hosts: Iterable[str] = (), *, is_open: bool = False) -> None:
        """Allow `hosts`: names, addresses, or `*.example.com` for all below a domain; `is_open` is for what sends nothing.

        Raises:
            ValueError: one of them is not the name or address of a host.
        """
        self.hosts = tuple(_checked(host) for host in hosts)
        self.is_open = is_open

    @classmethod
    def named(cls, hosts: str) -> Receivers:
        """Return the receivers of a list that is separated by commas.

        Raises:
            ValueError: one of them is not the name or address of a host.
        """
        return cls(host for host in hosts.split(",") if host.strip())

    def allows(self, url: str) -> bool:
        """Return whether webhooks may be sent to a URL."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and bool(host) and (self.is_open or is_loopback(host) or self.is_named(host))

    def is_named(self, host: str) -> bool:
        """Return whether the user named a host."""
        host = host.rstrip(".").lower()
        return any(host == named or (named.startswith("*.") and host.endswith(named[1:])) for named in self.hosts)


def is_loopback(host: str) -> bool:
    """Return whether a host stands for this machine by its name or address; names are not looked up."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(host: str) -> str:
    host = host.strip().rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    if not _HOST.fullmatch(host):
        raise ValueError(f"{host!r} is not a host; expected a name or an address such as receiver, 10.0.0.5 or *.example.com")
    return host
