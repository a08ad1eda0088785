"""A provider of which there is nothing but a spec: creating and reading, beside a built-in purchase and beside Prism.

Prism serves the same spec and keeps no state; it is installed under `.peers` only where `--peers` asks for other servers.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.calls import PURCHASE, Call, posted
from bench.effort import Effort
from bench.figures import Figure, Missing, Samples, at_least, at_most
from bench.load import load
from bench.peers import PRISM
from bench.servers import Server, ask, running, simulator

CONNECTIONS = 32
KEY = {"Authorization": "Bearer a-key"}
ORDER = {"item": "Desk", "count": 2, "note": "second floor"}
CREATE = posted("/orders", ORDER, KEY)

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "https://api.orders.example"}],
    "security": [{"key": []}],
    "paths": {
        "/orders": {
            "post": {
                "operationId": "create_order",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewOrder"}}},
                },
                "responses": {
                    "201": {
                        "description": "The order",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                },
            },
        },
        "/orders/{order_id}": {
            "get": {
                "operationId": "get_order",
                "parameters": [{"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "The order",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                    "404": {"description": "There is none"},
                },
            },
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "NewOrder": {
                "type": "object",
                "required": ["item", "count"],
                "properties": {
                    "item": {"type": "string", "maxLength": 80},
                    "count": {"type": "integer", "minimum": 1},
                    "note": {"type": "string"},
                },
            },
            "Order": {
                "allOf": [
                    {"$ref": "#/components/schemas/NewOrder"},
                    {
                        "type": "object",
                        "required": ["id", "created_at"],
                        "properties": {
                            "id": {"type": "string", "readOnly": True},
                            "created_at": {"type": "string", "format": "date-time", "readOnly": True},
                        },
                    },
                ],
            },
        },
    },
}


def with_orders(folder: Path, port: int) -> Sequence[str]:
    """The simulator with a provider that is nothing but the spec."""
    return *simulator(port), "--providers", str(folder)


def prism(spec: Path, port: int) -> Sequence[str]:
    """Prism, which answers from the same spec."""
    return str(PRISM), "mock", str(spec), "--port", str(port)


def measure(effort: Effort) -> Iterator[Figure | Missing]:
    """Each server anew in each round, loaded in turn."""
    found = Samples()
    with tempfile.TemporaryDirectory() as name:
        spec = Path(name, "orders", "openapi.json")
        spec.parent.mkdir()
        spec.write_text(json.dumps(SPEC), encoding="utf-8")
        for _ in effort.turns("inferred"):
            _round(found, effort, Path(name), spec)
    for work in ("create", "read"):
        ours = found.of("ours", f"{work} cpu")
        label = f"spec-only resource, {work}: CPU µs a request, 32 connections"
        yield Figure(label, ours, found.of("purchase", f"{work} cpu"), "purchase at Vantax", at_most(1.3))
        theirs = found.of("prism", f"{work} rate")
        if theirs:
            label = f"spec-only resource, {work}: requests/s, 32 connections"
            yield Figure(label, found.of("ours", f"{work} rate"), theirs, "Prism", at_least(8))
    if not PRISM.exists():
        yield Missing("spec-only resource beside Prism", "Prism is not installed: bench/run --peers installs it")


def _round(found: Samples, effort: Effort, folder: Path, spec: Path) -> None:
    with running(partial(with_orders, folder), PURCHASE) as ours:
        create = CREATE._replace(path="/orders/orders")
        read = Call("GET", f"/orders/orders/{json.loads(ask(ours.port, create))['id']}", KEY)
        for work, call in (("create", create), ("read", read)):
            for who, one in (("ours", call), ("purchase", PURCHASE)):
                _note(found, effort, who, work, ours, one)
    if PRISM.exists():
        with running(partial(prism, spec), CREATE) as theirs:
            for work, call in (("create", CREATE), ("read", Call("GET", "/orders/order_1", KEY))):
                _note(found, effort, "prism", work, theirs, call)


def _note(found: Samples, effort: Effort, who: str, work: str, server: Server, call: Call) -> None:
    load(server, call, CONNECTIONS, effort.warm)
    got = load(server, call, CONNECTIONS, effort.seconds)
    found.note(who, f"{work} rate", got.per_second)
    found.note(who, f"{work} cpu", got.cpu_us)
