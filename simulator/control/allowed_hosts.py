"""The `Host` headers with which the control API may be addressed: a guard against DNS rebinding.

A web page whose host name is made to resolve to this machine is of the same origin as the simulator behind it. It cannot
choose its `Host`: that is a name of the public DNS.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

# Top-level domains that the public DNS does not have: RFC 6761, RFC 6762 (also of Kubernetes' cluster.local), and
# `internal`, which ICANN keeps for private use (also of host.docker.internal).
PRIVATE = frozenset(["localhost", "local", "internal", "test", "example", "invalid"])
MAX_SHOWN = 100  # characters of a refused host that the error repeats


class AllowedHosts:
    """Which hosts may be addressed: names that no public DNS server can resolve, addresses, and names that are listed."""

    def __init__(self, provider_hosts: Collection[str], named: Iterable[str] = ()) -> None:
        """Allow the hosts of the providers and those `named`, of which `*.example.com` is all below a domain."""
        hosts = [host.rstrip(".").lower() for host in named]
        self._hosts, self._provider_hosts = frozenset(hosts), provider_hosts
        self._domains = tuple(host[1:] for host in hosts if host.startswith("*."))

    def allows(self, header: str) -> bool:
        """Return whether a `Host` header may address the control API; an empty one comes from no browser."""
        host = _name(header)
        if not host:
            return not header
        if "." not in host or host.rpartition(".")[2] in PRIVATE:
            return True
        return host in self._provider_hosts or host in self._hosts or host.endswith(self._domains) or _is_address(host)


def shown(header: str) -> str:
    """Return a refused host for an error message."""
    return ascii(header if len(header) <= MAX_SHOWN else f"{header[:MAX_SHOWN]}...")


def _name(header: str) -> str:
    """Return the host without its port, in lower case; empty if there is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
