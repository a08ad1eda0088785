"""Which provider answers for the host that a client addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from simulator.documents import nearest_names

LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

IsOwn = Callable[[str, int | None], bool]  # whether this is the address of the simulator; the port None stands for any


class Address(NamedTuple):
    """Host and port of a server."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Address:
        """Return the address of a base URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme])


@dataclass(frozen=True)
class Hosts:
    """The hosts of all providers, and those that a user adds, such as the host of a gateway.

    `added` maps a host to the provider for which it stands, None for a host whose paths begin with the name of a provider, as
    those of the simulator itself do.
    """

    own: IsOwn
    providers: Mapping[str, tuple[str, ...]]  # the hosts of each provider, the usual one first
    added: Mapping[str, str | None]

    def extended(self, added: Mapping[str, str | None]) -> Hosts:
        """Return the same with more hosts.

        Raises:
            ValueError: a key is not the name of a host, or a value not that of a provider.
        """
        if not isinstance(added, Mapping):
            raise ValueError(f"hosts: {added!r} is not a mapping; expected one such as {{'gateway.example.com': 'cartesia'}}")
        for host, provider in added.items():
            if not host or set(host) & set("/:@ "):
                raise ValueError(f"hosts: {host!r} is not a host name; expected one such as 'gateway.example.com'")
            if provider is not None and provider not in self.providers:
                near = nearest_names(provider, self.providers, 1) or self.providers
                raise ValueError(f"hosts: no provider {provider!r}; did you mean {' or '.join(near)}?")
        return replace(self, added={**self.added, **{normalized(host): provider for host, provider in added.items()}})

    def stand_in(self, host: str) -> str | None:
        """Return the provider's host for which a host stands; None if it is foreign.

        It is empty for a host whose paths begin with the name of a provider.
        """
        host = normalized(host)
        if host in self.added:
            provider = self.added[host]
            return self.providers[provider][0] if provider else ""
        return host if host in self._known else None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(host for hosts in self.providers.values() for host in hosts)

    def is_near(self, host: str) -> bool:
        """Return whether a host is in the domain of a provider, such as `status.cartesia.ai`."""
        host = normalized(host)
        return any(host == domain or host.endswith(f".{domain}") for domain in self._domains())

    def _domains(self) -> Iterable[str]:
        for host in (host for hosts in self.providers.values() for host in hosts):
            _, _, parent = host.partition(".")
            yield parent if "." in parent else host

    def addressed(self, host: str, port: int) -> str:
        """Return the host that a client addresses as our transports name it to the simulator; empty for the simulator's own."""
        if self.own(host, port):
            return ""
        stand_in = self.stand_in(host)
        return host if stand_in is None else stand_in


def normalized(host: str) -> str:
    """Return a host name as it is compared: a trailing dot is part of a valid one."""
    return host.rstrip(".").lower()


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    return normalized(host.strip("[]")) in LOOPBACK


def same_address(host: str, port: int | None, other: str, other_port: int) -> bool:
    """Return whether two addresses are the same, whatever the port if it is None; the names of this machine are equal."""
    same_host = normalized(host) == normalized(other) or (is_loopback(host) and is_loopback(other))
    return same_host and port in (None, other_port)
