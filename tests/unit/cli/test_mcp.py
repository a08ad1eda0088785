"""`simulator mcp`: the tools are the operations of the control API, and call a running server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

from simulator import Simulator
from simulator.cli import mcp_server
from simulator.cli.mcp_server import operations, server_of
from simulator.control.control import load_spec
from tests.unit.command import COMMAND, ROOT, environment_of, run

WAIT = 30  # seconds for what takes a fraction of one
KEY = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
LOST: dict[str, Any] = {
    "when": {"operation": "cartesia.phone_numbers_provision"},
    "then": {"error": "QUOTA_EXCEEDED"},
    "name": "full",
}


def text_of(result: Any) -> str:
    """The text of a result."""
    assert isinstance(result, CallToolResult)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_there_is_a_tool_for_each_operation() -> None:
    """With a description and a schema that stands alone; only reading is marked as such. Metrics are for programs."""
    tools = {operation.tool.name: operation for operation in operations()}
    assert tools.keys() == load_spec().operations.keys() - {"get_metrics"}
    for operation in tools.values():
        schema = operation.tool.input_schema
        jsonschema_rs.Draft202012Validator(schema)
        assert "$ref" not in json.dumps(schema)
        assert operation.tool.description
        assert operation.tool.annotations is not None
        assert operation.tool.annotations.read_only_hint is (operation.method == "GET")
    assert set(tools["add_rule"].tool.input_schema["required"]) == {"then", "world"}
    assert {"scenario", "seed", "strict", "world"} <= tools["put_world"].tool.input_schema["properties"].keys()


def test_an_assistant_makes_a_world_and_breaks_it(simulator: Simulator) -> None:
    """A world, a rule, the log with a filter, an explanation, and errors that say what to do."""

    async def converse() -> None:
        async with Client(server_of(simulator.url, "")) as client:

            async def call(tool: str, **arguments: Any) -> str:
                return text_of(await client.call_tool(tool, arguments))

            made = json.loads(await call("put_world", world="mcp", scenario={"open": True}, seed=3))
            assert made["seed"] == 3
            assert json.loads(await call("add_rule", world="mcp", **LOST))["name"] == "full"
            cartesia = simulator.client.call("GET", "/worlds/mcp")["providers"]["cartesia"]
            assert cartesia["base_url"] == made["providers"]["cartesia"]["base_url"]
            assert json.loads(await call("list_requests", world="mcp", matched=False))["requests"] == []
            assert json.loads(await call("set_clock", world="mcp", advance="30s", freeze=True))["frozen"] is True
            assert "no request 'req-0'" in await call("explain_request", world="mcp", id="req-0")
            assert "rules that never fired: 1, first 'full'" in await call("delete_world", world="mcp", only_if_clean=True)
            assert await call("delete_world", world="mcp") == "done"
            missing = await client.call_tool("get_world", {"world": "mcp"})
            assert isinstance(missing, CallToolResult)
            assert missing.is_error
            assert text_of(missing).startswith(f"{simulator.url}: no world 'mcp'")
            assert await call("get_world") == "get_world needs the argument 'world'"
            assert await call("add_rule", world="mcp") == "add_rule needs the argument 'then'"
            assert await call("get_world", wrld="mcp") == "get_world has no argument 'wrld'; did you mean world?"
            assert "no tool 'get_worlds'; did you mean list_worlds?" in await call("get_worlds")

    asyncio.run(converse())


def test_an_assistant_decides_which_of_two_requests_comes_first(simulator: Simulator) -> None:
    """It makes a gate, sees what waits there, and releases it in an order of its own."""

    async def converse() -> None:
        async with Client(server_of(simulator.url, "")) as client, httpx.AsyncClient(timeout=WAIT) as buyers:

            async def call(tool: str, **arguments: Any) -> Any:
                return json.loads(text_of(await client.call_tool(tool, arguments)))

            await call("put_world", world="race", scenario={"open": True})
            gate = await call("add_rule", world="race", when=LOST["when"], then={"hold": "until-released"})
            url = f"{simulator.url}/w/race/cartesia/agents/phone-numbers/provision"
            tasks = [asyncio.create_task(buyers.post(url, json={"label": label}, headers=KEY)) for label in "AB"]
            waiting: list[Any] = []
            while len(waiting) < 2:
                await asyncio.sleep(0.02)
                waiting = (await call("list_gates", world="race"))["gates"][0]["waiting"]
            held = {request["body"]["label"]: request["id"] for request in waiting}
            released = await call("release_gate", world="race", id=gate["id"], requests=[held["B"], held["A"]])
            assert [one["id"] for one in released["released"]] == [held["B"], held["A"]]
            responses = await asyncio.gather(*tasks)
            assert {response.headers["X-Simulator-Request"] for response in responses} == set(held.values())
            simulator.client.call("DELETE", "/worlds/race")

    asyncio.run(asyncio.wait_for(converse(), WAIT))


def test_it_stays_small() -> None:
    """The tools are made of the spec: what must be said of one is said there."""
    files = [Path(mcp_server.__file__), Path(mcp_server.__file__).with_name("mcp.py")]
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 150


def test_an_address_that_is_none_ends_it_at_once() -> None:
    """An assistant shows that its server did not start; it would not show what each call returns."""
    ended = run("mcp", "--url", "localhost:8080")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "'localhost:8080' is not a base URL, expected one like http://127.0.0.1:8080" in ended.stderr


def test_on_stdin_and_stdout(simulator: Simulator) -> None:
    """As an assistant starts it; a server that is not there is named."""

    async def converse(url: str) -> tuple[int, str]:
        command = StdioServerParameters(
            command=COMMAND[0], args=[*COMMAND[3:], "mcp", "--url", url], env=environment_of(), cwd=ROOT
        )
        async with Client(stdio_client(command)) as client:
            return len((await client.list_tools()).tools), text_of(await client.call_tool("health", {}))

    tools, health = asyncio.run(converse(simulator.url))
    assert (tools, json.loads(health)["status"]) == (len(load_spec().operations) - 1, "ok")


def test_no_server() -> None:
    """The error of a tool names the URL that was tried."""

    async def converse() -> str:
        async with Client(server_of("http://127.0.0.1:9", "")) as client:
            return text_of(await client.call_tool("health", {}))

    assert asyncio.run(converse()).startswith("no simulator answers at http://127.0.0.1:9: ")


def test_without_the_library(tmp_path: Any) -> None:
    """It is an extra; the error says how to install it."""
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'mcp'\")\n", encoding="utf-8")
    ended = run("mcp", PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "this needs the library mcp (No module named 'mcp'): pip install 'provider-simulator[mcp]'" in ended.stderr
