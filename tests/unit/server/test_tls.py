"""Clients that have a provider's address built in: an alias for its host and trust in the CA are all that they need."""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
from cartesia import Cartesia

from simulator.registry import built_in_registry
from tests.unit.command import Serving, end, run

HOSTS = sorted(built_in_registry().hosts)
KEY = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
HEAD = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "x", **KEY}.items()).encode()
GET = b"GET /w/%s/cartesia/agents HTTP/1.1\r\n" + HEAD + b"\r\n"

_names = itertools.count(1)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server writes the certificate of its CA."""
    return tmp_path_factory.mktemp("tls") / "ca.pem"


@pytest.fixture(scope="module")
def https(ca: Path) -> Iterator[Serving]:
    """A server that speaks HTTPS; nothing secures it but its CA."""
    one = Serving("--port", "0", "--tls", "--write-ca", str(ca))
    with one.process:
        yield one
        end(one.process)


@pytest.fixture
def alias(https: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The providers' hosts lead to the server, as the aliases of a container network make them do."""
    resolve, port = socket.getaddrinfo, urlsplit(https.url).port

    def resolved(host: Any, service: Any, *more: Any, **named: Any) -> Any:
        return resolve("127.0.0.1", port, *more, **named) if host in HOSTS else resolve(host, service, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


@pytest.fixture
def exported(https: Serving, ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the banner tells to export."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(ca))


@pytest.fixture
def trusted(https: Serving, ca: Path) -> ssl.SSLContext:
    """A client that trusts the CA and nothing else."""
    return ssl.create_default_context(cafile=ca)


def connect(https: Serving, context: ssl.SSLContext, host: str = "localhost") -> ssl.SSLSocket:
    """A connection to the server under one of its names."""
    wire = socket.create_connection(("127.0.0.1", urlsplit(https.url).port or 0), timeout=30)
    return context.wrap_socket(wire, server_hostname=host)


def heard(wire: socket.socket) -> bytes:
    """All that the server says until it closes."""
    said = b""
    while chunk := wire.recv(65536):
        said += chunk
    return said


@pytest.mark.usefixtures("alias", "exported")
def test_the_sdk_of_a_provider_needs_no_change() -> None:
    """Cartesia's own, with nothing but a key: it calls https://api.cartesia.ai, checks the certificate, and gets a number."""
    with Cartesia(api_key="sk_car_demo") as client:
        assert str(client.base_url) == "https://api.cartesia.ai"
        number = client.post("/agents/phone-numbers/provision", body={"label": "Support"}, cast_to=dict[str, Any])
    assert number["number"].startswith("+1")


@pytest.mark.usefixtures("alias", "exported")
def test_other_clients_need_no_change_either() -> None:
    """Other libraries find the CA in the variables of the banner."""
    for get in (httpx.get, requests.get):
        answer: Any = get("https://api.cartesia.ai/agents", headers=KEY)
        assert (answer.status_code, answer.headers["X-Simulator-Evidence"]) == (200, "documented")


@pytest.mark.parametrize("host", [*HOSTS, "localhost", "127.0.0.1", "simulator"])
def test_every_provider_has_a_certificate(https: Serving, trusted: ssl.SSLContext, host: str) -> None:
    """It is checked against the very name that the client looked for."""
    with connect(https, trusted, host) as wire:
        certificate: Any = wire.getpeercert()
        assert host in {name for _, name in certificate["subjectAltName"]}
        assert wire.version() in ("TLSv1.2", "TLSv1.3")


def test_who_does_not_trust_the_ca_is_not_served(https: Serving, trusted: ssl.SSLContext) -> None:
    """The certificate is really checked, by its issuer and by its name."""
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|unable to get local issuer"):
        connect(https, ssl.create_default_context(), "api.cartesia.ai")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connect(https, trusted, "api.example.com")


def test_what_is_written_is_the_certificate_alone(ca: Path, https: Serving, trusted: ssl.SSLContext) -> None:
    """No key is in the file, and who opens it finds whose CA it is."""
    assert https.url.startswith("https://")
    assert ca.read_text().count("BEGIN") == ca.read_text().count("BEGIN CERTIFICATE") == 1
    (found,) = trusted.get_ca_certs()
    assert "provider-simulator" in str(found["subject"])


@pytest.fixture
def faulty(https: Serving, trusted: ssl.SSLContext) -> Callable[[dict[str, Any]], ssl.SSLSocket]:
    """Send a request to a new world in which this happens to answers; the connection, to hear what comes back."""

    def faulty(then: dict[str, Any]) -> ssl.SSLSocket:
        name = f"faulty-{next(_names)}"
        world = {"scenario": {"description": "x", "open": True, "rules": [{"then": then}]}}
        made = httpx.put(f"{https.url}/_simulator/worlds/{name}", json=world, verify=trusted)
        assert made.json()["providers"]["cartesia"]["base_url"] == f"{https.url}/w/{name}/cartesia"
        wire = connect(https, trusted)
        wire.sendall(GET % name.encode())
        return wire

    return faulty


def test_a_reset_reaches_the_socket(faulty: Callable[[dict[str, Any]], ssl.SSLSocket]) -> None:
    """Under TLS too the client is cut off; heard below TLS, as some versions of Python take any end for another."""
    with faulty({"fault": "reset"}) as wire, socket.socket(fileno=wire.detach()) as below:
        below.settimeout(5)
        with pytest.raises(ConnectionResetError):
            heard(below)


@pytest.mark.parametrize(("fault", "said"), [("empty", b""), ("garbage", b"\x16\x03\x01\x02\x00this is not HTTP\r\n\r\n")])
def test_other_faults_are_inside_the_encryption(
    faulty: Callable[[dict[str, Any]], ssl.SSLSocket], fault: str, said: bytes
) -> None:
    """They are faults of HTTP: the encrypted connection itself is in order, and closed properly."""
    with faulty({"fault": fault}) as wire:
        assert heard(wire) == said


def test_half_an_answer(faulty: Callable[[dict[str, Any]], ssl.SSLSocket]) -> None:
    """The head promises more than comes."""
    with faulty({"fault": "truncate", "status": 200, "body": {"a": "b" * 100}}) as wire:
        head, _, body = heard(wire).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    promised = next(int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
    assert len(body) == promised // 2


def test_a_client_that_speaks_plain_http(https: Serving, trusted: ssl.SSLContext) -> None:
    """It learns what is spoken here, and the next one is served."""
    port = urlsplit(https.url).port
    refused = httpx.post(f"http://127.0.0.1:{port}/cald/x", content=b"x" * 100_000)
    assert (refused.status_code, "use https://" in refused.text, "Date" in refused.headers) == (400, True, True)
    assert httpx.get(f"{https.url}/_simulator/health", verify=trusted).json()["status"] == "ok"


def test_the_banner_says_how_to_trust(https: Serving, ca: Path) -> None:
    """Its addresses are https, and one line to paste makes the usual clients trust them; the front page knows no file."""
    assert https.process.stdout is not None
    banner = ""
    while "simulator --help" not in banner:
        banner += https.process.stdout.readline()
    assert "http://" not in https.first + banner
    assert f"\nexport SSL_CERT_FILE={ca} REQUESTS_CA_BUNDLE={ca} NODE_EXTRA_CA_CERTS={ca}\n" in banner
    assert all(host in banner for host in HOSTS)
    page = httpx.get(https.url, verify=ssl.create_default_context(cafile=ca)).text
    assert "which --write-ca FILE writes (SIMULATOR_WRITE_CA)" in page


def test_health_over_https(https: Serving) -> None:
    """The health check of a container takes address and encryption from the variables that the server takes them from."""
    port = str(urlsplit(https.url).port)
    for ended in (run("health", "--url", https.url), run("health", SIMULATOR_TLS="1", SIMULATOR_PORT=port)):
        assert (ended.returncode, json.loads(ended.stdout)["status"]) == (0, "ok")
    assert run("health", SIMULATOR_TLS="0", SIMULATOR_PORT=port).returncode == 1


def test_explain_over_https(https: Serving, ca: Path) -> None:
    """Where a token may be said the certificate is checked, as every client of OpenSSL does; its command is for https too."""
    answer = httpx.get(f"{https.url}/cartesia/agents", headers=KEY, verify=ssl.create_default_context(cafile=ca))
    asked = ("explain", answer.headers["X-Simulator-Request"], "--url", https.url)
    told = run(*asked, SSL_CERT_FILE=str(ca))
    assert (told.returncode, told.stderr) == (0, "")
    assert f"curl -X GET {https.url}/cartesia/agents" in told.stdout
    refused = run(*asked, SSL_CERT_FILE="/dev/null")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert f"the certificate of {https.url} is not trusted: " in refused.stderr


def test_a_signal_ends_it_at_once(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """Within a second, where the machine is not busy with something else each time."""
    assert any(_seconds_to_end(serve, tmp_path) < 1 for _ in range(3))


def _seconds_to_end(serve: Callable[..., Serving], tmp_path: Path) -> float:
    """Though one client says no goodbye, one never began to speak TLS, and one waits for an answer that a rule holds back."""
    scenario, ca = tmp_path / "slow.yaml", tmp_path / "ca.pem"
    scenario.write_text('description: slow\nopen: true\nrules: [{then: {delay: "60s"}}]\n', encoding="utf-8")
    one = serve(SIMULATOR_TLS="yes", SIMULATOR_WRITE_CA=str(ca), SIMULATOR_SCENARIO=str(scenario), SIMULATOR_PORT="0")
    context = ssl.create_default_context(cafile=ca)
    silent = socket.create_connection(("127.0.0.1", urlsplit(one.url).port or 0))
    with connect(one, context) as idle, connect(one, context) as waiting, silent:
        waiting.sendall(GET % b"default")
        while not httpx.get(f"{one.url}/_simulator/worlds/default/requests", verify=context).json()["total"]:
            time.sleep(0.01)
        idle.sendall(b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200 OK")
        code, took, _, complained = one.stop()
    assert (code, complained) == (0, "")
    return took


def test_without_the_library(tmp_path: Path) -> None:
    """It is an extra; who has not installed it is told so in one line."""
    (tmp_path / "trustme.py").write_text("raise ModuleNotFoundError(\"No module named 'trustme'\")\n", encoding="utf-8")
    ended = run("serve", "--port", "0", "--tls", PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    wanted = "--tls needs the library trustme (No module named 'trustme'): pip install 'provider-simulator[tls]'"
    assert ended.stderr == f"Error: {wanted}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--tls", "--write-ca", "/dev/null/ca.pem"], 1, "cannot write the CA to /dev/null/ca.pem: Not a directory"),
        (["--write-ca", "ca.pem"], 2, "--write-ca needs --tls: a server without TLS has no CA"),
        (["--tls", "maybe"], 2, "Got unexpected extra argument (maybe)"),
        (["--tls", "--host", "a" * 70], 1, "cannot make a certificate for aaaa"),
    ],
)
def test_a_wrong_call(arguments: list[str], code: int, told: str) -> None:
    """It is refused in a line that says what was wrong."""
    ended = run("serve", "--port", "0", *arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
