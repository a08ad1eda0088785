"""The address that a webhook is sent to: looked up and checked each time, and then connected to as it is."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from simulator.store.receivers import Receivers, is_loopback

MAX_PORT = 65535
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Metadata services of clouds outside the link-local addresses: AWS and Google over IPv6, Alibaba, and Azure's own.
METADATA = frozenset(map(ipaddress.ip_address, ["fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16"]))


class ForbiddenAddress(Exception):
    """A host has an address to which no webhook may be sent; the text says which."""


async def resolve(host: str, port: int, receivers: Receivers) -> str:
    """Return an address of a host to which a webhook may be sent.

    Raises:
        ForbiddenAddress: the host is not allowed, or one of its addresses is not: a resolver may change its mind; or the port
            does not exist.
        OSError: the host has no address.
    """
    if not 0 < port <= MAX_PORT:
        raise ForbiddenAddress(f"{host} has no port {port}, expected 1 to {MAX_PORT}")
    loopback = is_loopback(host)
    if not (loopback or receivers.is_named(host)):
        raise ForbiddenAddress(f"{host} is neither this machine nor a host that was named for webhooks")
    addresses = [ipaddress.ip_address(address) for address in await _addresses(host, port)]
    for address in addresses:
        if loopback and not address.is_loopback:
            raise ForbiddenAddress(f"{host} has the address {address}, which is not this machine's")
        if not loopback and not receivers.is_named(str(address)) and not _is_ordinary(address):
            raise ForbiddenAddress(f"{host} has the address {address}, to which no webhook is sent unless it is named itself")
    return str(addresses[0])


async def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        loop = asyncio.get_running_loop()
        return [str(info[4][0]) for info in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _is_ordinary(address: Address) -> bool:
    """Return whether a host may have an address: not that of the cloud's metadata service, nor that of several machines."""
    if isinstance(address, ipaddress.IPv6Address):  # which may hold an IPv4 address
        address = address.ipv4_mapped or address.sixtofour or address
    is_special = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    return not is_special and address not in METADATA
