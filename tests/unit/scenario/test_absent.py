"""Rules for requests that lack a header, a query parameter or a field of the body."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.testing.client import ControlError, World
from tests.lab.shop import http
from tests.providers.test_inferred_styles import STYLES
from tests.unit.steering import AGENTS, Steered

BASE = "/v1"
BUY = "vantax.purchase_phone_number"
LIST = "vantax.list_phone_numbers"
CREATE = "demo.create_agent"
SUB = {"sub_account_id": "sub_8a1f4c2e"}
BODY = {**SUB, "country": "US", "area_code": "415"}
TEAPOT = {"status": 418}
LACKING = {**SUB, "country": "US", "number_pattern": "+1415555****"}
KEYED = {"Idempotency-Key": "purchase-1"}


@pytest.fixture
def shop(simulator: Simulator) -> Iterator[World]:
    """Return a world that takes any key."""
    with simulator.world({"open": True}) as world:
        yield world


@pytest.fixture(params=["in process", "over HTTP"])
def vantax(shop: World, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Return a client of Vantax."""
    client = http(shop, "vantax")
    if request.param == "over HTTP":
        address = shop.providers["vantax"]
        headers = {"Authorization": f"Bearer {address.keys[0]}"}
        client = httpx.Client(base_url=address.base_url, headers=headers, timeout=5)
    with client:
        yield client


def purchase(client: httpx.Client, body: Mapping[str, Any] = BODY, headers: Mapping[str, str] | None = None) -> int:
    """Buy a number and return the status."""
    return client.post("/phone-numbers", json=body, headers=headers).status_code


def test_a_purchase_without_an_idempotency_key_meets_the_fault(shop: World, vantax: httpx.Client) -> None:
    """One with the key does not, in whatever case its name is written; an empty value is one."""
    rule = shop.rule(when={"operation": BUY, "absent": {"headers": ["Idempotency-Key"]}}, then={"status": 503})
    assert purchase(vantax) == 503
    assert purchase(vantax, headers=KEYED) == 201
    assert purchase(vantax, headers={"IDEMPOTENCY-key": "purchase-2"}) == 201
    assert rule.count == 1


@pytest.mark.parametrize("name", ["x-trace", "X-TRACE"])
def test_an_empty_header_is_not_absent(shop: World, vantax: httpx.Client, name: str) -> None:
    """The case of its name does not matter in the rule, either."""
    shop.rule(when={"operation": LIST, "absent": {"headers": [name]}}, then=TEAPOT, times=1)
    assert vantax.get("/phone-numbers", params=SUB, headers={"X-Trace": ""}).status_code == 200
    assert vantax.get("/phone-numbers", params=SUB).status_code == 418


def test_a_list_without_a_parameter(shop: World, vantax: httpx.Client) -> None:
    """The rule looks at the query as it came, not at the default of the parameter."""
    rule = shop.rule(when={"operation": LIST, "absent": {"query": ["limit", "starting_after"]}}, then=TEAPOT)
    assert vantax.get("/phone-numbers", params={**SUB, "limit": "20"}).status_code == 200
    assert vantax.get("/phone-numbers", params=SUB).status_code == 418
    assert rule.count == 1


def test_a_query_parameter_without_a_value_is_not_absent(steered: Steered) -> None:
    """`?page=` and `?page` send it."""
    steered.rule(TEAPOT, {"provider": "demo", "method": "GET", "absent": {"query": ["page"]}})
    assert [steered.demo("GET", AGENTS + query).status_code for query in ("?page=", "?page", "?pages=1", "")] == [
        200,
        200,
        418,
        418,
    ]


def test_a_body_without_a_field(shop: World, vantax: httpx.Client) -> None:
    """What the operation fills in for it does not count."""
    rule = shop.rule(when={"operation": BUY, "absent": {"body": ["area_code"]}}, then=TEAPOT)
    assert purchase(vantax, BODY) == 201
    assert purchase(vantax, LACKING) == 418
    assert rule.count == 1


