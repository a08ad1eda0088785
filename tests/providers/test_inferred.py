"""A spec alone is a provider: resources are recognised, kept, and refused as the spec documents it."""

from __future__ import annotations

import shutil
import sys
import tomllib
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.application import Application
from simulator.cli.main import main
from simulator.documents import BrokenFile
from simulator.registry import _installed_registry, registry_with
from simulator.testing import ProviderContract
from simulator.testing.transport import Transport

SHOP = """\
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://api.shop.example/v1"}]
security: [{key: []}]
paths:
  /pets:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 100, default: 2}}
        - {name: cursor, in: query, schema: {type: string}}
        - {name: colour, in: query, schema: {type: array, items: {type: string}}}
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema:
                type: object
                required: [data, has_more]
                properties:
                  data: {type: array, items: {$ref: "#/components/schemas/Pet"}}
                  has_more: {type: boolean}
                  next_cursor: {type: string, nullable: true}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "schemas.yaml#/NewPet"}}}}
      responses:
        "201":
          description: Made.
          content: {application/xml: {}, application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
        "422": {description: Invalid., content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: string, format: uuid}}]
    get: {responses: {"200": {$ref: "#/components/responses/Pet"}, "404": {$ref: "#/components/responses/Missing"}}}
    put:
      requestBody: {content: {application/json: {schema: {$ref: "schemas.yaml#/NewPet"}}}}
      responses: {"200": {$ref: "#/components/responses/Pet"}}
    patch:
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Pet"}}}}
      responses: {"200": {$ref: "#/components/responses/Pet"}}
    delete: {responses: {"204": {description: Gone.}, "404": {$ref: "#/components/responses/Missing"}}}
  /pets/{petId}/cancel:
    post:
      operationId: cancelPet
      parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
      responses: {"200": {$ref: "#/components/responses/Pet"}}
  /pets/{petId}/visits:
    parameters: [{name: petId, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        "200":
          description: All.
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Visit"}}}}
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}}
      responses: {"201": {description: Made., content: {application/json: {schema: {$ref: "#/components/schemas/Visit"}}}}}
  /orders:
    post:
      requestBody:
        content:
          application/json: {schema: {type: object, required: [pet_id], properties: {pet_id: {type: string}}}}
      responses:
        "201":
          description: Made.
          content:
            application/json: {schema: {type: object, properties: {id: {type: integer}, pet_id: {type: string}}}}
  /orders/{id}.json:
    get:
      responses:
        "200": {description: One., content: {application/json: {schema: {type: object, properties: {id: {type: integer}}}}}}
  /picture:
    get: {responses: {"200": {description: A picture., content: {image/png: {schema: {type: string, format: binary}}}}}}
  /fees:
    get:
      responses: {"200": {description: Fees., content: {application/json: {schema: {type: object}, example: {fee: 3}}}}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: api_key}}
  responses:
    Pet: {description: One., content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
    Missing: {description: None., content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  schemas:
    Error:
      type: object
      required: [error]
      properties:
        error: {type: object, required: [message], properties: {message: {type: string}, status: {type: integer}}}
    Visit: {type: object, properties: {id: {type: string, readOnly: true}, reason: {type: string}}}
    Pet:
      allOf:
        - $ref: "schemas.yaml#/NewPet"
        - type: object
          required: [id, created_at]
          properties:
            id: {type: string, format: uuid, readOnly: true}
            created_at: {type: string, format: date-time, readOnly: true}
            status: {type: string, enum: [active, cancelled]}
            parent: {$ref: "#/components/schemas/Pet"}
"""
SCHEMAS = """\
NewPet:
  type: object
  required: [name]
  properties:
    name: {type: string, minLength: 1}
    colour: {type: string, default: black}
    age: {type: integer, nullable: true}
    secret: {type: string, writeOnly: true}
"""
KEY = "demo"


def served(folder: Path, spec: str = SHOP, name: str = "shop", **files: str) -> Application:
    """Return the simulator with a provider of a folder."""
    (folder / name).mkdir()
    (folder / name / "openapi.yaml").write_text(spec, encoding="utf-8")
    for file, text in {"schemas.yaml": SCHEMAS, **{file.replace("__", "."): text for file, text in files.items()}}.items():
        (folder / name / file).write_text(text, encoding="utf-8")
    return Application(registry_with(folder))


