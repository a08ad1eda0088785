"""Web pages that call the providers: preflights, the origins that are allowed, and what stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.testclient import TestClient

from simulator.application import Application, Settings
from simulator.asgi.main import create_app, create_app_from_environment
from simulator.http import Held, Request, Response, settled
from simulator.http.cors import Origins
from tests.demo_provider import demo_registry
from tests.unit.command import Serving
from tests.unit.server.conftest import Served
from tests.unit.server.connection import Wire

KEY = "demo_" + "1" * 32
BASE = "/demo/v1"
PAGE, OTHER = "https://app.example.com", "https://evil.example"
SIMPLE = {"accept", "accept-language", "content-language"}  # request headers that need no preflight
READABLE = {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}


class Blocked(Exception):
    """The browser shows the page neither status nor body."""


class Browser(NamedTuple):
    """A page of an origin that calls `fetch`, with the checks of the Fetch standard; `sent` keeps the requests."""

    send: Callable[[Request], Response]
    origin: str
    sent: list[Request]

    def fetch(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: Any = None) -> Response:
        """Return the response as the page sees it: with the headers that are exposed."""
        own = {name.lower(): value for name, value in (headers or {}).items()}
        if body is not None:
            own["content-type"] = "application/json"
        unsafe = sorted(own.keys() - SIMPLE)
        if unsafe or method not in ("GET", "HEAD", "POST"):
            self._preflight(path, method, unsafe)
        response = self._send(method, path, own, b"" if body is None else json.dumps(body).encode())
        self._check(response)
        exposed = {name.lower() for name in self._list(response, "access-control-expose-headers")}
        shown = [(name, value) for name, value in response.headers if "*" in exposed or name.lower() in READABLE | exposed]
        return Response(response.status, shown, response.body)

    def _preflight(self, path: str, method: str, unsafe: list[str]) -> None:
        asked = {"access-control-request-method": method, "access-control-request-headers": ",".join(unsafe)}
        response = self._send("OPTIONS", path, {name: value for name, value in asked.items() if value}, b"")
        self._check(response)
        if not 200 <= response.status <= 299:
            raise Blocked(response.body.decode())
        if method not in ("GET", "HEAD", "POST", *self._list(response, "access-control-allow-methods")):
            raise Blocked(method)
        granted = {name.lower() for name in self._list(response, "access-control-allow-headers")}
        # `*` never covers Authorization.
        if refused := [name for name in unsafe if name not in granted and ("*" not in granted or name == "authorization")]:
            raise Blocked(refused)

    def _check(self, response: Response) -> None:
        allowed = [value for name, value in response.headers if name.lower() == "access-control-allow-origin"]
        if allowed not in (["*"], [self.origin]):
            raise Blocked(allowed)

    def _send(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Response:
        self.sent.append(Request(method, path, "", {"host": "127.0.0.1:8080", "origin": self.origin, **headers}, raw))
        return self.send(self.sent[-1])

    @staticmethod
    def _list(response: Response, name: str) -> list[str]:
        values = [value for one, value in response.headers if one.lower() == name]
        return [word.strip() for value in values for word in value.split(",")]


def _browser(application: Application, origin: str = PAGE) -> Browser:
    return Browser(application.handle, origin, [])


def _application(*origins: str, **more: Any) -> Application:
    return Application(demo_registry(), settings=Settings(cors=Origins(origins), **more))


def _control(application: Application, method: str, path: str, body: Any = None) -> Any:
    headers = {"host": "localhost", "content-type": "application/json"}
    raw = b"" if body is None else json.dumps(body).encode()
    response = settled(application.handle(Request(method, f"/_simulator{path}", "", headers, raw)))
    assert response.status < 300, response.body
    return json.loads(response.body) if response.body else None


def _journal(application: Application, world: str = "default") -> list[tuple[str, int]]:
    entries = _control(application, "GET", f"/worlds/{world}/requests")["requests"]
    return [(entry["method"], entry["status"]) for entry in entries]


@pytest.mark.parametrize(("allowed", "named"), [(("*",), False), ((PAGE, "http://localhost:5173"), True)])
def test_a_page_calls_a_provider(allowed: tuple[str, ...], named: bool) -> None:
    """A preflight, then the request; the page reads status, body and every header, also of a refusal."""
    application = _application(*allowed)
    browser = _browser(application)
    response = browser.fetch(f"{BASE}/agents", "POST", {"Authorization": KEY, "X-Request-Source": "page"}, {"name": "Ann"})
    assert (response.status, json.loads(response.body)["status"]) == (200, "success")
    headers = dict(response.headers)
    assert headers["X-Simulator-Request"] == "req-1"
    assert (headers["Access-Control-Allow-Origin"], headers.get("Vary")) == ((PAGE, "Origin") if named else ("*", None))
    assert browser.fetch(f"{BASE}/agents", "PATCH", {"Authorization": KEY}).status == 405
    assert browser.fetch(f"{BASE}/agents", headers={"Authorization": "wrong"}).status == 401
    assert browser.fetch("/demo/misspelt", "DELETE").status == 404
    assert [request.method for request in browser.sent] == [
        "OPTIONS",
        "POST",
        "OPTIONS",
        "PATCH",
        *["OPTIONS", "GET"],
        "OPTIONS",
        "DELETE",
    ]
    assert _journal(application) == [("POST", 200), ("PATCH", 405), ("GET", 401), ("DELETE", 404)]


def test_a_page_reads_what_comes_later() -> None:
    """The response to a request that was held at a gate, and to one that is long, of a large body."""
    application = _application("*")
    rule = {"when": {"operation": "demo.list_agents"}, "then": {"hold": "until-released"}}
    _control(application, "POST", "/worlds/default/rules", rule)
    request = Request("GET", f"{BASE}/agents", "", {"host": "x", "origin": PAGE, "authorization": KEY}, b"")
    held = application.handle(request).after
    assert isinstance(held, Held)
    [gate] = _control(application, "GET", "/worlds/default/gates")["gates"]
    _control(application, "POST", f"/worlds/default/gates/{gate['id']}/release", {})
    large = Request("POST", f"{BASE}/agents", "", {**request.headers, "content-type": "application/json"}, b" " * 100_000)
    for response in (held.result(5), settled(application.handle(large))):
        assert dict(response.headers)["Access-Control-Allow-Origin"] == "*"
    application.close()


def test_a_preflight_leaves_nothing_behind() -> None:
    """Neither a request in the log, nor an account, nor a number of a request, nor a finding."""
    application = _application("*")
    for path in (f"{BASE}/agents", "/demo/x", "/nobody/x", "/", "/w/nowhere/demo/x"):
        for origin in (PAGE, OTHER):
            headers = {"host": "x", "origin": origin, "access-control-request-method": "PUT", "authorization": KEY}
            response = settled(application.handle(Request("OPTIONS", path, "", headers, b"")))
            assert (response.status, response.body) == (204, b"")
            assert not any(name.startswith("X-Simulator") for name, _ in response.headers)
    assert _journal(application) == []
    assert _control(application, "GET", "/health")["usage"]["accounts"]["used"] == 0
    assert not any(_control(application, "GET", "/worlds/default/verdict").values())
    _browser(application).fetch(f"{BASE}/agents", headers={"Authorization": KEY})
    assert _control(application, "GET", "/worlds/default/requests")["requests"][0]["id"] == "req-1"


def test_other_origins_are_blocked() -> None:
    """A preflight says which are allowed; a request without one is answered as ever, and the page cannot read it."""
    application = _application(PAGE, "https://app.example.com:8443")
    for origin in (OTHER, "http://app.example.com", f"{PAGE}.evil.example", f"{PAGE}:444", "null", ""):
        browser = _browser(application, origin)
        with pytest.raises(Blocked):
            browser.fetch(f"{BASE}/agents", headers={"Authorization": KEY})
        answer = settled(application.handle(browser.sent[0]))
        assert answer.status == 403
        assert f"only {PAGE}, https://app.example.com:8443; add it to --cors-origins" in answer.body.decode()
        with pytest.raises(Blocked):
            browser.fetch(f"{BASE}/agents")
        assert settled(application.handle(browser.sent[-1])).status == 401
    assert {method for method, _ in _journal(application)} == {"GET"}
    for origin in (PAGE, "https://app.example.com:8443"):
        assert _browser(application, origin).fetch(f"{BASE}/agents", headers={"Authorization": KEY}).status == 200


def test_a_scenario_decides_for_its_world() -> None:
    """Its origins take the place of the server's; an empty list turns CORS off; another world is as the server has it."""
    application = _application(OTHER)
    for world, cors in (("named", {"cors": [PAGE]}), ("every", {"cors": ["*"]}), ("off", {"cors": []}), ("usual", {})):
        _control(application, "PUT", f"/worlds/{world}", {"scenario": {"open": True, **cors}})
    allowed = {
        (world, origin): _is_readable(application, f"/w/{world}{BASE}/agents", origin)
        for world in ("named", "every", "off", "usual", "nowhere")
        for origin in (PAGE, OTHER)
    }
    assert {key for key, is_allowed in allowed.items() if is_allowed} == {
        ("named", PAGE),
        ("every", PAGE),
        ("every", OTHER),
        ("usual", OTHER),
        ("nowhere", OTHER),
    }
    assert _journal(application, "named") == [("GET", 200)]
    assert _journal(application, "off") == [("OPTIONS", 405)] * 2


