"""Code beside a spec: what it reads and changes, whole providers, and folders that hold none."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.application import Application
from simulator.documents import BrokenFile
from simulator.registry import registry_with
from tests.providers.shop import KEY, Client, served
from tests.providers.test_own_providers import installed

RECORDS = """
from simulator.provider import Call, Extension

provider = Extension()


@provider.operation("cancelPet")
def cancel_pet(call: Call):
    id = call.params["petId"]
    name = call.state.get("pets", id)["name"]
    call.state.change("pets", id, colour=f"the colour of {name}")
    return provider.inferred(call)
"""


def test_code_reads_and_changes_records(tmp_path: Path) -> None:
    """By their ids."""
    client = Client(served(tmp_path, provider__py=RECORDS), "/shop/v1", params={"api_key": KEY})
    pet = client.post("/pets", json={"name": "Rex"}).json()
    assert client.post(f"/pets/{pet['id']}/cancel").json()["colour"] == "the colour of Rex"
    assert client.get(f"/pets/{pet['id']}").json()["colour"] == "the colour of Rex"


WHOLE_SPEC = """\
openapi: 3.1.0
info: {title: Whole, version: "1"}
servers: [{url: "https://whole.example"}]
paths:
  /time:
    get:
      operationId: time
      x-evidence: documented
      responses:
        "200":
          description: x
          x-evidence: documented
          content: {application/json: {schema: {type: object, required: [now], properties: {now: {type: string}}}}}
"""
WHOLE = """
from simulator.provider import Call, Provider, Reply, StandardErrors

class Errors(StandardErrors):
    pass

class State:
    def __init__(self, account, seed):
        pass

def render(problem, request):
    return Reply({"error": problem.detail})

provider = Provider("whole", state=State, errors=Errors, render=render, keys=[])

@provider.operation("time")
def time(call: Call[State]) -> Reply:
    return Reply({"now": "noon"})
"""


def test_code_that_is_a_whole_provider(tmp_path: Path) -> None:
    """Nothing is inferred, so the spec is held to the same as a built-in one."""
    assert Client(served(tmp_path, WHOLE_SPEC, provider__py=WHOLE), "/shop").get("/time").json() == {"now": "noon"}


def test_code_that_is_no_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names what it is, or that it is missing."""
    with pytest.raises(BrokenFile, match="this file defines no `provider`; expected `provider = Extension"):
        served(tmp_path, provider__py="provider = 5\n")
    installed(tmp_path, monkeypatch, "provider = 5\n", "acme_simulator:provider")
    with pytest.raises(BrokenFile, match="expected an Extension or a Provider of simulator"):
        registry_with()


@pytest.mark.parametrize("name", ["w", "Acme", "a b"])
def test_a_folder_whose_name_cannot_stand_in_an_address(tmp_path: Path, name: str) -> None:
    """The error says what can."""
    with pytest.raises(BrokenFile, match="cannot be the name of a provider; expected lower-case letters, digits"):
        served(tmp_path, name=name)


def test_a_folder_without_providers(tmp_path: Path) -> None:
    """The error says what it should hold."""
    (tmp_path / "acme").mkdir()
    with pytest.raises(BrokenFile, match=r"the folder has no providers; expected a folder for each with one of .*acme/"):
        Application(registry_with(tmp_path))


def test_a_seeded_id_twice(tmp_path: Path) -> None:
    """The scenario is refused, with the place of the second."""
    client = Client(served(tmp_path), "")
    pet = {"id": "00000000-0000-4000-8000-000000000001", "name": "Rex"}
    scenario = {"description": "x", "accounts": [{"keys": [KEY], "shop": {"tables": {"pets": [pet, pet]}}}]}
    refused = client.put("/_simulator/worlds/twice", json={"scenario": scenario})
    assert refused.status_code == 422
    assert (
        "accounts/0/shop/tables/pets/1/id: the id 00000000-0000-4000-8000-000000000001 appears twice in pets, expected once"
        in refused.text
    )
