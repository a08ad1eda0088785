"""What is logged shows no key, in either form, though whoever logs it did not think of that."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from simulator.engine.masking import Mask
from simulator.registry import built_in_registry
from simulator.server import logging as server_logging

KEYS = ["sk_car_" + "1" * 20, "caldLive" + "a1" * 16, "vx_live_" + "2" * 20]


@pytest.fixture
def mask() -> Iterator[Mask]:
    """What masks the keys of all providers; the loggers are put back."""
    loggers = [logging.getLogger(name) for name in server_logging.LEVELS]
    before = [(each, each.handlers, each.propagate, each.level) for each in loggers]
    yield Mask(built_in_registry().providers.values())
    for each, handlers, propagate, level in before:
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.mark.parametrize("form", ["text", "json"])
def test_keys_are_cut_short(mask: Mask, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """In messages, in tracebacks, and in what the server beneath us says."""
    server_logging.configure(form, mask)
    logging.getLogger("simulator").warning("found %s", KEYS[0])
    logging.getLogger("asyncio").error("found %s", KEYS[1])
    try:
        raise ValueError(f"not {KEYS[2]!r}")
    except ValueError:
        logging.getLogger("simulator").exception("failed")
    said = capsys.readouterr().out
    assert [key for key in KEYS if key in said] == []
    assert [key for key in KEYS if f"{key[:12]}…" not in said] == []
    if form == "json":
        assert [json.loads(line)["level"] for line in said.splitlines()] == ["warning", "error", "error"]
        assert "Traceback" in json.loads(said.splitlines()[-1])["traceback"]


def test_the_banner_shows_the_keys_to_try(mask: Mask, capsys: pytest.CaptureFixture[str]) -> None:
    """What the server says to its user as text is shown whole; machines get the facts instead."""
    for form, shown in (("text", f"try {KEYS[1]}\n"), ("json", '"event": "ready"}\n')):
        server_logging.configure(form, mask)
        server_logging.announce(f"try {KEYS[1]}", event="ready")
        assert capsys.readouterr().out.endswith(shown)
