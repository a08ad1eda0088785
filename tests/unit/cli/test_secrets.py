"""Secrets in acts, in answers of receivers, at gates and in hunts: none shows in a tool, in `simulator watch` or a story."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from simulator import Simulator
from simulator.cli.mcp_server import operations, server_of
from simulator.lab import HuntFailed
from simulator.testing.client import World
from tests.unit.cli.test_watch import watching

AGENT = "11111111-1111-4111-8111-111111111111"
PATH = "/api/public/v1"
IN_FULL = (
    *("list_worlds", "get_world"),  # the keys that the scenario names, for the client under test
    "export_world",  # a document of the whole world: another process can continue it only with all that it holds
)


class Planted:
    """Secrets, each of which is another one, and where they were put."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self._numbers = itertools.count(0xFAB00001)

    def secret(self, place: str) -> str:
        """Return a secret that has no form."""
        number = next(self._numbers)
        self.places[f"{number:x}"] = place
        return f"s3cr3t{number:x}"

    def key(self, place: str) -> str:
        """Return a key of Truedy."""
        number = next(self._numbers)
        self.places[f"{number:x}"] = place
        return f"truedy_{number:032x}"

    def found_in(self, shown: dict[str, str]) -> str:
        """Return where secrets are in texts, decoded or not."""
        return "\n".join(
            f"{planted} ({place}) in {where}: …{text[max(0, text.index(planted) - 80) : text.index(planted) + 20]}"
            for where, whole in shown.items()
            for text in (whole, unquote(whole))
            for planted, place in self.places.items()
            if planted in text
        )