def _is_readable(application: Application, path: str, origin: str) -> bool:
    try:
        _browser(application, origin).fetch(path, headers={"Authorization": KEY})
    except Blocked:
        return False
    return True


def test_cors_is_off_unless_asked_for() -> None:
    """Then `OPTIONS` is a method that the provider does not have, and no response has a header of CORS."""
    application = Application(demo_registry())
    browser = _browser(application)
    with pytest.raises(Blocked):
        browser.fetch(f"{BASE}/agents", headers={"Authorization": KEY})
    assert _journal(application) == [("OPTIONS", 405)]
    response = settled(
        application.handle(Request("GET", f"{BASE}/agents", "", {"host": "x", "origin": PAGE, "authorization": KEY}, b""))
    )
    assert response.status == 200
    assert not any(name.lower().startswith("access-control") for name, _ in response.headers)


@pytest.mark.parametrize("path", ["/_simulator/health", "/_simulator/worlds/default", "/_simulator", "/_simulator/x"])
@pytest.mark.parametrize("token", ["", "s3cret"])
def test_control_routes_never_take_part(path: str, token: str) -> None:
    """Whatever origins are allowed: no page reads or changes a world."""
    application = _application("*", PAGE, admin_token=token)
    for method in ("GET", "PUT", "OPTIONS"):
        headers = {"origin": PAGE, "host": "localhost", "access-control-request-method": "PUT"}
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        response = settled(application.handle(Request(method, path, "", headers, b"")))
        assert response.status in (403, 404, 405)
        assert not any(name.lower().startswith("access-control") for name, _ in response.headers)
        with pytest.raises(Blocked):
            _browser(application).fetch(path, method, {"Authorization": f"Bearer {token}"})