class Client(httpx.Client):
    """A client of one provider that fails on faults of the simulator."""

    def __init__(self, app: Application, base_url: str, **more: Any) -> None:
        super().__init__(transport=Transport(app, "default"), base_url=f"http://here{base_url}", trust_env=False, **more)
        self.app = app

    def request(self, method: str, url: Any, **more: Any) -> httpx.Response:
        """Send a request."""
        response = super().request(method, url, **more)
        assert "X-Simulator-Bug" not in response.headers, response.text
        return response


@pytest.fixture
def shop(tmp_path: Path) -> Client:
    """The shop, with a key."""
    return Client(served(tmp_path), "/shop/v1", params={"api_key": KEY})


def test_records_are_created_read_changed_and_deleted(shop: Client) -> None:
    """A record has the members of the body, the defaults of the spec and what the provider fills in."""
    made = shop.post("/pets", json={"name": "Rex", "id": "mine", "secret": "x"})
    pet = made.json()
    assert made.status_code == 201
    assert (pet["name"], pet["colour"], pet["status"]) == ("Rex", "black", "active")
    assert "secret" not in pet
    assert pet["id"] != "mine"
    assert made.headers["X-Simulator-Evidence"] == "inferred"
    place = f"/pets/{pet['id']}"
    assert shop.get(place).json() == pet
    assert shop.patch(place, data={"name": "Rex", "age": "3"}).json() == {**pet, "age": 3}
    replaced = shop.put(place, json={"name": "Max"}).json()
    assert (replaced["name"], "age" in replaced, replaced["id"]) == ("Max", False, pet["id"])
    assert shop.delete(place).status_code == 204
    assert shop.get(place).status_code == shop.delete(place).status_code == 404


def test_ids_follow_the_seed(tmp_path: Path) -> None:
    """Two worlds of one seed give the same ids; the form is that of the schema."""
    client = Client(served(tmp_path), "")
    ids = []
    for world in ("one", "two"):
        client.put(f"/_simulator/worlds/{world}", json={"seed": 4})
        ids.append(client.post(f"/w/{world}/shop/v1/pets?api_key={KEY}", json={"name": "Rex"}).json()["id"])
    assert ids[0] == ids[1]
    assert len(ids[0]) == 36


def test_lists_have_pages_and_filters(shop: Client) -> None:
    """The spec's own parameters cut and narrow a list."""
    for name, colour in (("a", "red"), ("b", "blue"), ("c", "red")):
        shop.post("/pets", json={"name": name, "colour": colour})
    first = shop.get("/pets").json()
    assert [pet["name"] for pet in first["data"]] == ["a", "b"]
    assert first["has_more"] is True
    rest = shop.get("/pets", params={"cursor": first["next_cursor"]}).json()
    assert ([pet["name"] for pet in rest["data"]], rest["has_more"], rest["next_cursor"]) == (["c"], False, None)
    assert [pet["name"] for pet in shop.get("/pets", params={"colour": "red"}).json()["data"]] == ["a", "c"]
    assert len(shop.get("/pets", params={"colour": ["red", "blue"], "limit": 9}).json()["data"]) == 3
    assert shop.get("/pets", params={"limit": 101}).status_code == 400


