"""What keeps the control API from harm: uploads are read strictly, bodies are bounded, pages and strangers are refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator import Simulator
from tests.unit.steering import AGENTS, BUY, Steered

YAML = """\
description: Sent as text   # with a comment, in whatever order
rules:
  - name: "down: 'quoted'"
    when: {operation: demo.list_agents}
    times: 1
    then: {error: UNAVAILABLE, headers: {Retry-After: "1"}}
open: true
seed: 7
clock: {start: "2026-03-01T00:00:00Z", frozen: true}
lifecycles: {truedy.number: {after: 30s}}
rate_limits: off
inventory:
  only:
  - "+14155550142"
"""
MEDIA = {"Content-Type": "application/yaml"}


def _upload(steered: Steered, text: str | bytes, media: str = "application/yaml") -> httpx.Response:
    return steered.control("PUT", "", content=text, headers={"Content-Type": media})


@pytest.mark.parametrize("media", ["application/yaml", "application/yaml; charset=utf-8", "APPLICATION/YAML"])
def test_a_scenario_is_uploaded_as_text(steered: Steered, media: str) -> None:
    """The file as it stands, as `curl --data-binary @scenario.yaml` sends it."""
    answer = _upload(steered, YAML, media)
    assert (answer.status_code, answer.json()["seed"], answer.json()["description"]) == (200, 7, "Sent as text")
    assert steered.told("GET", "/clock")["now"] == "2026-03-01T00:00:00.000Z"
    down = steered.demo("GET", AGENTS)
    assert (down.status_code, down.headers["Retry-After"], down.headers["X-Simulator-Rule"]) == (503, "1", "down: 'quoted'")
    assert steered.demo("POST", BUY, {}).json()["number"] == "+14155550142"
    assert steered.demo("POST", BUY, {}).status_code == 400


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a billion laughs": ("description: x\n" + LAUGHS, "aliases are not supported"),
    "aliases are not supported": (
        "description: &a x\nopen: *a\n",
        "scenario:2: not readable as YAML: aliases are not supported",
    ),
    "a merge key": ("description: x\nclock: &c {frozen: true}\nmore: {<<: *c}\n", "aliases are not supported"),
    "a tag": ("description: !!python/object/apply:os.system ['true']\n", "tag"),
    "a key twice": (
        "description: x\ndescription: y\n",
        "scenario:2: not readable as YAML: duplicate key 'description'",
    ),
    "two documents": ("description: x\n---\ndescription: y\n", "scenario:"),
    "broken YAML": ("description: [x\n", "not readable as YAML"),
    "nothing": ("# nothing\n", "scenario:1: the scenario is empty; expected some of description, "),
    "a list": ("- description: x\n", "expected an object with description, "),
    "a fault in it": ("description: x\nopen: true\nrulse: []\n", "scenario:3: unknown key 'rulse'; expected one of"),
    "a fault deep in it": (
        "description: x\nrules:\n- then:\n    status: 500\n    dely: 1s\n",
        "scenario:5: unknown key 'dely'",
    ),
    "brackets without end": ("description: " + "[" * 5000, "not readable as YAML"),
    "a number without end": ("description: x\nseed: " + "9" * 5000, "scenario"),
    "half a character": ('description: "\\ud800"\n', "scenario"),
    "a NUL": ("description: x\x00\n", "not readable as YAML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_upload_is_read_strictly(steered: Steered, case: str) -> None:
    """It cannot explode, hide a key, or run anything; the refusal names the line, and the world stays as it was."""
    steered.demo("POST", BUY, {})
    text, words = REFUSED[case]
    begun = time.monotonic()
    answer = _upload(steered, text)
    assert time.monotonic() - begun < 2
    assert (answer.status_code, "X-Simulator-Bug" in answer.headers) == (422, False), answer.text
    assert words in answer.json()["detail"]
    assert len(steered.numbers()) == 1


def test_an_upload_that_is_no_text_is_malformed(steered: Steered) -> None:
    """UTF-8 it must be, and called what it is."""
    assert _upload(steered, b"description: \xff\n").status_code == 400
    for media in ("text/yaml", "text/plain", ""):
        assert _upload(steered, "description: x\n", media).status_code == 400


@pytest.mark.parametrize("path", ["", "/clock", "/rules"])
def test_a_body_of_more_than_a_mebibyte_is_refused(steered: Steered, path: str) -> None:
    """However it is written; one that just fits is read."""
    method = "PUT" if not path else "POST"
    for size, status in ((1024 * 1024 + 1, 413), (1024 * 1024, 422)):
        body = b'{"x": "' + b"y" * (size - 9) + b'"}'
        assert steered.control(method, path, content=body, headers={"Content-Type": "application/json"}).status_code == status


PUT_NUMBERS: list[Any] = [2**53 - 1, 2**53, 10**30]


@pytest.mark.parametrize("seed", PUT_NUMBERS)
def test_a_seed_has_a_bound(steered: Steered, seed: int) -> None:
    """As large as every JSON reader can read back, in a file as in a request."""
    status = 200 if seed < 2**53 else 422
    assert steered.control("PUT", "", {"seed": seed}).status_code == status
    assert _upload(steered, f"description: x\nseed: {seed}\n").status_code == status
    assert _upload(steered, "description: x\nseed: 7.0\n").json()["seed"] == 7


WRITES = [
    ("PUT", ""),
    ("DELETE", ""),
    ("POST", "/reset"),
    ("POST", "/clear"),
    ("PUT", "/snapshots/x"),
    ("POST", "/snapshots/x/restore"),
    ("POST", "/clock"),
    ("POST", "/rules"),
    ("DELETE", "/rules"),
    ("DELETE", "/rules/rule-1"),
    ("DELETE", "/requests"),
    ("GET", "/requests"),
    ("GET", "/requests/req-1"),
    ("GET", "/rules/rule-1"),
    ("GET", "/state"),
    ("GET", "/clock"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_page_in_a_browser_is_refused_everywhere(steered: Steered, method: str, path: str) -> None:
    """Whatever its origin, `null` included; nothing is done."""
    steered.demo("POST", BUY, {})
    rules = steered.rules()
    for origin in ("https://evil.example", "null", "", "http://127.0.0.1:8080"):
        answer = steered.control(method, path, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert (len(steered.numbers()), steered.rules()) == (1, rules)


@pytest.fixture(scope="module")
def guarded() -> Iterator[Simulator]:
    """A server that wants an admin token."""
    with Simulator(admin_token="s3cret") as running:  # noqa: S106  (of this test)
        yield running


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_token_is_wanted_everywhere(guarded: Simulator, http: httpx.Client, method: str, path: str) -> None:
    """By a server that has one; with it everything is as ever."""
    url = f"{guarded.url}/_simulator/worlds/default{path}"
    for credential in ("", "Bearer wrong", "s3cret"):
        assert http.request(method, url, headers={"Authorization": credential}).status_code == 401
    assert http.request(method, url, headers={"Authorization": "Bearer s3cret"}).status_code != 401
