"""The recorder: decides which requests go to a real provider, and writes what may be kept of them to a HAR file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from simulator.asgi.proxy import Refused
from simulator.http.request import Request
from simulator.lab.traffic import har
from simulator.lab.traffic.knowledge import Knowledge
from simulator.lab.traffic.pseudonyms import Pseudonyms
from simulator.lab.traffic.redaction import FILE, RecordedBody, Redactor
from simulator.lab.traffic.spending import NotAllowed, Price, Purse
from simulator.openapi.contract import Input, Invalid, Malformed, Matched, NoRoute, TooLarge, WrongMethod, match, parse
from simulator.openapi.form_body import FORM, URL_ENCODED
from simulator.openapi.operation import Operation
from simulator.provider.bound import BoundProvider

Say = Callable[[str], None]


class Upstream(NamedTuple):
    """The target of requests to a provider: an origin, and the prefix of the provider's paths."""

    origin: str
    prefix: str = ""

    @classmethod
    def of(cls, bound: BoundProvider, url: str = "") -> Upstream:
        """Return the upstream of a base URL, with or without the path of the provider's own; by default the real one.

        Raises:
            ValueError: it is not a base URL.
        """
        if not url:
            return cls(f"https://{bound.spec.host}")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError(f"{url!r} is not a base URL, expected one like https://{bound.spec.host}{bound.spec.base_path}")
        path = parts.path.rstrip("/")
        return cls(
            f"{parts.scheme}://{parts.netloc}", path.removesuffix(bound.spec.base_path) if bound.spec.base_path else path
        )


class Recorder:
    """Admits the requests to the providers that have an upstream, and records them."""

    def __init__(
        self,
        providers: Mapping[str, BoundProvider],
        upstreams: Mapping[str, Upstream],
        file: har.HarFile,
        purse: Purse,
        *,
        keep: Iterable[str] = (),
        say: Say = lambda line: None,
    ) -> None:
        """Record what goes to `upstreams`; the values of the fields `keep` are not masked."""
        self._bound = {name: providers[name] for name in upstreams}
        self._upstreams, self._file, self._purse, self._say = upstreams, file, purse, say
        knowledge = {name: Knowledge(bound) for name, bound in self._bound.items()}
        pseudonyms = Pseudonyms({prefix for known in knowledge.values() for prefix in known.prefixes})
        self._redactors = {name: Redactor(known, pseudonyms, frozenset(keep)) for name, known in knowledge.items()}
        self._hosts = {host: name for name, bound in self._bound.items() for host in bound.spec.hosts}
        self.recorded = self.refused = 0

    def admit(self, request: Request) -> Recording:
        """Return the recording of a request, which has begun in the file.

        Raises:
            Refused: it goes to no upstream that was named, or may cost money.
        """
        name, path = self._addressed(request)
        bound = self._bound[name]
        try:
            matched = match(bound.spec, request.method, path)
        except (NoRoute, WrongMethod):
            matched = None
        given = _input(request)
        try:
            price = self._purse.take(bound, matched, request.method, given)
        except NotAllowed as reason:
            self.refused += 1
            shown = f"{name}.{matched.operation.id}" if matched else f"{request.method} of an unknown path of {name}"
            self._say(f"not sent: {shown}: {reason}")
            raise Refused(403, f"{shown}: {reason}") from None
        upstream = self._upstreams[name]
        url = f"{upstream.origin}{upstream.prefix}{path}{'?' if request.query else ''}{request.query}"
        self.recorded += 1
        entry = self._entry(bound, self._redactors[name], matched, request, path)
        return Recording(self, url, self._redactors[name], matched.operation if matched else None, entry, price)

    def _addressed(self, request: Request) -> tuple[str, str]:
        """Return the provider that a request is for, and the provider's own path."""
        host = request.headers.get("host", "").partition(":")[0].rstrip(".").lower()
        if host in self._hosts:
            return self._hosts[host], request.path
        name, slash, rest = request.path[1:].partition("/")
        if name not in self._bound:
            named = ", ".join(f"/{known}{bound.spec.base_path}" for known, bound in self._bound.items())
            raise Refused(404, f"no --upstream is named for {request.path[:100]!r}, expected a path below {named}")
        return name, slash + rest or "/"

    def _entry(
        self, bound: BoundProvider, redactor: Redactor, matched: Matched | None, request: Request, path: str
    ) -> dict[str, Any]:
        """Return the entry of a request without its response."""
        operation = matched.operation if matched else None
        query = redactor.query(operation, request.query)
        masked_path = redactor.path(matched, path)
        url = f"https://{bound.spec.host}{masked_path}{'?' if query else ''}{query}"
        headers = redactor.request_headers(operation, request.headers.items())
        pairs = [(name, text) for name, _, text in (pair.partition("=") for pair in query.split("&") if pair)]
        made = {"method": request.method, "url": url, "headers": har.named(headers), "queryString": har.named(pairs)}
        entry = har.entry_of(datetime.now(UTC), made, _provider=bound.name, _operation=operation.id if operation else "")
        if request.raw:
            body = redactor.request_body(operation, request.headers.get("content-type", ""), request.raw)
            entry["request"]["postData"] = _post_data(body)
            if matched is not None and body.text is not None and body.media not in (FORM, URL_ENCODED):
                entry["_unfit"] = _unfit(bound, matched, request, masked_path, query, dict(headers), body)
        return entry

    def write(self, entry: dict[str, Any], handle: int | None, *, finished: bool) -> int:
        """Write an entry; return its handle."""
        if handle is None:
            return self._file.begin(entry)
        self._file.update(handle, entry, finished=finished)
        return handle

    def done(self, operation: Operation | None, entry: dict[str, Any], price: Price) -> None:
        """Say what was recorded, and take back the price of what was refused."""
        status = entry["response"]["status"]
        if price.usd and 400 <= status < 500:
            self._purse.give_back(price)
        spent = f"  ({self._purse.spent:.2f} of {self._purse.cap:.2f} USD)" if price.kind else ""
        name = f"{entry['_provider']}.{operation.id if operation else '(unknown path)'}"
        self._say(f"{entry['request']['method']:6} {status or 'no response':>3}  {name}{spent}")


