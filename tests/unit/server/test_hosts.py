"""The `Host` header: what is no host is refused on every way of a request."""

from __future__ import annotations

import json

import pytest

from tests.unit.server.connection import Wire


@pytest.mark.parametrize(
    "host",
    [
        "a:b:c",
        "a\\b",
        "[::1]a.com",
        "[::::]",
        "[fe80::1%25eth0]",
        "a%.localhost",
        "user@localhost",
        "a/b",
        "a b",
        "é.com",
        "a;b|c",
        "\x80",
    ],
)
@pytest.mark.parametrize("path", ["/_simulator/worlds", "/", "/demo/v1/agents"])
def test_a_host_that_is_none_is_refused(wire: Wire, host: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """As RFC 9112, 3.2 demands: responses of the control API repeat it, in URLs that a client could not use."""
    wire.say(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1"))
    status, headers, body = wire.hear()
    assert (status, headers["connection"], b"malformed Host header; expected a host name" in body) == (400, "close", True)
    assert caplog.text == ""


@pytest.mark.parametrize("host", ["", "my_service:8080", "[::1]:80", "[::ffff:1.2.3.4]", "127.0.0.1:", "LOCALHOST."])
def test_a_host_that_is_one_is_accepted(wire: Wire, host: str) -> None:
    """Also one that no DNS name could be, such as a service of Compose with an underscore."""
    wire.say(f"GET /_simulator/worlds HTTP/1.1\r\nHost: {host}\r\n\r\n")
    status, _, body = wire.hear()
    assert status == 200
    url = json.loads(body)["worlds"][0]["providers"]["demo"]["base_url"]
    assert url == f"http://{host or '127.0.0.1'}/demo/v1"
