"""HAR 1.2 files: written so that they are whole after every request, and read from us or others.

The format: http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

import itertools
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from simulator.registry import VERSION

CREATOR = "provider-simulator"
LEFT_OUT = "left out"  # stands for a file of a form
UNFINISHED = "_error"  # as Chrome names it: why a response is missing or not whole


class HarFile:
    """A file that takes entries as they come.

    What has begun stands behind what is finished, and is written anew with it: whenever the process is killed, the file is
    valid and has every request that was sent.
    """

    def __init__(self, path: Path) -> None:
        """Create the file.

        Raises:
            OSError: it exists, or cannot be written.
        """
        log = {"version": "1.2", "creator": {"name": CREATOR, "version": VERSION}, "_masked": True}
        self._head = json.dumps({"log": log})[:-2].encode() + b', "entries": [\n'
        self._file = path.open("xb", buffering=0)
        self._lock = Lock()
        self._ids = itertools.count()
        self._unfinished: dict[int, bytes] = {}
        self._end = self._file.write(self._head)  # of the finished entries
        self._is_empty = True
        self._write(b"")

    def begin(self, entry: Mapping[str, Any]) -> int:
        """Write an entry that is not finished; return its handle."""
        with self._lock:
            handle = next(self._ids)
            self._unfinished[handle] = _line(entry)
            self._write(b"")
        return handle

    def update(self, handle: int, entry: Mapping[str, Any], *, finished: bool) -> None:
        """Replace an entry that is not finished."""
        with self._lock:
            del self._unfinished[handle]
            if not finished:
                self._unfinished[handle] = _line(entry)
            self._write(_line(entry) if finished else b"")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, finished: bytes) -> None:
        """Append an entry if there is one, and what is not finished, and the end of the document."""
        if finished:
            finished = finished if self._is_empty else b",\n" + finished
            self._is_empty = False
        rest = b",\n".join(self._unfinished.values())
        between = b",\n" if rest and not self._is_empty else b""
        self._file.seek(self._end)
        written = self._file.write(finished + between + rest + b"\n]}}\n")
        self._file.truncate(self._end + written)
        self._end += len(finished)


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")


def entry_of(started: datetime, request: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an entry without a response."""
    return {
        "startedDateTime": started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "time": 0,
        "request": {"httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1, "bodySize": -1, **request},
        "response": response_of(0, [], "", ""),
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        **more,
    }


def response_of(status: int, headers: list[tuple[str, str]], media: str, text: str | None, size: int = 0) -> dict[str, Any]:
    """Return a response; `text` is None where the body is left out."""
    content = {"size": size, "mimeType": media or "x-unknown"}
    return {
        "status": status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": named(headers),
        "content": content if text is None else {**content, "text": text},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def named(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Return pairs as HAR has them."""
    return [{"name": name, "value": value} for name, value in pairs]


class Unreadable(Exception):
    """A file that is no HAR; the text says why."""


class Exchange(NamedTuple):
    """A request and its response, as a HAR file has them."""

    number: int  # in the file, from 1
    started: datetime
    provider: str  # empty: not told; then the host does
    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]  # of the request, names in lower case
    body: str | bytes | None  # of the request; None where it was left out
    status: int  # 0: there was no response
    response_headers: dict[str, str]
    content_type: str
    content: bytes | None  # None where it was left out
    unfinished: str  # why the response is missing or not whole
    unfit: tuple[str, ...]  # fields that no longer fit the spec since they were masked
    files: tuple[str, ...]  # fields of a form that were left out


def read(path: Path) -> list[Exchange]:
    """Return the exchanges of a HAR file, in the order of their start; of a damaged one of ours, those that are whole.

    Raises:
        Unreadable: the file is no HAR.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        document = json.loads(raw.decode("utf-8-sig", "replace"))
        entries = document["log"]["entries"] if isinstance(document, dict) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        entries = [*_whole_lines(raw)] if CREATOR.encode() in raw[:200] else None
    if not isinstance(entries, list):
        raise Unreadable(f"{path} is not a HAR file, expected a JSON object with log.entries")
    exchanges = []
    for number, entry in enumerate(entries, 1):
        try:
            exchanges.append(_exchange(number, entry))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"{path}: entry {number} is not one of HAR 1.2: {_problem(error)}") from None
    return sorted(exchanges, key=lambda exchange: exchange.started)


def _problem(error: Exception) -> str:
    """Return why an entry cannot be read, in words."""
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error) if isinstance(error, ValueError) else "the value of a member is of another type"


def _whole_lines(raw: bytes) -> Iterator[Any]:
    """Yield the entries of a file of ours that was cut off."""
    for line in raw.splitlines()[1:]:
        try:
            entry = json.loads(line.strip().removesuffix(b","))
        except ValueError:
            return
        if isinstance(entry, dict):
            yield entry


def _exchange(number: int, entry: Mapping[str, Any]) -> Exchange:
    request, response = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    headers = {header["name"].lower(): header["value"] for header in request["headers"] if header["name"][:1] != ":"}
    answered = {header["name"].lower(): header["value"] for header in response["headers"]}
    started = datetime.fromisoformat(entry["startedDateTime"].upper())
    return Exchange(
        number=number,
        started=started if started.tzinfo else started.replace(tzinfo=UTC),
        provider=str(entry.get("_provider", "")),
        method=request["method"].upper(),
        host=(url.hostname or "").lower(),
        path=url.path or "/",
        query=url.query,
        headers=headers,
        body=_posted(request.get("postData")),
        status=int(response["status"]),
        response_headers=answered,
        content_type=answered.get("content-type", response["content"].get("mimeType", "")),
        content=_content(response["content"], int(response["status"])),
        unfinished=str(entry.get(UNFINISHED) or ""),
        unfit=tuple(map(str, entry.get("_unfit", ()))),
        files=tuple(param["name"] for param in (request.get("postData") or {}).get("params", ()) if "value" not in param),
    )


def _posted(data: Mapping[str, Any] | None) -> str | bytes | None:
    """Return the body of a request: a text; None where there was one that is not in the file."""
    if data is None:
        return ""
    text = data.get("text")
    if text is None and data.get("params"):
        return json.dumps({param["name"]: param.get("value", LEFT_OUT) for param in data["params"]})
    return None if text is None else str(text)


def _content(content: Mapping[str, Any], status: int) -> bytes | None:
    text = content.get("text")
    if not text:  # some tools write an empty one where they have not kept the body
        return b"" if not content.get("size") or status in (204, 304) else None
    if content.get("encoding") != "base64":
        return str(text).encode("utf-8", "replace")
    try:
        return b64decode("".join(str(text).split()), validate=True)  # some tools break its lines
    except ValueError:
        raise ValueError("response.content.text is not base64") from None
