"""The recorder: what it passes on and what not, the file that it writes, and what is left if it is killed."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from simulator.asgi.main import SimulatorApp
from simulator.asgi.proxy import ReverseProxy
from simulator.lab.traffic import har
from simulator.lab.traffic.recorder import Recorder, Upstream
from simulator.lab.traffic.spending import Purse
from tests.lab.real.har_schema import HAR
from tests.lab.real.recordings import BUY, LIST, PLENTY, REGISTRY, Counting, Upstreams, compared, everything, record, request

VALID = jsonschema_rs.Draft202012Validator(HAR, validate_formats=True)


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


def test_redirects_are_for_the_client(tmp_path: Path) -> None:
    """The recorder does not follow them, as they may lead to another host."""
    seen = list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"location": "https://elsewhere/secret"}, stream=httpx.ByteStream(b""))

    async def main() -> httpx.Response:
        async with client_of(tmp_path / "a.har", answer) as client:
            return await client.send(request(*LIST))

    response = asyncio.run(main())
    assert (response.status_code, response.headers["location"]) == (302, "https://elsewhere/secret")
    assert seen == ["https://real/v1/phone-numbers?sub_account_id=sub_8a1f4c2e"]
    assert "elsewhere" not in (tmp_path / "a.har").read_text(encoding="utf-8")


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