def test_refusals_have_the_documented_status_and_schema(shop: Client) -> None:
    """A missing key, an unknown id, an invalid body and a missing reference."""
    refused = shop.post("/pets", json={"name": ""})
    assert refused.status_code == 422
    assert "name" in refused.json()["error"]["message"]
    unknown = shop.get("/pets/00000000-0000-4000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["error"]["status"]) == (404, 404)
    assert shop.get("/nothing").status_code == 404
    assert Client(shop.app, "/shop/v1").get("/pets").status_code == 401
    assert shop.post("/orders", json={"pet_id": "none"}).status_code == 404
    assert shop.post("/pets", content=b"{").status_code in (400, 422)
    assert shop.get("/pets", headers={"Prefer": "code=429"}).status_code == 429


def test_nested_records_and_actions(shop: Client) -> None:
    """A record within another needs that one; an action changes the state that is called like it."""
    pet = shop.post("/pets", json={"name": "Rex"}).json()
    visit = shop.post(f"/pets/{pet['id']}/visits", json={"reason": "cough"}).json()
    assert shop.get(f"/pets/{pet['id']}/visits").json() == [visit]
    assert shop.get("/pets/00000000-0000-4000-8000-000000000000/visits").status_code == 404
    assert shop.post(f"/pets/{pet['id']}/cancel").json() == {**pet, "status": "cancelled"}
    order = shop.post("/orders", json={"pet_id": pet["id"]}).json()
    assert shop.get(f"/orders/{order['id']}.json").json() == {"id": order["id"]}


def test_all_else_answers_its_example(shop: Client) -> None:
    """An example of the spec, and bytes of the media type."""
    assert shop.get("/fees").json() == {"fee": 3}
    assert shop.get("/picture").headers["Content-Type"] == "image/png"


def test_explain_says_what_an_operation_was_taken_for(shop: Client) -> None:
    """The story of a request names the resource."""
    made = shop.post("/pets", json={"name": "Rex"})
    request = made.headers["X-Simulator-Request"]
    story = Client(shop.app, "").get(f"/_simulator/worlds/default/requests/{request}").json()
    assert story["taken_for"] == "creates one record of pets"
    assert any("creates one record of pets" in line for line in story["story"])
    assert KEY not in story["query"]


def test_scenarios_list_records(tmp_path: Path) -> None:
    """The section of an account has the records of its tables."""
    client = Client(served(tmp_path), "")
    section = {"tables": {"pets": [{"id": "00000000-0000-4000-8000-000000000001", "name": "Rex"}]}}
    scenario = {"description": "one pet", "accounts": [{"keys": [KEY], "shop": section}]}
    assert client.put("/_simulator/worlds/seeded", json={"scenario": scenario}).status_code == 201
    pets = client.get(f"/w/seeded/shop/v1/pets?api_key={KEY}").json()["data"]
    assert [pet["name"] for pet in pets] == ["Rex"]


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [
        ("{type: http, scheme: bearer}", {"Authorization": "Bearer any"}),
        ("{type: http, scheme: basic}", {"Authorization": f"Basic {b64encode(b'user:secret').decode()}"}),
        ("{type: oauth2, flows: {}}", {"Authorization": "Bearer any"}),
        ("{type: apiKey, in: cookie, name: session}", {"Cookie": "session=any"}),
        ("{type: apiKey, in: header, name: X-Key}", {"X-Key": "any"}),
    ],
)
def test_keys_are_read_as_the_schemes_say(tmp_path: Path, scheme: str, headers: dict[str, str]) -> None:
    """Each scheme takes any key in its own place, and refuses a request without one."""
    client = Client(served(tmp_path, SHOP.replace("{type: apiKey, in: query, name: api_key}", scheme)), "/shop/v1")
    assert client.get("/pets").status_code == 401
    assert client.post("/pets", json={"name": "Rex"}, headers=headers).status_code == 201
    assert len(client.get("/pets", headers=headers).json()["data"]) == 1


def test_a_spec_without_schemes_is_open(tmp_path: Path) -> None:
    """Every request works, and all see the same records."""
    client = Client(served(tmp_path, SHOP.replace("security: [{key: []}]\n", "")), "/shop/v1")
    client.post("/pets", json={"name": "Rex"})
    assert len(client.get("/pets").json()["data"]) == 1


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("swagger: '2.0'\npaths: {}\n", "Swagger 2.0"),
        ("openapi: 3.0.0\npaths: {}\n", "no paths"),
        ("a: [", "not readable as YAML"),
        ("openapi: 2\n", "expected an OpenAPI document"),
    ],
)
def test_what_is_no_spec_is_refused(tmp_path: Path, spec: str, problem: str) -> None:
    """The error names the file and what is wrong."""
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path, spec)


def test_names_and_hosts_that_clash_are_refused(tmp_path: Path) -> None:
    """A provider of a folder takes neither the name nor the host of another."""
    with pytest.raises(BrokenFile, match=r"duplicate provider name 'cald' .*built in"):
        served(tmp_path, name="cald")


CODE = '''
from simulator.provider import Call, Error, Extension


class Errors:
    NO_CREDIT = Error(402, "no_credit", "The account has no credit left", evidence="assumed")


provider = Extension(errors=Errors)


@provider.operation("createPet")
def create_pet(call: Call):
    """Refuse the second pet."""
    if call.state.all("pets"):
        raise Errors.NO_CREDIT()
    return provider.inferred(call)
'''