def test_a_plain_options_request_is_the_providers() -> None:
    """Without `Access-Control-Request-Method` it is no preflight."""
    application = _application("*")
    response = settled(application.handle(Request("OPTIONS", f"{BASE}/agents", "", {"host": "x", "origin": PAGE}, b"")))
    assert response.status == 405
    assert _journal(application) == [("OPTIONS", 405)]


def test_a_rule_may_answer_with_headers_of_its_own() -> None:
    """As a provider whose CORS is broken."""
    application = _application("*")
    then = {"status": 503, "headers": {"access-control-allow-origin": "https://elsewhere.example"}}
    _control(application, "POST", "/worlds/default/rules", {"times": 1, "then": then})
    with pytest.raises(Blocked, match=r"elsewhere\.example"):
        _browser(application).fetch(f"{BASE}/agents", headers={"Authorization": KEY})
    assert _browser(application).fetch(f"{BASE}/agents", headers={"Authorization": KEY}).status == 200


def test_what_a_page_asks_for_is_repeated_only_if_it_is_names() -> None:
    """A header of the response is no place for anything else."""
    application = _application("*")
    headers = {
        "host": "x",
        "origin": PAGE,
        "access-control-request-method": "GET",
        "access-control-request-headers": "a, b: \xe4",
    }
    assert "Access-Control-Allow-Headers" not in dict(
        settled(application.handle(Request("OPTIONS", BASE, "", headers, b""))).headers
    )


