"""The pages for people: front page, console and static files, on Starlette."""

from __future__ import annotations

import ipaddress
import re
from html import escape
from pathlib import Path
from string import Template
from typing import Literal
from urllib.parse import unquote, urlsplit

from msgspec import structs
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from simulator.application import Application
from simulator.asgi.adapter import Adapter, dated, request_of
from simulator.asgi.events import METHODS as EVENT_METHODS
from simulator.asgi.events import PATH as EVENTS
from simulator.asgi.events import Events, EventStream
from simulator.engine.addressing import ADDRESSED_HOST
from simulator.http.request import Request
from simulator.quickstart import TITLE, QuickstartContext, further, providers, text, trust

CONTROL = "/_simulator"
STATIC = f"{CONTROL}/static"
DOCS = f"{CONTROL}/docs"  # the page; below it the viewer, which no other page loads
ICON = "/favicon.ico"  # browsers request it of every server
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; img-src data:"  # the front page runs no script
CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {"Content-Security-Policy": CONSOLE_POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}

Mode = Literal["on", "read-only", "off"]
MODES: tuple[Mode, ...] = ("on", "read-only", "off")

_HERE = Path(__file__).parent
_PAGES = re.compile(rf"/(w/[^/]+/?)?|{ICON}")


class Console:
    """Routes of the pages; requests that address none of them belong to the simulated traffic or to the control API.

    The control API refuses every request with an `Origin`. From the console's own page the header is removed first, so that the
    console may do what its user may do with curl, with the same token; no other page gains anything.
    """

    def __init__(self, application: Application, adapter: Adapter, mode: Mode = "on") -> None:
        self._application, self._adapter, self._mode = application, adapter, mode
        self._front_page = _template("front.html")
        self._pages = {f"{CONTROL}/": _template("console.html"), DOCS: _template("docs.html")}
        self._events = Events(application)
        routes = [
            Route("/", self._front),
            Route(ICON, _icon),
            Route("/w/{world:path}", self._front),
            Mount(STATIC, StaticFiles(directory=_HERE / "static")),
        ]
        if mode != "off":
            routes += [Route(CONTROL, _redirect), *(Route(path, self._page) for path in self._pages)]
            routes.append(Mount(DOCS, StaticFiles(directory=_HERE / "viewer")))
        self._pages_app = ExceptionMiddleware(Router(routes, redirect_slashes=False))  # a file that does not exist gets 404

    def serves(self, request: Request) -> bool:
        """Return whether a request is not for the simulated traffic or the control API alone."""
        path = request.path
        if ADDRESSED_HOST in request.headers:  # Every path of that host is the provider's.
            return False
        if path.startswith(CONTROL):
            if not self._application.admits_host(request):  # The control API refuses it.
                return False
            return self._is_page(request) or "origin" in request.headers
        if request.method not in ("GET", "HEAD") or not _PAGES.fullmatch(path):
            return False
        if path == ICON:
            return not self._application.is_for_a_host(request)
        return self._application.front_page(request) is not None

    def _is_page(self, request: Request) -> bool:
        path, method = request.path, request.method
        if EVENTS.fullmatch(path):
            return method in EVENT_METHODS
        if method not in ("GET", "HEAD"):
            return False
        if path.startswith(f"{STATIC}/"):
            return True
        # Redirect only browsers; a client of the control API gets a 404 with the nearest routes.
        wants_page = path in self._pages or path.startswith(f"{DOCS}/")
        wants_page = wants_page or (path == CONTROL and "text/html" in request.headers.get("accept", ""))
        return wants_page and self._mode != "off"

    async def __call__(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that `serves` accepts."""
        request = self._admitted(request)
        if not request.path.startswith(CONTROL) or self._is_page(request):
            if EVENTS.fullmatch(request.path):
                await self._follow(request, scope, receive, send)
                return
            path = scope.get("root_path", "") + unquote(request.path)  # of a target in absolute form, only the path
            await self._pages_app({**scope, "path": path}, receive, dated(scope, send))
            return
        await self._adapter.simulate(request, scope, receive, send)

    async def _follow(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        stream = await self._events.open(request)
        if isinstance(stream, EventStream):
            await stream(scope, receive, dated(scope, send))
        else:
            await self._adapter.respond(stream, scope, receive, send)

    def _admitted(self, request: Request) -> Request:
        """Return a request of the console's own page without its Origin, every other one as it is."""
        origin = request.headers.get("origin")
        if origin is None or self._mode != "on" or not self._is_own(origin, request.headers.get("host", "")):
            return request
        headers = {name: value for name, value in request.headers.items() if name != "origin"}
        return structs.replace(request, headers=headers)

    def _is_own(self, origin: str, host: str) -> bool:
        """Return whether a page of this origin comes from this server.

        A name that an attacker's DNS server resolves to this machine makes a foreign page look like ours. Addresses and
        `localhost` cannot be such a name, and with an admin token that page lacks the token.
        """
        if origin.partition("://")[2] != host:
            return False
        return self._application.is_guarded or _is_local(host)

    def _front(self, http_request: HttpRequest) -> Response:
        """Return the front page of a world: HTML for browsers, text for everyone else."""
        request = request_of(http_request.scope)
        context = self._context(request)
        headers = {"Vary": "Accept", "Content-Security-Policy": CONTENT_SECURITY_POLICY}
        html = "text/html" in request.headers.get("accept", "")
        content = self._html(context, request.root_path) if html else text(context)
        response = (HTMLResponse if html else PlainTextResponse)(content, headers=headers)
        if request.method == "HEAD":
            response.body = b""  # Content-Length remains that of GET
        return response

    def _context(self, request: Request) -> QuickstartContext:
        world = self._application.front_page(request)
        if world is None:
            raise LookupError(f"no front page at {request.path}")
        has_console = self._mode != "off"
        return QuickstartContext(self._application.registry, request.origin, world.scenario, world.name, has_console)

    def _html(self, context: QuickstartContext, root_path: str) -> str:
        lead = f"<p>(scenario {escape(context.scenario.name)}) answers at <code>{escape(context.base)}</code>"
        parts = []
        for title, base_url, command in providers(context):
            parts.append(f"<h2>{escape(title)} <code>{escape(base_url)}</code></h2>\n<pre>{escape(command)}</pre>")
        parts += [f"<p>{escape(paragraph)}" for paragraph in trust(context)]
        links = [f"<dt>{title}<dd>{_linked(addresses)}" for title, addresses in further(context).items()]
        style = escape(f"{root_path}{STATIC}/console.css")
        body, more = "\n".join(parts), "\n".join(links)
        return self._front_page.substitute(title=TITLE, style=style, lead=lead, body=body, further=more)

    def _page(self, http_request: HttpRequest) -> Response:
        """Return the console or the API docs; their addresses are relative, so they work wherever the simulator is mounted."""
        template = self._pages[request_of(http_request.scope).path]
        response = HTMLResponse(template.substitute(title=TITLE, mode=self._mode), headers=PAGE_HEADERS)
        if http_request.method == "HEAD":
            response.body = b""
        return response


def _template(name: str) -> Template:
    return Template((_HERE / "templates" / name).read_text(encoding="utf-8"))


def _redirect(request: HttpRequest) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{CONTROL}/", 308)


def _icon(request: HttpRequest) -> Response:
    """Answer that there is no icon beside the one that the pages contain."""
    return Response(status_code=204, headers={"Cache-Control": "max-age=86400"})


def _is_local(host: str) -> bool:
    """Return whether a Host header holds an address or `localhost`, which no DNS server can take over."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _linked(addresses: str) -> str:
    if "://" not in addresses:
        return f"<code>{escape(addresses)}</code>"
    return " ".join(f'<a href="{escape(address)}">{escape(address)}</a>' for address in addresses.split())
