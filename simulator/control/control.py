"""How a control request is answered: guarded, parsed by the spec, performed, and checked like a provider's."""

from __future__ import annotations

import hmac
import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from msgspec import structs

from simulator.control import acts, clock, gates, inbound, ledger, outbox, requests, rules, saved, server, worlds
from simulator.control.allowed_hosts import AllowedHosts, shown
from simulator.control.api import NAME, ControlCall, ControlContext, Deferred
from simulator.control.errors import Errors, render
from simulator.control.violations import in_words
from simulator.engine.encoding import encode, encode_bug
from simulator.engine.interruptions import is_from_outside
from simulator.http import Request, Response
from simulator.openapi import contract, spec
from simulator.openapi.contract import Input, Matched, summarize
from simulator.openapi.evidence import Evidence
from simulator.openapi.json_body import decode_leniently
from simulator.openapi.operation import Operation
from simulator.openapi.spec import Spec
from simulator.openapi.unknown_fields import unknown_fields
from simulator.provider import NO_BODY, Problem, Reply
from simulator.registry import data_folder
from simulator.store.work import weigh

YAML_BYTES, BYTES = 8, 32  # of a body that are a unit of work to read
log = logging.getLogger("simulator")

MODULES = (server, worlds, saved, clock, rules, gates, requests, ledger, outbox, inbound, acts)
HANDLERS = {handler.__name__: handler for module in MODULES for handler in module.OPERATIONS}


@cache
def load_spec() -> Spec:
    """Return the spec of the control API, which is compiled when its first request comes.

    Raises:
        BrokenFile: its head cannot be read, or its operations are not those of the code.
    """
    loaded = spec.load_lazily(data_folder("specs") / f"{NAME}.yaml")
    check_handlers(loaded)
    return loaded


def check_handlers(control_spec: Spec) -> None:
    """Compare the operations of the spec with those of the code.

    Raises:
        BrokenFile: they are not the same set.
    """
    for name, place in control_spec.places.items():
        if name not in HANDLERS:
            control_spec.add_fault(("paths", *place), f"operation {name!r} has no handler in the control API")
    for name in sorted(HANDLERS.keys() - control_spec.places.keys()):
        control_spec.add_fault(("paths",), f"the control API has a handler for {name!r}, which is not an operation of the spec")
    control_spec.raise_faults()


