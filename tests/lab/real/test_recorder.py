"""The recorder: what it passes on and what not, the file that it writes, and what is left if it is killed."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from simulator.asgi.main import SimulatorApp
from simulator.asgi.proxy import ReverseProxy
from simulator.engine import ledger
from simulator.lab.comparison import compare
from simulator.lab.traffic import har
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import SAFE, Purse
from tests.lab.real.har_schema import HAR
from tests.lab.real.recordings import PLENTY, REGISTRY, Bridge, Upstreams, compared, everything, examples, record, request
from tests.providers.shop import served

BUY = ("vantax", "POST", "/v1/phone-numbers", {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"})
LIST = ("vantax", "GET", "/v1/phone-numbers?sub_account_id=sub_8a1f4c2e")
VALID = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)


class Counting:
    """A provider that counts what reaches it, and answers with a status."""

    def __init__(self, status: int = 200) -> None:
        self.requests: list[str] = []
        self.status = status

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        self.requests.append(f"{scope['method']} {scope['path']}")
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})


def entries(file: Path) -> list[dict[str, Any]]:
    """Return the entries of a file, which must be valid."""
    document = json.loads(file.read_text(encoding="utf-8"))
    assert [error.message for error in VALID.iter_errors(document)] == []
    found: list[dict[str, Any]] = document["log"]["entries"]
    return found


def test_the_file_is_valid(tmp_path: Path) -> None:
    """Over all operations of all providers: JSON, forms, audio, refusals, paths that nobody knows."""
    upstreams, file = Upstreams(), tmp_path / "traffic.har"
    steps = [one for bound in REGISTRY.providers.values() for one in everything(bound)]
    steps += [
        request("chirp", "GET", "/v1/nowhere/at/all"),
        request("truedy", "GET", "/api/public/v1/agents", Authorization="Bearer x"),
    ]
    responses = record(file, upstreams.app, upstreams.world("examples"), steps)
    assert [entry["response"]["status"] for entry in entries(file)] == [response.status_code for response in responses]


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
    assert entries(file) == []
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
                bought = [entry for entry in ledger.entries(world, providers) if entry.kind != "release"]
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
    assert "does not fit the spec of send_sms, so nobody knows what it costs" in responses[1].text


def test_what_nobody_knows_the_price_of(tmp_path: Path) -> None:
    """Such as a campaign, is sent only with a price of the user's."""
    counting = Counting(200)
    campaign = request("cald", "POST", "/client/api/v1/campaigns", {"name": "Spring", "listId": "l", "agentId": "a"})
    (refused,) = record(tmp_path / "a.har", counting, "http://real", [campaign], purse=Purse(PLENTY))
    assert "nobody knows what it costs (call); say so with --cost cald.create_campaign=USD" in refused.text
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
    assert re.search(r"nobody knows what it costs; say so with --cost shop\.\w+=USD, 0 if it costs nothing", refused.text)
    assert "Rex" not in (tmp_path / "a.har").read_text(encoding="utf-8")
    comparison = compare(har.read(tmp_path / "a.har"), registry, registry.scenario("default"))
    assert [verdict.kind for verdict in comparison.verdicts] == ["matched", "matched"], [*comparison.lines()]


def test_only_named_providers_are_reached(tmp_path: Path) -> None:
    """Another provider, another host, or no provider at all is refused, and nothing is sent."""
    counting = Counting()
    steps = [
        request("chirp", "GET", "/v1/sms"),
        httpx.Request("GET", "http://recorder/"),
        httpx.Request("GET", "http://recorder/_simulator/worlds"),
        httpx.Request("GET", "http://recorder/x", headers={"host": "api.buildwithchirp.com"}),
        httpx.Request("GET", "http://recorder/v1/agents?sub_account_id=s", headers={"host": "api.vantaxai.com"}),
    ]
    responses = record(tmp_path / "a.har", counting, "http://real", steps, providers=["vantax"])
    assert [response.status_code for response in responses] == [404, 404, 404, 404, 200]
    assert "no --upstream is named for '/chirp/v1/sms', expected a path below /vantax/v1" in responses[0].text
    assert counting.requests == ["GET /vantax/v1/agents"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", "https://api.vantaxai.com/v1/agents"),
        ("https://api.vantaxai.com", "https://api.vantaxai.com/v1/agents"),
        ("https://api.vantaxai.com/v1/", "https://api.vantaxai.com/v1/agents"),
        ("http://gateway:8080/vantax/v1", "http://gateway:8080/vantax/v1/agents"),
        ("http://gateway/w/a/vantax", "http://gateway/w/a/vantax/v1/agents"),
    ],
)
def test_a_base_url_may_have_the_path_of_the_provider(url: str, expected: str) -> None:
    """With or without it, and behind a prefix."""
    upstream = Upstream.of(REGISTRY.providers["vantax"], url)
    assert f"{upstream.origin}{upstream.prefix}/v1/agents" == expected


