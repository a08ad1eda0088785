"""Providers of one's own: Python beside a spec, installed wheels, and the command that writes a folder."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import httpx
import pytest

from simulator.application import Application
from simulator.cli.main import main
from simulator.documents import BrokenFile
from simulator.provider import is_us_number
from simulator.registry import _installed_registry, registry_with
from simulator.testing import ProviderContract
from simulator.testing.transport import Transport
from tests.providers.shop import KEY, SCHEMAS, SHOP, Client, served

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
        ("x = (\n", r"provider\.py:1: SyntaxError: '\(' was never closed$"),
        ("x = 1\n", "defines no `provider`"),
        (CODE.replace("createPet", "makePet"), "makePet"),
    ],
)
def test_faulty_code_is_told_with_its_line(tmp_path: Path, code: str, problem: str) -> None:
    """The file, the line, and what is wrong."""
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path, provider__py=code)


FAILING = """from simulator.provider import Extension
from .limits import most

provider = Extension()


@provider.operation("createPet")
def create_pet(call):
    return most(call.body)
"""


def test_an_error_of_the_code_names_its_line(tmp_path: Path) -> None:
    """Of a module beside `provider.py` too; an error of the simulator names none."""
    app = served(tmp_path, provider__py=FAILING, limits__py="def most(body):\n    return body['size']\n")
    client = httpx.Client(transport=Transport(app, "default"), base_url="http://here/shop/v1", trust_env=False)
    response = client.post("/pets", params={"api_key": KEY}, json={"name": "Rex"})
    problem = f"The simulator failed at POST /v1/pets: KeyError: 'size' ({tmp_path}/shop/limits.py:2)"
    assert (response.status_code, response.json()["simulator_bug"]) == (500, problem)


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str = "", value: str = "acme_simulator") -> None:
    """Put a distribution with the shop on the path, as an installer does."""
    package = folder / "acme_simulator"
    package.mkdir()
    (package / "__init__.py").write_text(code, encoding="utf-8")
    (package / "openapi.yaml").write_text(SHOP, encoding="utf-8")
    (package / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    declare(folder, monkeypatch, {"acme": value})


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
    assert re.search(r"^  shop +\d+ of \d+ +/shop\S* +api\.shop\.example \(folder /", capsys.readouterr().out, re.MULTILINE)
    assert main(["list", "shop", "--all", "--providers", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert f"(folder {tmp_path})" in listed.splitlines()[0]
    assert re.search(r"createPet +creates one record of pets$", listed, re.MULTILINE)
    assert re.search(r"get_fees +an answer from its example or schema$", listed, re.MULTILINE)


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
        "scenarios",
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


SEEDED = f"description: One pet\naccounts:\n  - keys: [{KEY}]\n    acme: {{tables: {{pets: [{{name: Rex}}]}}}}\n"


def test_scenarios_come_with_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beside the spec have the name of the provider in front; those of the user's folder take precedence."""
    installed(tmp_path, monkeypatch)
    (tmp_path / "acme_simulator" / "scenarios").mkdir()
    (tmp_path / "acme_simulator" / "scenarios" / "seeded.yaml").write_text(SEEDED, encoding="utf-8")
    registry = registry_with()
    assert "acme/seeded" in registry.scenario_names()
    client = Client(Application(registry, "acme/seeded"), "/acme/v1", params={"api_key": KEY})
    assert [pet["name"] for pet in client.get("/pets").json()["data"]] == ["Rex"]
    (tmp_path / "mine" / "acme").mkdir(parents=True)
    (tmp_path / "mine" / "acme" / "seeded.yaml").write_text(SEEDED.replace("Rex", "Max"), encoding="utf-8")
    client = Client(Application(registry_with(scenarios=tmp_path / "mine"), "acme/seeded"), "/acme/v1", params={"api_key": KEY})
    assert [pet["name"] for pet in client.get("/pets").json()["data"]] == ["Max"]


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"bad.yaml": SEEDED.replace("pets", "cats")}, r"bad\.yaml:4: .*cats.*\(acme-simulator 1\.2\)"),
        (
            {"one.yaml": SEEDED, "one.yml": SEEDED},
            r"one\.yml:1: .*'one' is also in one\.yaml.*\(acme-simulator 1\.2\)",
        ),
    ],
)
def test_faulty_scenarios_of_a_wheel_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], problem: str
) -> None:
    """With file, line, distribution and version."""
    installed(tmp_path, monkeypatch)
    (tmp_path / "acme_simulator" / "scenarios").mkdir()
    for name, text in files.items():
        (tmp_path / "acme_simulator" / "scenarios" / name).write_text(text, encoding="utf-8")
    with pytest.raises(BrokenFile, match=problem):
        registry_with()


@pytest.mark.parametrize(
    ("name", "host", "problem"),
    [
        ("acme", "api.other.example", r"duplicate provider name 'acme' \(folder .*already \(acme-simulator 1\.2\)"),
        (
            "other",
            "api.shop.example",
            r"api\.shop\.example of other \(folder .*is also that of acme \(acme-simulator 1\.2\)",
        ),
        ("other", "api.cartesia.ai", r"host api\.cartesia\.ai of other \(folder .*is also that of cartesia \(built in\)"),
    ],
)
def test_clashes_are_told_with_both_origins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, host: str, problem: str
) -> None:
    """Name and host of a provider in a folder and of an installed one."""
    (tmp_path / "wheel").mkdir()
    (tmp_path / "folder").mkdir()
    installed(tmp_path / "wheel", monkeypatch)
    with pytest.raises(BrokenFile, match=problem):
        served(tmp_path / "folder", SHOP.replace("api.shop.example", host), name)


@pytest.mark.parametrize("code", ["import sys\nsys.exit(3)\n", "import no_such_module\n"])
def test_an_import_that_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Also one that ends the process."""
    installed(tmp_path, monkeypatch, code)
    with pytest.raises(BrokenFile, match=r"acme-simulator 1\.2: .*cannot be imported: .*SIMULATOR_PLUGINS=off"):
        registry_with()


def test_a_broken_spec_of_a_wheel_is_told_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, the line, the distribution."""
    installed(tmp_path, monkeypatch)
    (tmp_path / "acme_simulator" / "openapi.yaml").write_text("openapi: 3.1.0\npaths: [", encoding="utf-8")
    with pytest.raises(BrokenFile, match=r"openapi\.yaml:2: .*acme-simulator 1\.2"):
        registry_with()


NUMBERED = """
from simulator.provider import Call, Extension

provider = Extension()


@provider.operation("createPet")
def create_pet(call: Call):
    number = call.world.inventory.search("US").reserve_first()
    return provider.inferred(call, id="00000000-0000-4000-8000-00000000000a", colour=number)
"""


def test_code_decides_members(tmp_path: Path) -> None:
    """Beside those of the body, also those that no client may write; numbers are of the shared plan."""
    client = Client(served(tmp_path, provider__py=NUMBERED), "/shop/v1", params={"api_key": KEY})
    pet = client.post("/pets", json={"name": "Rex", "colour": "red"}).json()
    assert (pet["id"], pet["name"]) == ("00000000-0000-4000-8000-00000000000a", "Rex")
    assert client.get("/pets", params={"colour": pet["colour"]}).json()["data"] == [pet]
    assert is_us_number(pet["colour"])
    assert client.get(f"/pets/{pet['id']}").json() == pet