# the fields that a rule expects to be absent, a body, and whether the rule fires
BODIES: list[tuple[list[str], Any, bool]] = [
    (["greeting"], {"name": "A"}, True),
    (["greeting"], {"name": "A", "greeting": None}, False),
    (["greeting"], {"name": "A", "greeting": ""}, False),
    (["webhook.url"], {"name": "A"}, True),
    (["webhook.url"], {"webhook": {"enable": False}}, True),
    (["webhook.url"], {"webhook": {"enable": False, "url": "https://x.example"}}, False),
    (["webhook.url"], {"webhook": None}, True),
    (["webhook"], {"webhook": {}}, False),
    (["name", "greeting"], {"name": "A"}, False),
    (["name", "greeting"], {}, True),
    (["name"], ["name"], True),
]


@pytest.mark.parametrize(("fields", "body", "fires"), BODIES)
def test_null_is_not_absent(steered: Steered, fields: list[str], body: Any, fires: bool) -> None:
    """A field within one that is absent, or that is no object, is absent. No operation of the spec refuses the bodies first."""
    rule = steered.rule(TEAPOT, {"provider": "demo", "path": f"{BASE}/nothing", "absent": {"body": fields}})
    assert (steered.demo("POST", "/nothing", body).status_code == 418) == fires
    assert steered.rules()[rule] == (int(fires), int(fires))


def test_a_request_without_a_body_has_no_fields(steered: Steered) -> None:
    """It matches rules for a whole provider."""
    steered.rule(TEAPOT, {"provider": "demo", "absent": {"body": ["name"]}})
    assert steered.demo("GET", AGENTS).status_code == 418
    assert steered.demo("POST", AGENTS, {"name": "A"}).status_code != 418