@pytest.mark.parametrize("url", ["api.vantaxai.com", "ftp://x", "https://", "https://user:pw@x", "https://x?y"])
def test_what_is_no_base_url(url: str) -> None:
    """The error shows one."""
    with pytest.raises(ValueError, match=r"expected one like https://api\.vantaxai\.com/v1"):
        Upstream.of(REGISTRY.providers["vantax"], url)


Transport = Callable[[httpx.Request], Any]


class Stub(httpx.AsyncBaseTransport):
    """An upstream in the hands of a test."""

    def __init__(self, answer: Transport) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        answer = self._answer(request)
        return answer if isinstance(answer, httpx.Response) else await answer


@contextlib.asynccontextmanager
async def client_of(file: Path, answer: Transport) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a recorder in front of a stub."""
    with contextlib.closing(har.HarFile(file)) as opened:
        upstreams = {name: Upstream("https://real") for name in REGISTRY.providers}
        proxy = ReverseProxy(Recorder(REGISTRY.providers, upstreams, opened, Purse(PLENTY)), Stub(answer))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(proxy), base_url="http://recorder") as client:
            yield client


def test_the_file_is_whole_while_a_request_is_on_its_way(tmp_path: Path) -> None:
    """It has the request before that is sent, the head of the response before its body, and is valid at each moment."""
    file, seen = tmp_path / "a.har", list[list[dict[str, Any]]]()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"success": true, '
        seen.append(entries(file))
        yield b'"data": []}'

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(entries(file))
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body())

    async def main() -> None:
        async with client_of(file, answer) as client:
            await client.send(request(*LIST))

    asyncio.run(main())
    (sent,), (headed,), (whole,) = seen[0], seen[1], entries(file)
    assert (sent["response"]["status"], sent["_error"]) == (0, "recording ended before the response")
    assert (headed["response"]["status"], headed["_error"]) == (200, "recording ended before the end of the response")
    assert json.loads(whole["response"]["content"]["text"]) == {"success": True, "data": []}
    assert "_error" not in whole


def test_requests_at_the_same_time(tmp_path: Path) -> None:
    """Those that are finished stay, in whatever order they end, and those that are not are there too."""
    file = tmp_path / "a.har"

    async def main() -> None:
        gates = [asyncio.Event() for _ in range(5)]
        begun = asyncio.Queue[int]()

        async def answer(request: httpx.Request) -> httpx.Response:
            number = int(request.url.params["limit"])
            begun.put_nowait(number)
            await gates[number].wait()
            raw = json.dumps({"success": True, "pagination": {"limit": number}}).encode()
            return httpx.Response(200, headers={"content-type": "application/json"}, stream=httpx.ByteStream(raw))

        async with client_of(file, answer) as client:
            tasks = [asyncio.create_task(client.send(request("vantax", "GET", f"{LIST[2]}&limit={n}"))) for n in range(5)]
            for _ in gates:
                await asyncio.wait_for(begun.get(), 10)
            for number in (3, 0, 4, 1, 2):
                gates[number].set()
                await asyncio.wait_for(tasks[number], 10)
                assert len(entries(file)) == 5

    asyncio.run(main())
    assert sorted(json.loads(one["response"]["content"]["text"])["pagination"]["limit"] for one in entries(file)) == [*range(5)]


def test_an_upstream_that_fails(tmp_path: Path) -> None:
    """The client gets a 502 that says so; the file says that there was no response, and compare that it proves nothing."""
    file = tmp_path / "a.har"

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to secret-host")

    async def main() -> httpx.Response:
        async with client_of(file, answer) as client:
            return await client.send(request(*BUY))

    response = asyncio.run(main())
    assert (response.status_code, "no response from real" in response.text) == (502, True)
    (entry,) = entries(file)
    assert (entry["response"]["status"], entry["_error"]) == (0, "ConnectError")
    (verdict,) = compared(file).verdicts
    assert (verdict.kind, verdict.reason) == ("could not be checked", "ConnectError")


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    """What is whole of it is read."""
    upstreams, file = Upstreams(), tmp_path / "a.har"
    record(file, SimulatorApp(upstreams.application, "off"), upstreams.world(), [request(*BUY), request(*LIST)])
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.rindex(b'"response"')])
    assert [exchange.method for exchange in har.read(file)] == ["POST"]
    for text in (b"", b"[]", b"not json", b'{"log": {}}'):
        file.write_bytes(text)
        with pytest.raises(har.Unreadable, match=r"is not a HAR file, expected a JSON object with log\.entries"):
            har.read(file)


def test_a_body_that_is_compressed(tmp_path: Path) -> None:
    """The client gets it as it came, and the file has it decoded."""
    file, raw = tmp_path / "a.har", gzip.compress(b'{"success": true}')

    def answer(request: httpx.Request) -> httpx.Response:
        assert "accept-encoding" not in request.headers
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(raw))

    async def main() -> httpx.Response:
        async with client_of(file, answer) as client:
            return await client.send(request(*LIST))

    assert asyncio.run(main()).json() == {"success": True}
    assert json.loads(entries(file)[0]["response"]["content"]["text"]) == {"success": True}
    assert datetime.fromisoformat(entries(file)[0]["startedDateTime"]) <= datetime.now(UTC)