def test_code_beside_a_spec_performs_single_operations(tmp_path: Path) -> None:
    """What it does not perform stays inferred; its errors have the schema of the spec."""
    client = Client(served(tmp_path, provider__py=CODE), "/shop/v1", params={"api_key": KEY})
    pet = client.post("/pets", json={"name": "Rex"}).json()
    refused = client.post("/pets", json={"name": "Max"})
    assert (refused.status_code, refused.json()["error"]["message"]) == (402, "The account has no credit left")
    assert client.get("/pets").json()["data"] == [pet]
    assert client.get("/pets", headers={"Prefer": "error=NO_CREDIT"}).status_code == 402


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import no_such_module\n", r"provider\.py:1: ModuleNotFoundError"),
        ("x = (\n", r"provider\.py:1: SyntaxError"),
        ("x = 1\n", "defines no `provider`"),
        (CODE.replace("createPet", "makePet"), "makePet"),
    ],
)
def test_faulty_code_is_told_with_its_line(tmp_path: Path, code: str, problem: str) -> None:
    """The file, the line, and what is wrong."""
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path, provider__py=code)


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str = "") -> None:
    """Put a distribution with the shop on the path, as an installer does."""
    package = folder / "acme_simulator"
    package.mkdir()
    (package / "__init__.py").write_text(code, encoding="utf-8")
    (package / "openapi.yaml").write_text(SHOP, encoding="utf-8")
    (package / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    declare(folder, monkeypatch, {"acme": "acme_simulator"})


def declare(folder: Path, monkeypatch: pytest.MonkeyPatch, points: dict[str, str]) -> None:
    """Write the metadata of a distribution with these entry points, and put it on the path."""
    info = folder / "acme_simulator-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-simulator\nVersion: 1.2\n", encoding="utf-8")
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[provider_simulator.providers]\n{lines}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "acme_simulator", raising=False)
    monkeypatch.setattr("simulator.registry._installed_registry", _installed_registry.__wrapped__)


def test_a_wheel_is_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entry point is enough; SIMULATOR_PLUGINS=off leaves it out, and nothing of it is imported."""
    installed(tmp_path, monkeypatch)
    monkeypatch.setenv("SIMULATOR_PLUGINS", "off")
    assert "acme" not in registry_with().providers
    assert "acme_simulator" not in sys.modules
    monkeypatch.delenv("SIMULATOR_PLUGINS")
    registry = registry_with()
    assert registry.providers["acme"].origin == "acme-simulator 1.2"
    client = Client(Application(registry), "/acme/v1", params={"api_key": KEY})
    assert client.post("/pets", json={"name": "Rex"}).status_code == 201


def test_a_wheel_that_fails_is_told_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The distribution, its version, and what is wrong."""
    installed(tmp_path, monkeypatch, "1 / 0\n")
    with pytest.raises(BrokenFile, match=r"acme-simulator 1\.2: .*ZeroDivisionError"):
        registry_with()


def test_the_list_says_where_providers_are_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`simulator list` names the folder."""
    served(tmp_path)
    assert main(["list", "--providers", str(tmp_path)]) == 0
    assert f"for api.shop.example (folder {tmp_path})" in " ".join(capsys.readouterr().out.split())


class TestShop(ProviderContract):
    """The suite that built-in providers pass."""

    provider = "shop"

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TestShop, "registry", served(tmp_path).registry)


def test_new_provider_writes_a_folder_that_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The spec with what it refers to, Python to start from, and a test; an existing folder stays as it is."""
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    command = ["new-provider", "acme", "--spec", str(tmp_path / "shop.yaml"), "--folder", str(tmp_path / "mine")]
    assert main(command) == 0
    assert "keep records: pets" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "mine" / "acme").iterdir()} == {
        "openapi.yaml",
        "schemas.yaml",
        "provider.py",
        "test_acme.py",
    }
    client = Client(Application(registry_with(tmp_path / "mine")), "/acme/v1", params={"api_key": KEY})
    assert client.post("/pets", json={"name": "Rex"}).status_code == 201
    assert "createPet" in (tmp_path / "mine" / "acme" / "provider.py").read_text(encoding="utf-8")
    assert main(command) == 1
    assert "already exists" in capsys.readouterr().err


def test_the_example_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package of the example is served by the entry point that its pyproject.toml declares."""
    example = Path(__file__).parents[2] / "examples" / "acme-simulator"
    project = tomllib.loads((example / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(example / "acme_simulator", tmp_path / "acme_simulator")
    points = project["entry-points"]["provider_simulator.providers"]
    declare(tmp_path, monkeypatch, points)
    client = Client(Application(registry_with()), "/acme/v1", headers={"Authorization": "Bearer any"})
    agent = client.post("/agents", json={"name": "Front desk"}).json()
    assert client.get(f"/agents/{agent['id']}").json() == agent
    assert client.post("/agents", json={"name": "Back office"}).status_code == 402