class Control:
    """The control API of one application."""

    def __init__(self, context: ControlContext, token: str, allowed_hosts: AllowedHosts) -> None:
        """Guard the operations with the admin `token`, or, if it is empty, against hosts that are not allowed."""
        self.spec = context.spec
        self._context = context
        self._token = token
        self._allowed_hosts = allowed_hosts
        self._ids = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """Answer a control request."""
        request_id = f"control-{next(self._ids)}"
        operation: Operation | None = None
        try:
            try:
                self._guard_host(request)
                if request.method == "OPTIONS":
                    reply = self._options(request)
                else:
                    # RFC 9110, 9.3.2: HEAD is answered as GET; the server leaves out the body.
                    method = "GET" if request.method == "HEAD" else request.method
                    matched = self._match(request, method)
                    operation = matched.operation
                    self._guard(request, operation)
                    reply = self._perform(request, matched)
            except Problem as problem:
                reply = render(problem)
                reply.body = self._context.mask.keys(reply.body)
            evidence: Evidence = "documented"
            if operation is not None:
                headers, body = [reply.headers], reply.body
                contract.verify(operation, reply.status, headers, reply.media, body, empty=body is NO_BODY)
                evidence = operation.responses[reply.status].evidence
            response = encode(reply, request_id, evidence, {})
            return structs.replace(response, after=reply.after) if isinstance(reply, Deferred) else response
        except Exception as error:
            if is_from_outside(error):
                raise
            log.exception("%s %s: the simulator broke its own spec", request.method, request.path)
            text = f"The simulator failed at {request.method} {request.path}: {type(error).__name__}: {error}"
            return encode_bug(self._context.mask.keys(text), request_id)

    def _perform(self, request: Request, matched: Matched) -> Reply:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        weigh(len(request.raw or b"") // (YAML_BYTES if media == "application/yaml" else BYTES))
        query = request.parameters
        try:
            parsed = contract.parse(matched, Input(query, request.headers, media, request.raw))
        except contract.TooLarge as error:
            raise Errors.TOO_LARGE(str(error)) from None
        except contract.Malformed as error:
            raise Errors.MALFORMED(str(error)) from None
        except contract.Invalid as error:
            unknown = _unknown(self.spec, matched.operation, request, media, query, error.body)
            violations = [in_words(violation, self.spec.broken_schema(violation)) for violation in error.violations]
            others = [one for one in violations if not unknown or one.keyword != "additionalProperties"]
            problems = [*unknown, summarize(others)] if others else unknown
            raise Errors.INVALID("; ".join(problems), violations=violations) from None
        if unknown := _unknown(self.spec, matched.operation, request, media, query, parsed.body):
            raise Errors.INVALID("; ".join(unknown))
        reply: Reply = HANDLERS[matched.operation.id](ControlCall(self._context, request, parsed.params, parsed.body, media))
        reply.status = reply.status or matched.operation.success
        return reply

    def operation_of(self, request: Request) -> str:
        """Return the operation of a request by its full name; empty if there is none."""
        route = self.spec.router.find(request.path)
        operation_id = route.operations.get("GET" if request.method == "HEAD" else request.method) if route else None
        return f"{NAME}.{operation_id}" if operation_id else ""

    def _match(self, request: Request, method: str) -> Matched:
        try:
            return contract.match(self.spec, method, request.path)
        except contract.NoRoute:
            nearest = self.spec.nearest(method, request.path)
            raise Errors.NOT_FOUND(headers=_header("X-Simulator-Nearest", ", ".join(nearest))) from None
        except contract.WrongMethod as wrong:
            allow = _allow(wrong.allow.split(", "))
            raise Errors.METHOD_NOT_ALLOWED(f"expected one of {allow}, got {shown(method)}", headers={"Allow": allow}) from None

    def _options(self, request: Request) -> Reply:
        """Return the methods of a path (RFC 9110, 9.3.7)."""
        route = self.spec.router.find(request.path)
        if route is None:
            raise Errors.NOT_FOUND()
        _guard_origin(request)
        return Reply(status=204, headers={"Allow": _allow(route.operations)})

    def _guard_host(self, request: Request) -> None:
        """Reject a `Host` that DNS rebinding could point here; an admin token is guard enough, as no web page has it."""
        host = request.headers.get("host", "")
        if not (self._token or self._allowed_hosts.allows(host)):
            raise Errors.FOREIGN_HOST(
                f"The control API cannot be addressed as {shown(host)}, so that no web page reaches it by DNS rebinding; "
                "use localhost, an address or a name without dots, or name the host with --allowed-hosts or "
                "SIMULATOR_ALLOWED_HOSTS"
            )

    def _guard(self, request: Request, operation: Operation) -> None:
        """Reject browsers, and require the admin token where one is set and the operation needs it."""
        _guard_origin(request)
        if not self._token or not operation.schemes:
            return
        key = operation.schemes[0].read(request.headers)
        if key is None:
            raise Errors.UNAUTHORIZED(headers={"WWW-Authenticate": "Bearer"})
        if not hmac.compare_digest(key.encode(), self._token.encode()):
            raise Errors.INVALID_KEY(headers={"WWW-Authenticate": "Bearer"})


def _unknown(
    control_spec: Spec, operation: Operation, request: Request, media: str, query: Mapping[str, str], body: Any
) -> list[str]:
    """Return what a request, whose body was decoded, sends that its operation does not know: a typo must not go unnoticed."""
    refused: list[str] = []
    if operation.body is None:
        sent, body = decode_leniently(request.raw), {}
        refused += [f"{operation.id} takes no body"] if isinstance(sent, dict) and sent else []
    elif media == "application/yaml" or operation.body.is_raw:
        body = {}
    unknown = [*refused, *(f"unknown: {field}" for field in unknown_fields(control_spec, operation, body, query))]
    if not query:
        return unknown
    given = Counter(name for name, _ in parse_qsl(request.query, keep_blank_values=True))
    return [*unknown, *(f"query {name}: is given several times, expected once" for name, times in given.items() if times > 1)]


def _guard_origin(request: Request) -> None:
    """Reject web pages in a browser."""
    if "origin" in request.headers:
        raise Errors.FOREIGN_ORIGIN()


def _allow(methods: Iterable[str]) -> str:
    """Return the methods of a path: those of its operations, and those that are answered without one."""
    names = {"OPTIONS", *methods}
    return ", ".join(sorted(names | {"HEAD"} if "GET" in names else names))


def _header(name: str, value: str) -> Mapping[str, str]:
    return {name: value} if value else {}
