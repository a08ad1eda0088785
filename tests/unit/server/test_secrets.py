"""Secrets in every place of a request, of a rule and of a scenario: none shows in anything that comes out of the simulator."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, MutableMapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from simulator.application import Application, Settings
from simulator.asgi.main import SimulatorApp
from simulator.engine.masking import Mask
from simulator.engine.worlds import Bounds
from simulator.registry import built_in_registry
from simulator.server.access_log import AccessLog
from simulator.server.log_writer import LogWriter
from simulator.server.logging import JsonFormatter, TextFormatter
from tests.unit.server.planter import Planter

log = logging.getLogger("simulator")


@contextmanager
def _logging(application: Application, form: str, file: Path) -> Iterator[None]:
    """Write the access log and the server's own log of a form to a file, as `serve` does."""
    mask = Mask(application.registry.providers.values())
    with file.open("wb") as out:
        writer = LogWriter(out.fileno())
        writer.setFormatter(JsonFormatter(mask) if form == "json" else TextFormatter(mask))
        application.observe(partial(writer.write_later, AccessLog(mask, form).line))
        log.addHandler(writer)
        try:
            yield
        finally:
            log.removeHandler(writer)
            writer.close()


def _shown(planter: Planter) -> Iterator[tuple[str, str]]:
    """Yield all that the control API shows of two worlds, with the place where it does."""
    for world in ("w", "hooks"):
        base = f"/worlds/{world}"
        requests = planter.control("GET", f"{base}/requests?limit=10000&details=true")["requests"]
        assert requests
        rules, outbox = planter.control("GET", f"{base}/rules")["rules"], planter.control("GET", f"{base}/outbox")["deliveries"]
        paths = [f"{base}/{name}" for name in ("requests", "rules", "state", "ledger", "verdict", "outbox", "clock")]
        paths += [f"{base}/snapshots/before/diff"]
        paths += [f"{base}/requests/{one['id']}{more}" for one in requests for more in ("", "/test")]
        paths += [f"{base}/rules/{one['id']}" for one in rules]
        paths += [f"{base}/outbox/{one['id']}" for one in outbox]
        assert len(outbox) == (4 if world == "hooks" else 0)
        yield "requests with details", json.dumps(requests, ensure_ascii=False)
        for path in paths:
            yield path, json.dumps(planter.control("GET", path), ensure_ascii=False)
    for path in ("/health", "/worlds/default", "/scenarios"):
        yield path, json.dumps(planter.control("GET", path))


async def _events(application: Application, world: str, count: int) -> str:
    """Return the first events of a world as the console and `simulator watch` receive them."""
    told, done = bytearray(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await done.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.extend(message.get("body", b""))
        if told.count(b"event: request") >= count:
            done.set()

    path = f"/_simulator/worlds/{world}/events"
    scope = {"type": "http", "method": "GET", "http_version": "1.1", "path": path, "headers": [(b"host", b"localhost")]}
    async with asyncio.timeout(30):
        await SimulatorApp(application)(scope, receive, send)
    return told.decode()


def test_no_secret_comes_out(tmp_path: Path) -> None:
    """In no list, explanation, test, event, webhook, metric, error or line of a log; in no writing that leads back to it."""
    application = Application(built_in_registry(), settings=Settings(bounds=Bounds(journal_bytes=1 << 28), metrics=True))
    planter = Planter(application)
    logs = {form: tmp_path / form for form in ("text", "json")}
    with closing(application), _logging(application, "text", logs["text"]), _logging(application, "json", logs["json"]):
        planter.plant_everywhere()
        for number, place in enumerate(("warning", "exception")):
            key = planter.key("cartesia", f"the log of a {place}")
            log.error("found %s, token=%s", key, planter.secret(place), exc_info=ValueError(key) if number else None)
        shown = dict(_shown(planter))
        shown |= {
            "events": asyncio.run(_events(application, "hooks", 1)),
            "more events": asyncio.run(_events(application, "w", 200)),
        }
        shown["metrics"] = planter.send("GET", "/_simulator/metrics").body.decode()
    shown |= {f"log as {form}": file.read_text(encoding="utf-8") for form, file in logs.items()}
    shown |= {f"refusal {number}": refusal.body.decode() for number, refusal in enumerate(planter.refusals)}
    assert [json.loads(line) for line in shown["log as json"].splitlines()]
    assert len(planter.planted) >= 50
    found = [
        f"{planted} ({place}) in {where}: …{text[max(0, text.index(planted) - 80) : text.index(planted) + 20]}"
        for where, whole in shown.items()
        for text in (whole, unquote(whole))
        for planted, place in planter.planted.items()
        if planted in text
    ]
    assert "\n".join(dict.fromkeys(found)) == ""
