"""aiohttp: connections to a provider lead to the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from simulator.engine.addressing import ADDRESSED_HOST
from simulator.testing.intercept.active import Destination, RequestStopped, current
from simulator.testing.intercept.http_client import WORLD
from simulator.testing.intercept.patches import Patches


class SimulatorConnector(aiohttp.BaseConnector):
    """Opens connections to the simulator, whatever the host; none is kept."""

    def __init__(self, destination: Destination) -> None:
        super().__init__(force_close=True)
        self._destination = destination

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> ResponseHandler:
        host, port, tls = self._destination
        try:
            _, protocol = await asyncio.get_running_loop().create_connection(self._factory, host, port, ssl=tls)
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        return protocol


def install(patches: Patches) -> None:
    """Patch the connectors of every kind."""
    patches.replace(aiohttp.BaseConnector, "connect", _connect)


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    async def connect(self: aiohttp.BaseConnector, req: Any, *rest: Any, **more: Any) -> Any:
        world, url = current(), req.url
        if world is None or isinstance(self, SimulatorConnector):
            return await original(self, req, *rest, **more)
        request = f"{req.method} {url.with_query(None)}"
        try:
            addressed = world.addressed(url.raw_host, url.port, request)
            if addressed is None:
                return await original(self, req, *rest, **more)
            connector = SimulatorConnector(world.destination(request))
        except RequestStopped as stopped:
            raise aiohttp.ClientConnectorError(req.connection_key, stopped) from stopped
        req.headers[WORLD] = world.name
        if addressed:
            req.headers[ADDRESSED_HOST] = addressed
        return await connector.connect(req, *rest, **more)

    return connect
