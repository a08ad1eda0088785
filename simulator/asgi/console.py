"""The pages for people: front page and static files, on Starlette."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import unquote

from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from simulator.application import Application
from simulator.asgi.adapter import request_of
from simulator.http.request import Request
from simulator.quickstart import TITLE, QuickstartContext, further, providers, text, trust

STATIC = "/_simulator/static"
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src data:"  # the front page runs no script

_HERE = Path(__file__).parent
_PATHS = re.compile(rf"/(w/[^/]+/?)?|{STATIC}/.+")


class Console:
    """Routes of the pages; requests that address none of them belong to the simulated traffic."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._page = Template((_HERE / "templates" / "front.html").read_text(encoding="utf-8"))
        routes = [
            Route("/", self._front),
            Route("/w/{world:path}", self._front),
            Mount(STATIC, StaticFiles(directory=_HERE / "static")),
        ]
        self._router = Router(routes, redirect_slashes=False)

    def serves(self, request: Request) -> bool:
        """Return whether a request is for a page; every other one belongs to the simulated traffic."""
        if request.method not in ("GET", "HEAD") or not _PATHS.fullmatch(request.path):
            return False
        return request.path.startswith(STATIC) or self._application.front_page(request) is not None

    async def __call__(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a page."""
        path = scope.get("root_path", "") + unquote(request.path)  # of a target in absolute form, only the path
        await self._router({**scope, "path": path}, receive, send)

    async def _front(self, http_request: HttpRequest) -> Response:
        """Return the front page of a world: HTML for browsers, text for everyone else."""
        request = request_of(http_request.scope)
        context = _context(self._application, request)
        headers = {"Vary": "Accept", "Content-Security-Policy": CONTENT_SECURITY_POLICY}
        html = "text/html" in request.headers.get("accept", "")
        content = self._html(context, request.root_path) if html else text(context)
        response = (HTMLResponse if html else PlainTextResponse)(content, headers=headers)
        if request.method == "HEAD":
            response.body = b""  # Content-Length remains that of GET
        return response

    def _html(self, context: QuickstartContext, root_path: str) -> str:
        parts = [f"<p>(scenario {escape(context.scenario.name)}) answers at <code>{escape(context.base)}</code>"]
        for title, base_url, command in providers(context):
            parts.append(f"<h2>{escape(title)} <code>{escape(base_url)}</code></h2>\n<pre>{escape(command)}</pre>")
        parts += [f"<p>{escape(paragraph)}" for paragraph in trust(context)]
        links = [f"<dt>{title}<dd>{_linked(addresses)}" for title, addresses in further(context).items()]
        style = escape(f"{root_path}{STATIC}/console.css")
        return self._page.substitute(title=TITLE, style=style, body="\n".join(parts), further="\n".join(links))


def _context(application: Application, request: Request) -> QuickstartContext:
    world = application.front_page(request)
    if world is None:
        raise LookupError(f"no front page at {request.path}")
    return QuickstartContext(application.registry, request.origin, world.scenario, world.name)


def _linked(addresses: str) -> str:
    if "://" not in addresses:
        return f"<code>{escape(addresses)}</code>"
    return " ".join(f'<a href="{escape(address)}">{escape(address)}</a>' for address in addresses.split())