@contextlib.contextmanager
def _echoing(answers: list[str]) -> Iterator[int]:
    """Run a receiver of webhooks that answers with one text after the other, and yield its port."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = answers[0] if len(answers) == 1 else answers.pop(0)
            self.send_response(500)
            self.end_headers()
            self.wfile.write(f"{answer} {dict(self.headers)} {self.path}".encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _scenario(planted: Planted, key: str, hook: str, secret: str) -> dict[str, Any]:
    timeline = [{"at": "+1h", "act": {"subscription_lapsed": {"provider": "truedy", "key": key}}}]
    headers = {"X-Auth-Token": planted.secret("header of a rule")}
    when, then = {"provider": "truedy", "path": f"{PATH}/nothing"}, {"status": 418, "headers": headers}
    numbers = [{"phone_number": "+14155550142", "outbound_agent_id": AGENT}]
    account = {"agents": [{"id": AGENT}], "numbers": numbers, "webhooks": [{"url": hook, "secret": secret}]}
    return {
        "clock": {"start": "2026-03-01T12:00:00Z", "frozen": True},
        "lifecycles": {"truedy.call": "immediate"},
        "accounts": [{"keys": [key], "truedy": account}],
        "timeline": timeline,
        "rules": [{"name": planted.key("name of a rule"), "when": when, "then": then}],
    }


def _send_everything(simulator: Simulator, world: World, planted: Planted, http: httpx.Client) -> list[str]:
    """Make calls, let the outside world act, and return what was refused."""
    call = {"agent_id": AGENT, "phone_number": "+12125550199"}
    assert (http.get("/nothing").status_code, http.post("/calls", json=call).status_code) == (418, 201)
    world.deliver()
    refused = []
    for act in (
        {"subscription_lapsed": {"provider": "truedy", "key": planted.key("key of an act")}},
        {"agent_deleted": {"provider": "truedy", "id": planted.key("id of an act")}},
        {"number_lost": {"provider": "truedy", "number": planted.secret("number of an act")}},
    ):
        answer = httpx.post(f"{simulator.url}/_simulator/worlds/{world.name}/acts", json=act)
        assert answer.status_code >= 400
        refused.append(answer.text)
    world.advance("2h")
    return refused


async def _told_by_tools(url: str, world: str) -> dict[str, str]:
    """Return what the tools of an assistant tell of a world that only read."""
    told: dict[str, str] = {}
    async with Client(server_of(url, "")) as client:

        async def call(tool: str, **arguments: str) -> str:
            result = await client.call_tool(tool, arguments)
            assert isinstance(result, CallToolResult)
            (content,) = result.content
            assert isinstance(content, TextContent)
            return content.text

        requests = json.loads(await call("list_requests", world=world))["requests"]
        deliveries = json.loads(await call("list_deliveries", world=world))["deliveries"]
        ids = {"requests": [one["id"] for one in requests], "outbox": [one["id"] for one in deliveries]}
        assert ids["requests"]
        assert ids["outbox"]
        for operation in operations():
            name = operation.tool.name
            if operation.method == "GET" and name not in IN_FULL:
                kind = operation.path.split("/")[3] if "{id}" in operation.path else ""
                for one in ids.get(kind, ["rule-1"]) if kind else [""]:
                    arguments = {"world": world, "id": one, "name": "before", "provider": "truedy"}
                    known = operation.tool.input_schema["properties"]
                    given = {key: value for key, value in arguments.items() if key in operation.tool.input_schema["required"]}
                    assert given.keys() <= known.keys()
                    told[f"{name} {one}"] = await call(name, **given)
    return told


def test_no_secret_of_the_outside_world_comes_out(simulator: Simulator) -> None:
    """Not by a tool of an assistant, which has the whole control API, nor by `simulator watch`."""
    planted = Planted()
    key, secret = planted.key("key of the account"), planted.secret("secret of a webhook")
    user, token = planted.secret("userinfo of a webhook"), planted.secret("query of a webhook")
    answers = [f"signed with {secret}", f"from {user}", f"by {token}"]
    with _echoing(answers) as port:
        hook = f"http://me:{user}@127.0.0.1:{port}/{planted.key('path of a webhook')}?token={token}"
        with simulator.world(_scenario(planted, key, hook, secret), unmatched="ignore", unknown_fields="ignore") as world:
            world.snapshot("before")
            base, own = f"{world.truedy.base_url}", {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=base, headers=own) as http, ThreadPoolExecutor(1) as pool:
                refused = _send_everything(simulator, world, planted, http)
                with world.gate("truedy.create_agent") as gate:
                    body = {
                        "name": planted.key("name of what is held"),
                        "voice_id": "x",
                        "system_prompt": planted.key("text of it"),
                    }
                    body["api_key"] = planted.secret("field of what is held")
                    more = {"X-Vapi-Secret": planted.secret("header of what is held")}
                    held = pool.submit(http.post, "/agents", params={"token": planted.secret("query")}, json=body, headers=more)
                    gate.wait(1)
                    told = asyncio.run(_told_by_tools(simulator.url, world.name))
                    with watching("--url", simulator.url, "--world", world.name) as line:
                        seen = [line() for _ in range(len(world.requests()) + 1)]
                held.result()
            document = httpx.get(f"{simulator.url}/_simulator/worlds/{world.name}/snapshot").text
    told |= {"watch": "\n".join(seen)} | {f"refusal {number}": text for number, text in enumerate(refused)}
    assert len(planted.places) >= 12
    assert planted.found_in(told) == ""
    assert [one for one in (key, secret, user, token) if one not in document] == []  # it is restored with all of them


def test_no_secret_comes_out_of_a_hunt(simulator: Simulator, tmp_path: Path) -> None:
    """Not in its story nor in what repeats it; the regression file is a whole scenario, with the keys of the client."""
    planted = Planted()
    key = f"vx_live_{planted.secret('key of the account')}"
    account = {"keys": [key], "vantax": {"sub_account_id": "sub_1"}}
    with simulator.world({"accounts": [account]}, unmatched="ignore", unknown_fields="ignore") as world:
        order = {"sub_account_id": "sub_1", "country": "US", "area_code": "415", "api_key": planted.secret("field")}
        url, query = world.vantax.base_url, {"token": planted.secret("query")}
        headers = {"Authorization": f"Bearer {key}", "X-Vapi-Secret": planted.secret("header")}
        path = f"/phone-numbers/vx_live_{planted.secret('path')}"

        def client() -> None:
            with httpx.Client(transport=world.vantax.transport, base_url=url, headers=headers) as http:
                http.get(path)
                for _ in range(2):  # it takes a broken connection for a request that never came
                    with contextlib.suppress(httpx.TransportError):
                        http.post("/phone-numbers", params=query, json=order)
                        return

        with pytest.raises(HuntFailed) as failed:
            world.hunt(client, once="vantax.purchase_phone_number", deepest=1, save_as=tmp_path / "found.yaml")
    file = (tmp_path / "found.yaml").read_text(encoding="utf-8")
    assert planted.found_in({"story": str(failed.value), "schedule": failed.value.schedule}) == ""
    assert key in file
    assert planted.found_in({"file": file.replace(key, "")}) == ""


def test_no_secret_of_what_a_client_says_comes_out_of_a_hunt(simulator: Simulator) -> None:
    """Neither of what it returns nor of what it raises, nor of what an invariant finds wrong."""
    planted = Planted()
    key, token = planted.key("key that a program was started with"), planted.secret("token that was returned")
    program, password = ["run.py", key], planted.secret("password in an error")
    with simulator.world() as world:
        headers = {"Authorization": f"Bearer {world.vantax.api_key}"}

        def client() -> dict[str, Any]:
            with httpx.Client(transport=world.vantax.transport, base_url=world.vantax.base_url, headers=headers) as http:
                if http.get("/phone-numbers?sub_account_id=sub_8a1f4c2e").status_code == 429:
                    raise subprocess.CalledProcessError(1, program)
            return {"access_token": token, "label": "shown"}

        def invariant(world: World) -> str:
            status = world.requests().last.status
            return f"the response was {status} for password={password}" if status == kinds[kind] else ""

        kinds, told = {"refused": 500, "throttled": 429}, {}
        for kind in kinds:
            with pytest.raises(HuntFailed) as failed:
                world.hunt(client, faults=[kind], invariants=[invariant])
            told[kind] = str(failed.value)
    assert planted.found_in(told) == ""
    assert "the client returned {'access_token': '…', 'label': 'shown'}" in told["refused"]
    assert "the client raised CalledProcessError: Command '['run.py', 'truedy_00000…']'" in told["throttled"]