class Recording:
    """One request on its way."""

    def __init__(
        self,
        recorder: Recorder,
        url: str,
        redactor: Redactor,
        operation: Operation | None,
        entry: dict[str, Any],
        price: Price,
    ) -> None:
        """Begin: the entry is in the file before the request is sent."""
        self.url = url
        self._recorder, self._redactor, self._operation, self._price = recorder, redactor, operation, price
        self._entry, self._begun = entry, time.monotonic()
        self._head: tuple[int, list[tuple[str, str]], str] = (0, [], "")
        self._entry[har.UNFINISHED] = "recording ended before the response"
        self._handle = recorder.write(self._entry, None, finished=False)

    def answered(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Note the head of the response."""
        content_type = {name.lower(): value for name, value in headers}.get("content-type", "")
        self._head = status, headers, content_type
        self._respond(RecordedBody(content_type, None), 1)
        self._entry[har.UNFINISHED] = "recording ended before the end of the response"
        self._entry["timings"]["wait"] = self._elapsed()
        self._recorder.write(self._entry, self._handle, finished=False)

    def finished(self, body: bytes | None) -> None:
        """Note its body."""
        status, _, content_type = self._head
        left_out = RecordedBody(content_type, None)
        recorded = left_out if body is None else self._redactor.response_body(self._operation, status, content_type, body)
        self._respond(recorded, 1 if body is None else len(body))
        del self._entry[har.UNFINISHED]
        self._end()

    def failed(self, reason: str) -> None:
        """Note that the response did not come, or not whole; the reason may name a host, so only its kind is recorded."""
        self._entry[har.UNFINISHED] = reason.partition(":")[0]
        self._end()

    def _respond(self, body: RecordedBody, size: int) -> None:
        status, headers, _ = self._head
        kept = self._redactor.response_headers(self._operation, headers)
        self._entry["response"] = har.response_of(status, kept, dict(kept).get("content-type", ""), body.text, size)

    def _end(self) -> None:
        self._entry["time"] = self._elapsed()
        self._recorder.write(self._entry, self._handle, finished=True)
        self._recorder.done(self._operation, self._entry, self._price)

    def _elapsed(self) -> float:
        return round((time.monotonic() - self._begun) * 1000, 3)


def _input(request: Request) -> Input:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Input(request.parameters, request.headers, media, request.raw, request.query)


def _post_data(body: RecordedBody) -> dict[str, Any]:
    data: dict[str, Any] = {"mimeType": body.media or "application/octet-stream"}
    if body.text is None:
        return {**data, "comment": "left out"}
    if body.media in (FORM, URL_ENCODED):
        return {**data, "params": [_param(name, value) for name, value in json.loads(body.text).items()]}
    return {**data, "text": body.text}


def _param(name: str, value: Any) -> dict[str, str]:
    if value == FILE:
        return {"name": name, "fileName": "masked", "contentType": "application/octet-stream", "comment": "left out"}
    return {"name": name, "value": value if isinstance(value, str) else json.dumps(value)}


def _unfit(
    bound: BoundProvider,
    matched: Matched,
    request: Request,
    path: str,
    query: str,
    headers: dict[str, str],
    body: RecordedBody,
) -> list[str]:
    """Return the fields that fitted the spec, and do not since they were masked: the request cannot be sent again."""
    masked = Request(request.method, path, query, headers, (body.text or "").encode())
    before, after = _violations(matched, request), _violations(match(bound.spec, masked.method, path), masked)
    return sorted(after - before)


def _violations(matched: Matched, request: Request) -> set[str]:
    try:
        parse(matched, _input(request))
    except Invalid as invalid:
        return {violation.field or "the body" for violation in invalid.violations}
    except (Malformed, TooLarge):
        return {"the body"}
    return set()
