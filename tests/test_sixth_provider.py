"""A sixth provider is a spec and a package, and no other edit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import simulator
from simulator.registry import data_folder

SPEC = """\
openapi: 3.1.0
info: {title: Sixth, version: "1"}
servers: [{url: "https://api.sixth.example/v2"}]
security: [{key: []}]
paths:
  /numbers:
    post:
      operationId: buy_number
      responses:
        "201":
          description: Bought.
          content: {application/json: {schema: {type: object, required: [id, number]}, example: {id: "1", number: "+1"}}}
        "401": {$ref: "#/components/responses/Refused"}
        "409": {$ref: "#/components/responses/Refused"}
    get:
      operationId: list_numbers
      responses:
        "200": {description: All., content: {application/json: {schema: {type: array, items: {type: string}}}}}
        "401": {$ref: "#/components/responses/Refused"}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Sixth-Key, x-key-pattern: "sx_[a-z]+"}
  responses:
    Refused: {description: No., content: {application/json: {schema: {type: object, required: [why]}}}}
"""

CODE = '''\
"""Sixth: sells two numbers and then no more."""

from simulator.provider import Account, Call, Error, Problem, Provider, Record, Reply, RequestInfo, Seed


class Errors:
    """Sixth's refusals."""

    UNAUTHORIZED = INVALID_KEY = WRONG_KEY = Error(401, None, "who are you")
    NOT_FOUND = Error(404, None, "what")
    METHOD_NOT_ALLOWED = Error(405, None, "how")
    MALFORMED = INVALID = TOO_LARGE = REUSED_KEY = LIMITED = Error(400, None, "no")
    SOLD_OUT = Error(409, "sold_out", "no more")


class Number(Record, frozen=True):
    """A number that the account rents."""

    number: str


class State:
    """One account."""

    def __init__(self, account: Account, seed: Seed) -> None:
        self.numbers = account.table("numbers", Number)


def render(problem: Problem, request: RequestInfo) -> Reply:
    """Why not."""
    return Reply({"why": problem.detail})


provider = Provider("sixth", state=State, errors=Errors, render=render, keys=["sx_demo"], example_operation="buy_number")


@provider.operation("buy_number")
def buy_number(call: Call) -> Reply:
    """Buy the next number."""
    if len(call.state.numbers) == 2:
        raise Errors.SOLD_OUT()
    number = Number(id=call.world.ids.hex("number", 6), number=call.world.inventory.reserve_seeded(None))
    call.state.numbers.put(number)
    return Reply({"id": number.id, "number": number.number})


@provider.operation("list_numbers")
def list_numbers(call: Call) -> Reply:
    """All numbers."""
    return Reply([each.number for each in call.state.numbers.all()])
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project to which two files have been added."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(Path(simulator.__file__).parent, root / "simulator", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("specs", "scenarios"):
        shutil.copytree(data_folder(name), root / name)
    (root / "specs" / "sixth.yaml").write_text(SPEC, encoding="utf-8")
    (root / "simulator" / "providers" / "sixth").mkdir()
    (root / "simulator" / "providers" / "sixth" / "__init__.py").write_text(CODE, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def url(checkout: Path) -> Iterator[str]:
    """The address of a server that runs from the copy."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--log-format", "json"]
    with subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


KEY = {"X-Sixth-Key": "sx_demo"}


def test_it_sells_numbers(http: httpx.Client, url: str) -> None:
    """Under its own name and path, to keys of its own form, refusing in its own words."""
    numbers = f"{url}/sixth/v2/numbers"
    bought = [http.post(numbers, headers=KEY) for _ in range(3)]
    assert [answer.status_code for answer in bought] == [201, 201, 409]
    assert bought[2].json() == {"why": "no more"}
    assert http.get(numbers, headers=KEY).json() == [bought[1].json()["number"], bought[0].json()["number"]]
    assert http.get(numbers).json() == {"why": "who are you"}
    assert http.get(numbers, headers={"X-Sixth-Key": "sx_other"}).json() == []
    assert http.get(f"{url}/v2/numbers", headers={**KEY, "Host": "api.sixth.example"}).status_code == 200


def test_it_shares_the_inventory(http: httpx.Client, url: str) -> None:
    """What it sells, nobody else in the world does."""
    world = http.put(f"{url}/_simulator/worlds/shared").json()["providers"]
    sold = http.post(f"{world['sixth']['base_url']}/numbers", headers=KEY).json()["number"]
    key = {"Authorization": world["cald"]["keys"][0]}
    answer = http.post(f"{world['cald']['base_url']}/phonenumbers", json={"prefix": sold}, headers=key)
    assert (answer.status_code, "available" in answer.text) == (400, True)


def test_everything_that_lists_providers_lists_it(http: httpx.Client, url: str, checkout: Path) -> None:
    """The front page, the control API and the command line."""
    assert "sixth" in http.get(f"{url}/_simulator/health").json()["providers"]
    assert http.get(f"{url}/_simulator/specs/sixth").json()["servers"] == [{"url": f"{url}/sixth/v2"}]
    assert f"{url}/sixth/v2" in http.get(url).text
    command = [sys.executable, "-m", "simulator", "list", "sixth"]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    assert "Sixth: /sixth/v2 instead of https://api.sixth.example/v2" in listed.stdout


def test_scenarios_may_speak_of_it(http: httpx.Client, url: str) -> None:
    """An account of a scenario may have a section for it, and a key of its form."""
    scenario = {"description": "sixth", "accounts": [{"keys": ["sx_acme"], "sixth": {}}]}
    world = http.put(f"{url}/_simulator/worlds/closed", json={"scenario": scenario}).json()["providers"]["sixth"]
    assert world["keys"] == ["sx_acme"]
    assert http.get(f"{world['base_url']}/numbers", headers=KEY).status_code == 401
    assert http.get(f"{world['base_url']}/numbers", headers={"X-Sixth-Key": "sx_acme"}).status_code == 200
