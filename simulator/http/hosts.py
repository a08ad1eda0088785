"""The form of a `Host` header."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

MALFORMED_HOST = "malformed Host header; expected a host name or an address, and a port if need be"

_NAME = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*(?::[0-9]*)?")
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]+)](?::[0-9]*)?")


def is_host(text: str) -> bool:
    """Return whether a text is the host of a URL, as RFC 9110, 7.2 demands of `Host`; several, with commas, are none."""
    if _NAME.fullmatch(text):
        return True
    literal = _IPV6.fullmatch(text)
    if literal is None:
        return False
    try:
        IPv6Address(literal[1])
    except ValueError:
        return False
    return True
