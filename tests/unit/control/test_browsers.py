"""Who may address the control API: no web page, under whatever host name it was loaded; every health check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from simulator.application import Application, Settings
from simulator.asgi.main import create_app, create_app_from_environment
from simulator.http import Request, Response, settled
from simulator.registry import built_in_registry

HEALTH = "/_simulator/health"


@pytest.fixture(scope="module")
def application() -> Application:
    """The application as it is without options."""
    return Application(built_in_registry())


def _answer(application: Application, method: str, path: str, **headers: str) -> Response:
    return settled(application.handle(Request(method, path, "", {"host": "localhost", **headers}, b"")))


OURS = (
    *("localhost", "LOCALHOST:8080", "localhost.", "app.localhost:80", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3"),
    *("[fe80::1%25eth0]:80", "simulator:8080", "provider_simulator", "host.docker.internal:8080", "api.cartesia.ai:443", ""),
    *("simulator.default.svc.cluster.local", "my.cald.ai"),
)
FOREIGN = (
    *("evil.com", "evil.com:8080", "127.0.0.1.nip.io", "localhost.evil.com", "api.cartesia.ai.evil.com", "x@evil.com"),
    *("evil.com.", "[::1", "[evil.com]", ":80", "local.evil.com", "1.2.3"),
)


@pytest.mark.parametrize("host", OURS)
def test_names_that_no_dns_server_can_take_over_are_allowed(application: Application, host: str) -> None:
    """Loopback names, addresses, names without dots, private domains and the providers' hosts reach the control API."""
    assert _answer(application, "GET", HEALTH, host=host).status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused_whatever_the_route(application: Application, host: str) -> None:
    """A page whose name was made to resolve to this machine can neither read nor change a world."""
    for method, path in (
        ("GET", HEALTH),
        ("HEAD", HEALTH),
        ("OPTIONS", HEALTH),
        ("PUT", "/_simulator/worlds/x"),
        ("GET", "/_simulator/"),
    ):
        answer = _answer(application, method, path, host=host)
        assert answer.status == 403
        assert b"--allowed-hosts" in answer.body
    assert "x" not in application.worlds


def test_provider_routes_have_any_host(application: Application) -> None:
    """What a client sends to a provider may be addressed by any name, such as that of a gateway."""
    key = {"authorization": "caldLive" + "1" * 32}
    assert _answer(application, "GET", "/cald/client/api/v1/agents", host="simulator.example.com", **key).status == 200


@pytest.fixture(params=["argument", "environment"])
def named(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """The ASGI application with hosts that are allowed by name."""
    if request.param == "argument":
        app = create_app(allowed_hosts=["sim.example.com", "*.ci.example.com"])
    else:
        app = create_app_from_environment({"SIMULATOR_ALLOWED_HOSTS": "sim.example.com, *.ci.example.com"})
    with TestClient(app) as client:
        yield client


def test_hosts_are_allowed_by_name(named: TestClient) -> None:
    """Named hosts reach control API and console; others reach neither page nor stream."""
    for path in ("/health", "/", "/static/console.css"):
        for host, status in (
            ("sim.example.com:80", 200),
            ("a.ci.example.com", 200),
            ("ci.example.com", 403),
            ("evil.com", 403),
        ):
            assert named.get(f"/_simulator{path}", headers={"Host": host}).status_code == status
    assert named.get("/_simulator/worlds/default/events", headers={"Host": "evil.com"}).status_code == 403


def test_an_origin_that_is_no_address_is_refused(named: TestClient) -> None:
    """As every foreign one, without an error of the simulator."""
    assert named.get("/_simulator/health", headers={"Host": "localhost", "Origin": "http://["}).status_code == 403


def test_a_faulty_list_is_refused() -> None:
    """What is no host is an error when the application is made."""
    with pytest.raises(ValueError, match="is not a host"):
        create_app(allowed_hosts=["http://sim.example.com"])


def test_with_an_admin_token_any_host_may_be_addressed() -> None:
    """A page does not have the token, so servers behind a real name need no list."""
    guarded = Application(built_in_registry(), settings=Settings(admin_token="s3cret"))  # noqa: S106  (of this test)
    assert _answer(guarded, "GET", HEALTH, host="sim.example.com").status == 200
    assert _answer(guarded, "GET", "/_simulator/worlds", host="sim.example.com").status == 401
    assert _answer(guarded, "HEAD", "/_simulator/worlds", host="sim.example.com").status == 401


def test_the_token_of_an_asgi_server_may_be_in_a_file(tmp_path: Path) -> None:
    """As for `simulator serve`; a file without a token must not start an open server."""
    file = tmp_path / "token"
    file.write_text("s3cret\n", encoding="utf-8")
    with TestClient(create_app_from_environment({"SIMULATOR_ADMIN_TOKEN_FILE": str(file)})) as http:
        assert http.get("/_simulator/worlds").status_code == 401
        assert http.get("/_simulator/worlds", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    with pytest.raises(ValueError, match="are mutually exclusive"):
        create_app_from_environment({"SIMULATOR_ADMIN_TOKEN_FILE": str(file), "SIMULATOR_ADMIN_TOKEN": "other"})
    for content, problem in (("", "contains no word"), ("a b", "contains more than one word")):
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match=f"SIMULATOR_ADMIN_TOKEN_FILE: .*token {problem}, expected one token"):
            create_app_from_environment({"SIMULATOR_ADMIN_TOKEN_FILE": str(file)})


def test_head_is_answered_as_get(application: Application) -> None:
    """RFC 9110, 9.3.2: the same status and headers, also of errors."""
    for path in ("/health", "/worlds", "/worlds/nothing", "/nothing", "/worlds/default/clock"):
        get, head = (_answer(application, method, f"/_simulator{path}") for method in ("GET", "HEAD"))
        assert (head.status, sorted(dict(head.headers))) == (get.status, sorted(dict(get.headers)))
    assert _answer(application, "HEAD", "/_simulator/worlds/default/reset").status == 405


def test_options_names_the_methods(application: Application) -> None:
    """RFC 9110, 9.3.7: what a path allows, and nothing of it is done."""
    allowed = {
        "/health": "GET, HEAD, OPTIONS",
        "/worlds/default/reset": "OPTIONS, POST",
        "/worlds/x": "DELETE, GET, HEAD, OPTIONS, PUT",
    }
    for path, methods in allowed.items():
        answer = _answer(application, "OPTIONS", f"/_simulator{path}")
        assert (answer.status, dict(answer.headers)["Allow"], answer.body) == (204, methods, b"")
    assert _answer(application, "OPTIONS", "/_simulator/nothing").status == 404
    assert _answer(application, "OPTIONS", HEALTH, origin="http://evil.com").status == 403