def test_forms_with_files(shop: World) -> None:
    """A field of a form that is not sent is absent, also if it has a default."""
    shop.rule(when={"operation": "truedy.import_contacts", "absent": {"body": ["overwrite_existing"]}}, then=TEAPOT)
    files = {"file": ("contacts.csv", b"phone_number\n+14155550142\n", "text/csv")}
    with http(shop, "truedy") as truedy:
        assert truedy.post("/contacts/import", files=files, data={"overwrite_existing": "false"}).status_code != 418
        assert truedy.post("/contacts/import", files=files).status_code == 418


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Return a simulator with a provider whose bodies are forms."""
    folder = tmp_path_factory.mktemp("providers")
    (folder / "stripe").mkdir()
    shutil.copy(STYLES / "stripe.yaml", folder / "stripe" / "openapi.yaml")
    with Simulator(providers_folder=folder) as simulator:
        yield simulator


@pytest.fixture
def payments(stripe: Simulator) -> Iterator[tuple[World, httpx.Client]]:
    """Return a world and a client of Stripe."""
    with stripe.world() as world:
        address = world.providers["stripe"]
        with httpx.Client(transport=address.transport, base_url=address.base_url, auth=("sk_test", "")) as client:
            yield world, client


def test_forms(payments: tuple[World, httpx.Client]) -> None:
    """`address[city]` is the field `city` of `address`; the explanation reads the form as the rule did."""
    world, client = payments
    rule = world.rule(when={"operation": "stripe.PostCustomers", "absent": {"body": ["email", "address.city"]}}, then=TEAPOT)
    bodies = [{"email": ""}, {"address[city]": "Rome"}, {"address[line1]": "1 Road"}]
    assert [client.post("/v1/customers", data=body).status_code for body in bodies] == [200, 200, 418]
    first, second, _ = world.requests()
    assert "the body field email is '', the rule expects it to be absent" in " ".join(story(world, first.id))
    assert "the body field address.city is 'Rome', the rule expects it to be absent" in " ".join(story(world, second.id))
    assert rule.count == 1


def story(world: World, request: str) -> list[str]:
    """Return the story of a request."""
    lines: list[str] = world.explain(request)["story"]
    return lines


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"headers": ["X-Trace"]}, "the header X-Trace is 'abc', the rule expects it to be absent"),
        ({"query": ["limit"]}, "the query parameter limit is '20', the rule expects it to be absent"),
    ],
)
def test_the_story_says_what_was_not_absent(shop: World, vantax: httpx.Client, when: dict[str, Any], why: str) -> None:
    """In the explanation of the request, and as the nearest miss of the rule."""
    rule = shop.rule(when={"operation": LIST, "absent": when}, then=TEAPOT, name="lacking")
    vantax.get("/phone-numbers", params={**SUB, "limit": "20"}, headers={"X-Trace": "abc"})
    assert why in " ".join(story(shop, shop.requests()[0].id))
    assert shop.explain_rule(rule)["nearest"]["why"] == why
    rule.remove()


def test_the_story_says_what_null_was(shop: World, vantax: httpx.Client) -> None:
    """A field that is null is there; and what another condition expects of a field that is missing is said as before."""
    rule = shop.rule(when={"operation": BUY, "absent": {"body": ["area_code"]}}, then=TEAPOT)
    other = shop.rule(when={"operation": BUY, "headers": {"X-Trace": "1"}}, then=TEAPOT)
    purchase(vantax, BODY)
    why = "the body field area_code is '415', the rule expects it to be absent"
    assert shop.explain_rule(rule)["nearest"]["why"] == why
    assert shop.explain_rule(other)["nearest"]["why"] == "the header X-Trace is None, the rule expects '1'"
    rule.remove()
    other.remove()


def test_gates_order_by_what_is_absent(shop: World) -> None:
    """The request without a key goes first."""
    order = [{"absent": {"headers": ["Idempotency-Key"]}}]
    rule = shop.rule(when={"operation": BUY}, then={"hold": {"until": 2, "order": order}}, name="gate")
    with http(shop, "vantax") as client, ThreadPoolExecutor() as pool:
        keyed = pool.submit(purchase, client, BODY, KEYED)
        plain = pool.submit(purchase, client, BODY)
        assert (keyed.result(), plain.result()) == (201, 201)
    assert ["idempotency-key" in one.headers for one in shop.requests()] == [False, True]
    assert rule.count == 2


def test_saved_and_restored(shop: World, vantax: httpx.Client, simulator: Simulator, tmp_path: Path) -> None:
    """A snapshot keeps the rule with its counts; so does a world that is moved."""
    when = {"operation": BUY, "absent": {"headers": ["Idempotency-Key"], "body": ["area_code"]}}
    shop.rule(when=when, then=TEAPOT, times=2)
    shop.snapshot("before")
    assert [purchase(vantax, LACKING) for _ in range(3)] == [418, 418, 201]
    shop.restore("before")
    assert [purchase(vantax, body) for body in (BODY, LACKING)] == [201, 418]
    assert shop.rules()[0]["rule"]["when"] == when
    shop.save(tmp_path / "world.json")
    with simulator.world(load=tmp_path / "world.json") as other:
        assert other.rules()[0]["rule"]["when"] == when
        with http(other, "vantax") as client:
            assert [purchase(client, LACKING) for _ in range(2)] == [418, 201]


def test_in_a_scenario(steer: Callable[..., Steered]) -> None:
    """Beside other conditions, of which all must hold, and in a stage of a timeline."""
    when = {"operation": "demo.list_agents", "headers": {"X-Client": "a"}, "absent": {"headers": ["X-Trace"]}}
    steered = steer({"rules": [{"when": when, "then": TEAPOT}]})
    sent = [{}, {"X-Client": "a", "X-Trace": "1"}, {"X-Client": "a"}]
    assert [steered.demo("GET", AGENTS, headers=headers).status_code for headers in sent] == [200, 200, 418]
    stage = {"from": "+0s", "when": {"provider": "demo", "absent": {"headers": ["X-Trace"]}}, "then": TEAPOT}
    steered = steer({"timeline": [stage]})
    assert [steered.demo("GET", AGENTS, headers=headers).status_code for headers in ({"X-Trace": "1"}, {})] == [200, 418]


def test_events_without_a_field(simulator: Simulator) -> None:
    """The payload of a webhook may lack a field; headers and the query are those of requests."""
    with simulator.world({"open": True}) as world:
        then = {"delivery": "never"}
        world.rule(when={"event": "truedy.*", "absent": {"body": ["data.call.transcript"]}}, then=then)
        for part in ("headers", "query"):
            with pytest.raises(ControlError, match=f"rule/when/absent/{part}: is for requests; a rule with when.event"):
                world.rule(when={"event": "truedy.*", "absent": {part: ["X"]}}, then=then)
        with pytest.raises(ControlError, match=r"when\.body expects a value of event, so it is never absent"):
            world.rule(when={"event": "truedy.*", "body": {"event": "x"}, "absent": {"body": ["event"]}}, then=then)
        world.remove_rules()