@pytest.mark.parametrize(
    "origin", ["app.example.com", "https://", f"{PAGE}/", f"{PAGE}/x", "https://*.example.com", "https://a@b", "**"]
)
def test_a_faulty_origin(origin: str) -> None:
    """In an option, an argument and a scenario; the error says what an origin is."""
    expected = r"is not an origin; expected one such as https://app\.example\.com, or \* for every origin"
    with pytest.raises(ValueError, match=expected):
        create_app(cors_origins=[origin])
    with pytest.raises(ValueError, match=expected):
        create_app_from_environment({"SIMULATOR_CORS_ORIGINS": f"{PAGE},{origin}"})
    application = _application()
    raw = json.dumps({"scenario": {"cors": [origin]}}).encode()
    headers = {"host": "localhost", "content-type": "application/json"}
    answer = settled(application.handle(Request("PUT", "/_simulator/worlds/w", "", headers, raw)))
    assert answer.status == 422
    expected = "expected an origin such as https://app.example.com, or * for every origin"
    assert json.loads(answer.body)["detail"] == f'scenario/cors/0: {expected}, got "{origin}"'


def test_an_origin_is_compared_as_browsers_send_it() -> None:
    """In lower case, and without the default port."""
    origins = Origins.named(
        " HTTPS://App.Example.com:443 , http://b.example:80,http://c.example:8080,null,capacitor://localhost"
    )
    assert origins.origins == (PAGE, "http://b.example", "http://c.example:8080", "null", "capacitor://localhost")


def test_on_every_way_of_a_request(simulator: Served, wire: Wire) -> None:
    """With both parsers, with and without the fast lane: preflight, request, and the next request of the connection."""
    simulator.client.call("PUT", "/worlds/cors", {"scenario": {"open": True, "cors": [PAGE]}})
    path, page = f"/w/cors{BASE}/agents", f"Host: x\r\nOrigin: {PAGE}\r\n"
    wire.say(
        f"OPTIONS {path} HTTP/1.1\r\n{page}Access-Control-Request-Method: GET\r\n"
        "Access-Control-Request-Headers: authorization\r\n\r\n"
    )
    status, headers, _ = wire.hear()
    assert (status, headers["access-control-allow-origin"], headers["access-control-allow-headers"]) == (
        204,
        PAGE,
        "authorization",
    )
    assert "content-length" not in headers
    wire.say(f"GET {path} HTTP/1.1\r\n{page}Authorization: {KEY}\r\n\r\n")
    status, headers, body = wire.hear()
    assert (status, headers["access-control-allow-origin"], headers["access-control-expose-headers"]) == (200, PAGE, "*")
    assert json.loads(body) == {"agents": []}
    assert simulator.client.call("GET", "/worlds/cors/requests")["total"] == 1
    simulator.client.call("DELETE", "/worlds/cors")


@pytest.mark.parametrize("given", [["--cors-origins", f"{PAGE},http://localhost:5173"], []])
def test_the_option_of_serve(serve: Callable[..., Serving], given: list[str]) -> None:
    """Or its variable."""
    server = serve("--port", "0", *given, **({} if given else {"SIMULATOR_CORS_ORIGINS": f"{PAGE}, http://localhost:5173"}))
    with httpx.Client(base_url=server.url) as http:
        for origin, status in ((PAGE, 204), ("http://localhost:5173", 204), (OTHER, 403)):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            assert http.options(f"{BASE}/agents", headers=asked).status_code == status
            assert http.options("/_simulator/health", headers=asked).status_code == 403
    assert server.stop()[0] == 0


def test_the_setting_of_the_asgi_application() -> None:
    """As an argument; a mount keeps the paths of the control API out of it."""
    with TestClient(create_app(cors_origins=["*"])) as http:
        asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
        assert http.options(f"{BASE}/agents", headers=asked).headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-origin" not in http.options("/_simulator/worlds", headers=asked).headers
