"""The tools of `simulator mcp`, made of the spec of the control API: one for each operation."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from functools import reduce
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import anyio
import click
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations

from simulator.cli.calling import explained_errors
from simulator.control.control import load_spec
from simulator.documents import nearest, suggestion
from simulator.openapi.head import METHODS
from simulator.openapi.pointers import steps_of
from simulator.registry import VERSION
from simulator.testing.client import Client, Http

Json = dict[str, Any]


class Operation(NamedTuple):
    """An operation of the control API, and the tool that it is."""

    method: str
    path: str
    query: tuple[str, ...]
    tool: Tool

    def call(self, url: str, token: str, arguments: Json) -> Json:
        """Send the request, and return the body of the response; a ClickException says what was wrong and what to do."""
        self._check(arguments)
        texts = {name: json.dumps(value) if isinstance(value, bool) else value for name, value in arguments.items()}
        query = {name: texts[name] for name in self.query if name in texts}
        path = self.path.format_map({name: quote(str(value), safe="") for name, value in arguments.items()})
        body = {name: value for name, value in arguments.items() if name not in query and f"{{{name}}}" not in self.path}
        with explained_errors(url), contextlib.closing(Client(Http(url, token))) as client:
            return client.call(self.method, f"{path}?{urlencode(query)}" if query else path, body or None)

    def _check(self, arguments: Json) -> None:
        """Raise a ClickException that names an unknown or a missing argument; the control API checks their values."""
        schema = self.tool.input_schema
        for name in () if schema["additionalProperties"] else arguments.keys() - schema["properties"].keys():
            raise click.ClickException(f"{self.tool.name} has no argument {name!r}{suggestion(name, schema['properties'])}")
        if missing := [name for name in schema["required"] if name not in arguments]:
            raise click.ClickException(f"{self.tool.name} needs the argument {' and '.join(map(repr, missing))}")


def operations() -> Iterator[Operation]:
    """Yield the operations in the order of the spec; metrics, the only text, are for a program that collects them."""
    document = load_spec().content
    for path, item in document["paths"].items():
        for method, operation in ((method, item[method]) for method in METHODS if method in item):
            if operation["operationId"] == "get_metrics":
                continue
            parameters = [_resolved(document, one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
            description = "\n\n".join(filter(None, (operation["summary"], operation.get("description"))))
            hints = ToolAnnotations(read_only_hint=method == "get", destructive_hint=method == "delete", open_world_hint=False)
            schema = _input_schema(document, operation, parameters)
            tool = Tool(name=operation["operationId"], description=description, input_schema=schema, annotations=hints)
            yield Operation(method.upper(), path, tuple(one["name"] for one in parameters if one["in"] == "query"), tool)


def _input_schema(document: Json, operation: Json, parameters: list[Any]) -> Json:
    """Return the schema of the arguments: parameters, and the members of the body."""
    content = _resolved(document, operation.get("requestBody", {})).get("content", {})
    body = content.get("application/json", {}).get("schema", {})
    described = {one["name"]: {"description": one.get("description", ""), **one["schema"]} for one in parameters}
    required = sorted({*(one["name"] for one in parameters if one.get("required")), *body.get("required", ())})
    properties = {**body.get("properties", {}), **described}
    others = bool(body.get("additionalProperties", False))  # a rule has more members than the spec lists
    return {"type": "object", "properties": properties, "additionalProperties": others, "required": required}


def _resolved(document: Any, node: Any) -> Any:
    """Return a part of the document without references, which a schema that stands alone must not have."""
    if isinstance(node, list):
        return [_resolved(document, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolved(document, reduce(lambda part, step: part[step], steps_of(node["$ref"]), document))
    return {name: _resolved(document, member) for name, member in node.items()}


def server_of(url: str, token: str) -> Server[Any]:
    """Return the MCP server for a simulator at a URL."""
    known = {operation.tool.name: operation for operation in operations()}

    async def list_tools(context: Any, parameters: Any) -> ListToolsResult:
        return ListToolsResult(tools=[operation.tool for operation in known.values()])

    async def call_tool(context: Any, parameters: CallToolRequestParams) -> CallToolResult:
        operation = known.get(parameters.name)
        try:
            if operation is None:
                raise click.ClickException(f"no tool {parameters.name!r}{nearest(parameters.name, known, 'the list of tools')}")
            answer = await anyio.to_thread.run_sync(operation.call, url, token, parameters.arguments or {})
            text, failed = json.dumps(answer, ensure_ascii=False) if answer else "done", False
        except click.ClickException as error:
            text, failed = error.message, True
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=failed)

    handlers: Json = {"on_list_tools": list_tools, "on_call_tool": call_tool}
    return Server("provider-simulator", version=VERSION, instructions=load_spec().content["info"]["description"], **handlers)


def run(url: str, token: str) -> None:
    """Serve on stdin and stdout until the assistant closes them; a ClickException says that this is not a base URL."""
    with explained_errors(url):
        Client(Http(url, token)).close()

    async def serve() -> None:
        server = server_of(url, token)
        async with stdio_server() as (received, sent):
            await server.run(received, sent, server.create_initialization_options())

    anyio.run(serve)
