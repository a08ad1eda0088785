"""What `/_simulator/metrics` counts, read as Prometheus reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from simulator import __version__
from simulator.application import Application, Settings
from simulator.asgi.main import create_app, create_app_from_environment
from simulator.engine.metrics import MAX_SERIES
from simulator.http import Request, Response, settled
from simulator.registry import built_in_registry
from simulator.testing.client import Client, InProcess
from tests.unit.command import Serving
from tests.unit.deliveries.conftest import CALL, client, scenario
from tests.unit.subject import PROVIDERS, load

KEY = "caldLive" + "1" * 32
AGENTS, BUY = "/cald/client/api/v1/agents", "/cald/client/api/v1/phonenumbers"
DURATION = "http_server_request_duration_seconds"
MEDIA = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture
def application() -> Iterator[Application]:
    """An application that counts."""
    made = Application(built_in_registry(), settings=Settings(metrics=True))
    yield made
    made.close()


def _send(application: Application, method: str, path: str, body: Any = None, **headers: str) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    head = {"host": "localhost", "content-type": "application/json", "authorization": KEY, **headers}
    return settled(application.handle(Request(method, path, "", head, raw)))


def _text(application: Application) -> str:
    response = _send(application, "GET", "/_simulator/metrics")
    assert (response.status, dict(response.headers)["Content-Type"]) == (200, MEDIA)
    return response.body.decode()


def _read(text: str) -> dict[str, Metric]:
    """Parse and check a text: types, units, escapes, order of the buckets, and the end."""
    return {family.name: family for family in text_string_to_metric_families(text)}  # type: ignore[no-untyped-call]


def _counts(families: dict[str, Metric], **labels: str) -> dict[tuple[str, str, str], float]:
    """Return how many requests were counted, by provider, operation and status."""
    found = [
        one for one in families[DURATION].samples if one.name == f"{DURATION}_count" and one.labels.items() >= labels.items()
    ]
    names = ("provider", "operation", "http_response_status_code")
    return {tuple(one.labels.get(name, "") for name in names): one.value for one in found}  # type: ignore[misc]


def test_requests_are_counted_by_operation_status_and_provider(application: Application) -> None:
    """Those of the control API too, and those that match no operation or no provider."""
    for _ in range(3):
        _send(application, "GET", AGENTS)
    _send(application, "POST", BUY, {"areaCode": 1})
    for path in ("/cald/x", "/nobody/x", "/w/nowhere/cald/x", "/_simulator/nothing"):
        _send(application, "GET", path)
    _send(application, "get", AGENTS)
    families = _read(_text(application))
    assert _counts(families, http_request_method="GET") == {
        ("cald", "cald.list_agents", "200"): 3,
        ("cald", "", "404"): 1,
        ("", "", "404"): 3,
    }
    assert _counts(families, http_request_method="POST").popitem()[0][:2] == ("cald", "cald.buy_phone_number")
    assert list(_counts(families, http_request_method="_OTHER").values()) == [1]
    assert _counts(_read(_text(application)))["_simulator", "_simulator.get_metrics", "200"] == 1


def test_a_duration_is_in_seconds(application: Application) -> None:
    """The delay of a rule, which is waited for afterwards, is no part of it."""
    _send(application, "POST", "/_simulator/worlds/default/rules", {"then": {"delay": "1h"}})
    _send(application, "GET", AGENTS)
    families = _read(_text(application))
    samples = [one for one in families[DURATION].samples if one.labels.get("operation") == "cald.list_agents"]
    (total,) = [one.value for one in samples if one.name == f"{DURATION}_sum"]
    assert 0 < total < 60
    buckets = {float(one.labels["le"]): one.value for one in samples if one.name == f"{DURATION}_bucket"}
    assert list(buckets) == [0.001, 0.01, 0.1, 1.0, math.inf]
    assert [count for bound, count in buckets.items() if bound >= total] == [1] * sum(bound >= total for bound in buckets)
    assert families[DURATION].unit == "seconds"


def test_worlds_and_journals(application: Application) -> None:
    """What there is now."""
    before = _read(_text(application))
    _send(application, "PUT", "/_simulator/worlds/one", {})
    _send(application, "GET", AGENTS, **{"x-simulator-world": "one"})
    after = _read(_text(application))
    used = json.loads(_send(application, "GET", "/_simulator/health").body)["usage"]
    assert [families["simulator_worlds"].samples[0].value for families in (before, after)] == [1, 2]
    assert after["simulator_journal_size_bytes"].samples[0].value == used["journal_bytes"]["used"] > 0
    assert after["target"].samples[0].labels == {"service_name": "provider-simulator", "service_version": __version__}


def _fired(application: Application) -> dict[str, float]:
    return {one.labels["provider"]: one.value for one in _read(_text(application))["simulator_rules_fired"].samples}


def test_rules_are_counted_also_after_their_world_is_gone(application: Application) -> None:
    """One that answers, one that repeats a request, and one for webhooks; not those that match and are skipped."""
    rules = [
        {"when": {"operation": "cald.list_agents"}, "skip": 1, "times": 2, "then": {"status": 503}},
        {"when": {"operation": "cald.buy_phone_number"}, "then": {"repeat": 3}},
    ]
    _send(application, "PUT", "/_simulator/worlds/w", {"scenario": {"open": True, "rules": rules}})
    for _ in range(5):
        _send(application, "GET", f"/w/w{AGENTS}")
    _send(application, "POST", f"/w/w{BUY}", {})
    assert _fired(application) == {"cald": 3}
    _send(application, "DELETE", "/_simulator/worlds/w")
    control = Client(InProcess(application, lambda: "http://localhost"))
    late = {"when": {"event": "truedy.call.ended"}, "then": {"delivery": "never"}}
    with control.world(scenario("https://app.example.com/hooks", rules=[late])) as world:
        received: list[Any] = []
        world.webhooks.to(received.append)
        client(world).post("/calls", json=CALL).raise_for_status()
        assert len(received) == 3
    assert _fired(application) == {"cald": 3, "truedy": 1}


def _everything(application: Application) -> int:
    """Send a request to each operation of each provider, in worlds of their own and with statuses of many kinds."""
    sent = 0
    for number, name in enumerate(PROVIDERS):
        rules = [{"when": {"path": "/teapot"}, "times": 1, "then": {"status": status}} for status in range(200, 300)]
        scenario = {"open": True, "rules": [{**rule, "name": f"rule {status}"} for status, rule in enumerate(rules)]}
        assert _send(application, "PUT", f"/_simulator/worlds/w{number}", {"scenario": scenario}).status == 201
        operations = [(operation.method, operation.path) for operation in load(name).operations.values()]
        unknown = [(method, "/teapot") for method in ("GET", "PURGE", "x" * 1000) for _ in range(40)]
        for method, path in [*operations, *unknown]:
            _send(application, method, f"/w/w{number}/{name}{path}")
        sent += 1 + len(operations) + len(unknown)
    for operation in load("_simulator").operations.values():
        if operation.method == "GET":
            _send(application, "GET", f"/_simulator{operation.path}")
            sent += 1
    return sent


def test_there_are_at_most_200_series(application: Application) -> None:
    """However many operations, statuses, methods and worlds there are: the rest is one series, and none is lost."""
    sent = _everything(application)
    text = _text(application)
    families = _read(text)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert sent > 500
    assert MAX_SERIES * 0.9 < len(samples) <= MAX_SERIES == 200
    counts = _counts(families)
    assert sum(counts.values()) == sent
    assert sum(_counts(families, otel_metric_overflow="true").values()) > 300
    assert 0 < len(_counts(families, provider="_simulator")) < len(counts) / 2
    assert _read(_text(application))[DURATION].samples[0].labels == families[DURATION].samples[0].labels


def test_more_providers_than_there_is_room_for(application: Application) -> None:
    """Their rules are counted in one series."""
    for number in range(30):
        application.worlds.rules_fired[f'mine "{number}"\\\n'] += number
    samples = _read(_text(application))["simulator_rules_fired"].samples
    assert len(samples) == 9
    assert samples[1].labels == {"provider": 'mine "1"\\\n'}
    assert (samples[-1].labels, sum(one.value for one in samples)) == ({"otel_metric_overflow": "true"}, sum(range(30)))


def test_metrics_are_off_unless_asked_for() -> None:
    """The error says how to turn them on; nothing is counted."""
    application = Application(built_in_registry())
    answer = _send(application, "GET", "/_simulator/metrics")
    assert answer.status == 404
    assert "--metrics or SIMULATOR_METRICS=on" in json.loads(answer.body)["detail"]


def test_the_token_guards_them() -> None:
    """As it does every control route but health."""
    app = create_app(metrics=True, admin_token="s3cret")  # noqa: S106  (of this test)
    with TestClient(app) as http:
        assert http.get("/_simulator/metrics").status_code == 401
        answer = http.get("/_simulator/metrics", headers={"Authorization": "Bearer s3cret"})
    assert (answer.status_code, answer.headers["Content-Type"], answer.text.endswith("\n# EOF\n")) == (200, MEDIA, True)


@pytest.mark.parametrize(("value", "status"), [("on", 200), (" TRUE", 200), ("0", 404), ("", 404)])
def test_the_environment_of_an_asgi_server(value: str, status: int) -> None:
    """The variable of `simulator serve`."""
    with TestClient(create_app_from_environment({"SIMULATOR_METRICS": value})) as http:
        assert http.get("/_simulator/metrics").status_code == status
        assert http.head("/_simulator/metrics").content == b""


def test_a_faulty_variable_of_an_asgi_server() -> None:
    """It is no reason to serve without metrics."""
    with pytest.raises(ValueError, match="SIMULATOR_METRICS: 'maybe' is not a valid switch, expected one of 1, true"):
        create_app_from_environment({"SIMULATOR_METRICS": "maybe"})


@pytest.mark.parametrize("given", [["--metrics"], []])
def test_the_option_of_serve(serve: Callable[..., Serving], given: list[str]) -> None:
    """Or its variable; with an access log, its dropped lines are counted too."""
    server = serve("--port", "0", *given, **({} if given else {"SIMULATOR_METRICS": "1"}))
    with httpx.Client() as http:
        http.get(f"{server.url}{AGENTS}", headers={"Authorization": KEY}).raise_for_status()
        families = _read(http.get(f"{server.url}/_simulator/metrics").text)
    assert _counts(families)["cald", "cald.list_agents", "200"] == 1
    assert families["simulator_log_dropped"].samples[0].value == 0
    assert server.stop()[0] == 0
