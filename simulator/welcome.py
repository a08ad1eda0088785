"""What a newcomer sees first: where each provider answers, a key that works, one command to paste."""

from __future__ import annotations

from simulator.catalog import Catalog
from simulator.curl import curl
from simulator.version import VERSION


def welcome(catalog: Catalog, url: str) -> str:
    """One screen of text; `url` is the base URL of this server."""
    parts = [f"provider-simulator {VERSION} answers at {url}"]
    for bound in catalog.providers.values():
        base_url = f"{url}/{bound.name}{bound.spec.base_path}"
        operation = bound.spec.operations[bound.provider.welcome]
        parts.append(f"{bound.spec.title}  {base_url}\n{curl(bound.spec, operation, base_url, bound.provider.keys[0])}")
    parts.append(
        f"Steer it: {url}/_simulator/worlds   Its own API: {url}/_simulator/specs/_simulator\n"
        "More: simulator list (operations, errors, scenarios), simulator --help"
    )
    return "\n\n".join(parts) + "\n"
