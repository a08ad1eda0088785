"""`simulator explain`: where it looks, and what it says when there is nothing to explain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from simulator import Simulator
from tests.demo_provider import PROVIDERS
from tests.unit.cli.conftest import Ended
from tests.unit.command import Serving
from tests.unit.command import run as run_process


@pytest.fixture
def guarded() -> Iterator[Simulator]:
    """A server with an admin token."""
    with Simulator(admin_token="t0ken", providers_folder=PROVIDERS) as server:  # noqa: S106  (of this test)
        yield server


def test_a_request_is_explained(run: Callable[..., Ended], guarded: Simulator, tmp_path: Path) -> None:
    """With the token from the option, from a file, or from the environment."""
    request_id = httpx.get(f"{guarded.url}/cartesia/agents").headers["X-Simulator-Request"]
    file = tmp_path / "token"
    file.write_text("t0ken\n", encoding="utf-8")
    asked = ["explain", request_id, "--url", guarded.url]
    for ended in (
        run(*asked, "--admin-token", "t0ken"),
        run(*asked, "--admin-token-file", str(file)),
        run(*asked, SIMULATOR_ADMIN_TOKEN_FILE=str(file)),
        run(*asked, SIMULATOR_ADMIN_TOKEN="t0ken"),  # noqa: S106
    ):
        assert (ended.code, ended.stderr) == (0, "")
        assert ended.stdout.startswith("GET /agents was sent to cartesia in world default at ")
        assert f"\ncurl -X GET {guarded.url}/cartesia/agents" in ended.stdout


def test_without_the_token(run: Callable[..., Ended], guarded: Simulator) -> None:
    """The error says how to give it."""
    code, stdout, stderr = run("explain", "req-1", "--url", guarded.url)
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"Error: {guarded.url}: ")
    assert stderr.endswith("; set --admin-token-file, SIMULATOR_ADMIN_TOKEN_FILE or SIMULATOR_ADMIN_TOKEN\n")


@pytest.mark.parametrize("request_id", ["req-0", "../../health", "a b?c#d", "%2F"])
def test_a_request_that_does_not_exist(run: Callable[..., Ended], simulator: Simulator, request_id: str) -> None:
    """Whatever the ID is, it is looked up as one; the error names the server."""
    code, stdout, stderr = run("explain", request_id, "--url", simulator.url)
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"Error: {simulator.url}: ")
    assert stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://127.0.0.1:http"])
def test_a_url_that_is_none(run: Callable[..., Ended], url: str) -> None:
    """The error names it, and what was expected."""
    code, _, stderr = run("explain", "req-1", "--url", url)
    assert code == 1
    assert url in stderr
    assert stderr.count("\n") == 1


class Other(BaseHTTPRequestHandler):
    """A server that is not a simulator."""

    status = 200

    def do_GET(self) -> None:
        """Answer with a page."""
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_is_no_simulator(run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """It may answer with anything; the error quotes it, and says how to point elsewhere."""
    monkeypatch.setattr(Other, "status", status)
    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{other.server_port}"
        code, _, stderr = run("explain", "req-1", "--url", url)
        other.shutdown()
        thread.join()
    assert code == 1
    assert stderr.startswith(f"Error: what answers at {url} is not a simulator: it returned {status}: <html>; set --url")
    assert stderr.endswith("; set --url or SIMULATOR_URL to the address of a running server\n")


def test_https_is_expected(run: Callable[..., Ended], serve: Callable[..., Serving], tmp_path: Path) -> None:
    """A server with TLS says so to a client that speaks HTTP, and the command passes it on."""
    server = serve("--port", "0", "--tls", "--write-ca", str(tmp_path / "ca.pem"))
    code, _, stderr = run("explain", "req-1", "--url", server.url.replace("https:", "http:"))
    assert (code, "it returned 400: This port speaks HTTPS; use https://" in stderr) == (1, True)


def test_a_certificate_that_is_not_trusted(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """The error names the URL and the variable that makes it trusted; with it, the request is explained."""
    ca = tmp_path / "my ca.pem"
    server = serve("--port", "0", "--tls", "--write-ca", str(ca))
    request_id = httpx.get(f"{server.url}/cartesia/agents", verify=False).headers["X-Simulator-Request"]  # noqa: S501
    asked = ["explain", request_id, "--url", server.url]
    refused = run_process(*asked)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: the certificate of {server.url} is not trusted: ")
    assert refused.stderr.endswith(
        "; set SSL_CERT_FILE=ca.pem, the file that `simulator serve --tls --write-ca ca.pem` writes\n"
    )
    assert f"; set SSL_CERT_FILE='{ca}', the file" in run_process(*asked, SIMULATOR_WRITE_CA=str(ca)).stderr
    assert run_process(*asked, SSL_CERT_FILE=str(ca)).returncode == 0


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "http://127.0.0.1:8080/cartesia"])
def test_an_address_that_is_no_base_url(run: Callable[..., Ended], url: str) -> None:
    """Nothing was called, so nothing is said of what answers there."""
    code, stdout, stderr = run("explain", "req-1", SIMULATOR_URL=url)
    expected = f"'{url}' is not a base URL, expected one like http://127.0.0.1:8080"
    assert (code, stdout, stderr) == (1, "", f"Error: {expected}; set --url or SIMULATOR_URL to that of a running server\n")
