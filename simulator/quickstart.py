"""The first steps: the base URL of each provider, a valid key, and one curl command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from simulator.engine.worlds import DEFAULT
from simulator.openapi.curl import curl
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider
from simulator.registry import VERSION, Registry
from simulator.scenario.model import Scenario

TITLE = f"provider-simulator {VERSION}"


class QuickstartContext(NamedTuple):
    """A server, and the world of it that is shown."""

    registry: Registry
    url: str
    scenario: Scenario
    world: str = DEFAULT
    console: bool = True  # whether there is one
    ca: str = ""  # the file of the CA that a client has to trust; empty: not known here

    @property
    def base(self) -> str:
        """The base URL of the world."""
        return self.url if self.world == DEFAULT else f"{self.url}/w/{self.world}"


class ProviderQuickstart(NamedTuple):
    """One provider: its name, its base URL, and a command to paste."""

    title: str
    base_url: str
    command: str


def text(context: QuickstartContext, note: str = "") -> str:
    """Return one screen for a terminal; `note` ends the first line."""
    parts = [f"{TITLE} (scenario {context.scenario.name}) answers at {context.base}{note}"]
    parts += [f"{title}  {base_url}\n{command}" for title, base_url, command in providers(context)]
    parts += trust(context)
    links = further(context)
    width = max(map(len, links))
    parts.append("\n".join(f"{title:{width}}  {addresses}" for title, addresses in links.items()))
    return "\n\n".join(parts) + "\n"


def providers(context: QuickstartContext) -> Iterator[ProviderQuickstart]:
    """Yield the providers in the order of the registry."""
    for bound in context.registry.providers.values():
        base_url = f"{context.base}/{bound.name}{bound.spec.base_path}"
        operation = bound.spec.example(bound.provider.example_operation)
        key = _key(bound, operation, context.scenario)
        command = curl(bound.spec, operation, base_url, key) if key else "(the scenario has no key for it)"
        yield ProviderQuickstart(bound.spec.title, base_url, command)


def _key(bound: BoundProvider, operation: Operation, scenario: Scenario) -> str:
    """Return a key of the world that authorizes the operation; empty if there is none."""
    keys = [*scenario.keys(bound.name), *(bound.provider.keys if scenario.open else ())]
    return next((key for key in keys if any(scheme.pattern.fullmatch(key) for scheme in operation.schemes)), "")


def trust(context: QuickstartContext) -> Iterator[str]:
    """Yield how a client trusts the CA of an HTTPS server; nothing for plain HTTP."""
    if not context.url.startswith("https:"):
        return
    if context.ca:
        file = shlex.quote(str(Path(context.ca).absolute()))
        how = f":\nexport SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file} NODE_EXTRA_CA_CERTS={file}"
    else:
        how = ", which --write-ca FILE writes (SIMULATOR_WRITE_CA); or pass -k to curl."
    hosts = ", ".join(context.registry.hosts)
    yield (
        f"With TLS it also serves {hosts}\n"
        "to clients that resolve these names to it, or have it as HTTPS_PROXY (by http, not https),\n"
        f"and trust its CA{how}"
    )


def further(context: QuickstartContext) -> dict[str, str]:
    """Return further addresses and commands, by title."""
    control = f"{context.url}/_simulator"
    console = {"Console": f"{control}/", "API docs": f"{control}/docs"} if context.console else {}
    return {
        **console,
        "Explore": f"{control}/providers  {control}/scenarios",
        "Request log": f"{control}/worlds/{context.world}/requests",
        "Control API": f"{control}/worlds  {control}/specs/_simulator",
        "In a terminal": "simulator list, simulator explain REQUEST, simulator --help",
    }
