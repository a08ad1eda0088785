"""Requests that cost money: none is sent without leave, and never more than the cap allows."""

from __future__ import annotations

import asyncio
import contextlib
import re
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from simulator.asgi.main import SimulatorApp
from simulator.asgi.proxy import ReverseProxy
from simulator.engine import ledger
from simulator.lab.comparison import compare
from simulator.lab.traffic import har
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import SAFE, Purse
from tests.lab.real.recordings import BUY, PLENTY, REGISTRY, Bridge, Counting, Upstreams, examples, record, request
from tests.providers.shop import served


@pytest.mark.parametrize("provider", sorted(REGISTRY.providers))
def test_nothing_that_costs_money_is_sent(tmp_path: Path, provider: str) -> None:
    """Without leave: neither what the specs have a price for, nor a write to a path that they do not know."""
    bound, counting, file = REGISTRY.providers[provider], Counting(), tmp_path / "traffic.har"
    costly = [operation for operation in bound.spec.operations.values() if operation.cost]
    unknown = [httpx.Request(method, f"http://recorder/{provider}/nowhere") for method in ("POST", "PUT", "DELETE", "PATCH")]
    steps = [*(one for operation in costly for one in examples(bound, operation)), *unknown]
    responses = record(file, counting, "http://real", steps, purse=Purse())
    assert {response.status_code for response in responses} == {403}
    assert counting.requests == []
    assert har.read(file) == []
    assert len(costly) > 2


def test_every_operation_that_the_ledger_knows_has_a_cost() -> None:
    """What a request to it adds to the ledger of a simulated account, with a price or not, costs money at the real one."""
    upstreams = Upstreams()
    for name, bound in REGISTRY.providers.items():
        for operation in bound.spec.operations.values():
            if operation.simulated and operation.method not in SAFE and operation.cost is None:
                address = upstreams.world("examples")
                world = upstreams.application.worlds.peek(address.rpartition("/")[2])
                assert world is not None
                record_of(upstreams, address, name, [*examples(bound, operation)])
                providers = {one: other.provider for one, other in REGISTRY.providers.items()}
                bought = [entry for entry in ledger.Ledger(world, providers).newest(100) if entry.kind != "release"]
                assert bought == [], f"{name}.{operation.id}"


def record_of(upstreams: Upstreams, address: str, name: str, steps: list[httpx.Request]) -> None:
    """Send requests straight to a world."""

    async def send() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(upstreams.app), base_url=address) as client:
            for step in steps:
                path = step.url.raw_path.decode()
                sent = await client.request(step.method, f"{address}{path}", headers=step.headers, content=step.read())
                assert sent.status_code < 500

    asyncio.run(send())


def test_the_cap_holds(tmp_path: Path) -> None:
    """As estimated by the specs; what the provider refuses is not counted, and what failed is."""
    counting, said = Counting(201), list[str]()
    purse = Purse(Decimal(2))
    responses = record(tmp_path / "a.har", counting, "http://real", [request(*BUY)] * 3, purse=purse, say=said.append)
    assert [response.status_code for response in responses] == [201, 201, 403]
    assert "it costs about 1.00 USD (purchase), and 2.00 of 2.00 USD are spent; raise --cap" in responses[-1].text
    assert len(counting.requests) == 2
    assert said[0] == "POST   201  vantax.purchase_phone_number  (1.00 of 2.00 USD)"
    for status, passed in ((422, 3), (500, 2)):
        answers = Counting(status)
        record(tmp_path / f"{status}.har", answers, "http://real", [request(*BUY)] * 3, purse=Purse(Decimal(2)))
        assert len(answers.requests) == passed


def test_what_is_paid_for_one_by_one(tmp_path: Path) -> None:
    """Messages by their recipients, as far as the body can be read."""
    counting, purse = Counting(201), Purse(Decimal("0.10"))
    sms = {"from": "+14155550177", "to": ["+14155550123"] * 3, "text": "Hello"}
    steps = [request("chirp", "POST", "/v1/sms", sms), request("chirp", "POST", "/v1/sms", {**sms, "to": "everybody"})]
    responses = record(tmp_path / "a.har", counting, "http://real", [*steps, steps[0]], purse=purse)
    assert [response.status_code for response in responses] == [201, 403, 403]
    assert purse.spent == Decimal("0.09")
    assert "does not fit the spec of send_sms, so its cost is unknown" in responses[1].text


def test_what_nobody_knows_the_price_of(tmp_path: Path) -> None:
    """Such as a campaign, is sent only with a price of the user's."""
    counting = Counting(200)
    campaign = request("cald", "POST", "/client/api/v1/campaigns", {"name": "Spring", "listId": "l", "agentId": "a"})
    (refused,) = record(tmp_path / "a.har", counting, "http://real", [campaign], purse=Purse(PLENTY))
    assert "its cost is unknown (call); state it with --cost cald.create_campaign=USD" in refused.text
    purse = Purse(Decimal(5), {"cald.create_campaign": Decimal(5)})
    responses = record(tmp_path / "b.har", counting, "http://real", [campaign, campaign], purse=purse)
    assert [response.status_code for response in responses] == [200, 403]


def test_a_provider_of_the_users_own(tmp_path: Path) -> None:
    """Its spec names no costs, so every write may cost money, until the user says that it does not; its traffic is compared."""
    application = served(tmp_path)
    registry, app = application.registry, SimulatorApp(application, "off")
    upstreams, prices = (
        {"shop": Upstream.of(registry.providers["shop"], "http://simulator/shop/v1")},
        {"shop.createPet": Decimal(0)},
    )
    with contextlib.closing(har.HarFile(tmp_path / "a.har")) as opened:
        recorder = Recorder(registry.providers, upstreams, opened, Purse(PLENTY, prices))
        proxy = ReverseProxy(recorder, httpx.ASGITransport(app))
        with httpx.Client(transport=Bridge(proxy), base_url="http://recorder/shop/v1", params={"api_key": "demo"}) as client:
            made = client.post("/pets", json={"name": "Rex", "age": 3})
            shown, refused = client.get(f"/pets/{made.json()['id']}"), client.delete(f"/pets/{made.json()['id']}")
    assert [response.status_code for response in (made, shown, refused)] == [201, 200, 403]
    assert re.search(r"its cost is unknown; state it with --cost shop\.\w+=USD, 0 if it costs nothing", refused.text)
    assert "Rex" not in (tmp_path / "a.har").read_text(encoding="utf-8")
    comparison = compare(har.read(tmp_path / "a.har"), registry, registry.scenario("default"))
    assert [verdict.kind for verdict in comparison.verdicts] == ["matched", "matched"], [*comparison.lines()]
