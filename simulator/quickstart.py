"""What a newcomer sees first: where each provider answers, a key that works, one command to paste; as text, or as a page."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from simulator.engine.worlds import DEFAULT
from simulator.openapi.curl import curl
from simulator.provider.bound import BoundProvider
from simulator.registry import VERSION, Registry
from simulator.scenario.model import Scenario

TITLE = f"provider-simulator {VERSION}"


class Visit(NamedTuple):
    """What a newcomer came to: a server, and which of its worlds."""

    registry: Registry
    url: str
    scenario: Scenario
    world: str = DEFAULT
    ca: str = ""  # the file of the CA that a client has to trust; empty: it is not known here

    @property
    def base(self) -> str:
        """Where the world is."""
        return self.url if self.world == DEFAULT else f"{self.url}/w/{self.world}"


def text(visit: Visit) -> str:
    """One screen for a terminal."""
    parts = [f"{TITLE} answers at {visit.base}"]
    parts += [f"{name}  {base_url}\n{command}" for name, base_url, command in _providers(visit)]
    parts += _trust(visit)
    further = _further(visit)
    width = max(map(len, further))
    parts.append("\n".join(f"{what:{width}}  {where}" for what, where in further.items()))
    return "\n\n".join(parts) + "\n"


def page(visit: Visit) -> str:
    """The same for a browser."""
    parts = [f"<p>answers at <code>{_escaped(visit.base)}</code>"]
    for name, base_url, command in _providers(visit):
        parts.append(f"<h2>{_escaped(name)} <code>{_escaped(base_url)}</code></h2>\n<pre>{_escaped(command)}</pre>")
    parts += [f"<p>{_escaped(each)}" for each in _trust(visit)]
    further = [f"<dt>{what}<dd>{_linked(where)}" for what, where in _further(visit).items()]
    return PAGE.format(title=TITLE, body="\n".join(parts), further="\n".join(further))


def _providers(visit: Visit) -> Iterator[tuple[str, str, str]]:
    """Each provider's name, where it answers, and a command to paste."""
    for bound in visit.registry.providers.values():
        base_url = f"{visit.base}/{bound.name}{bound.spec.base_path}"
        operation = bound.spec.operations[bound.provider.example_operation]
        key = _key(bound, visit.scenario)
        yield bound.spec.title, base_url, curl(bound.spec, operation, base_url, key) if key else "(its scenario has no key)"


def _key(bound: BoundProvider, scenario: Scenario) -> str:
    """A key of the world that may do what the command does."""
    schemes = bound.spec.operations[bound.provider.example_operation].schemes
    keys = [*scenario.keys(bound.name), *(bound.provider.keys if scenario.open else ())]
    return next((key for key in keys if any(scheme.pattern.fullmatch(key) for scheme in schemes)), "")


def _trust(visit: Visit) -> Iterator[str]:
    """What a client of an HTTPS server must know."""
    if not visit.url.startswith("https:"):
        return
    if visit.ca:
        file = shlex.quote(str(Path(visit.ca).absolute()))
        how = f":\nexport SSL_CERT_FILE={file} REQUESTS_CA_BUNDLE={file} NODE_EXTRA_CA_CERTS={file}"
    else:
        how = ", which --write-ca FILE writes (SIMULATOR_WRITE_CA); curl does without it if told -k."
    hosts = ", ".join(visit.registry.hosts)
    yield f"It speaks for {hosts}\nto clients that find it under these names and trust its CA{how}"


def _further(visit: Visit) -> dict[str, str]:
    control = f"{visit.url}/_simulator"
    return {
        "What there is": f"{control}/providers  {control}/scenarios",
        "What was asked": f"{control}/worlds/{visit.world}/requests",
        "Steer it": f"{control}/worlds  {control}/specs/_simulator",
        "In a terminal": "simulator list, simulator explain REQUEST, simulator --help",
    }


def _linked(where: str) -> str:
    if "://" not in where:
        return f"<code>{_escaped(where)}</code>"
    return " ".join(f'<a href="{_escaped(each)}">{_escaped(each)}</a>' for each in where.split())


def _escaped(text: str) -> str:
    from html import escape  # noqa: PLC0415  (all entities of HTML come with it; most servers are never visited)

    return escape(text)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
  body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
  h1 {{ font-size: 1.5rem; margin: 0 }}
  h2 {{ font-size: 1rem; margin: 1.75rem 0 .25rem }}
  h2 code {{ font-weight: normal; margin-left: .5rem; opacity: .75 }}
  code, pre {{ font: .875rem/1.5 ui-monospace, monospace }}
  pre {{ margin: 0; padding: .75rem 1rem; overflow-x: auto; border-radius: .375rem; background: #8882 }}
  p, dd {{ margin: 0; overflow-wrap: anywhere; white-space: pre-line }}
  dl {{ margin: 2rem 0; display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem }}
</style>
<h1>{title}</h1>
{body}
<dl>
{further}
</dl>
</html>
"""
