"""The fixtures serve providers of a folder of one's own."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Run
from tests.providers.shop import SCHEMAS, SHOP

TEST = """
def test_own(world):
    params = {"api_key": world.shop.api_key}
    with httpx.Client(transport=world.shop.transport, base_url=world.shop.base_url, params=params) as client:
        assert client.post("/pets", json={"name": "Rex"}).status_code == 201
    assert world.requests(provider="shop").one().operation == "shop.createPet"
"""


@pytest.fixture
def folder(run: Run) -> str:
    """A folder with a provider, beside the tests."""
    shop = run.suite.path / "own" / "shop"
    shop.mkdir(parents=True)
    (shop / "openapi.yaml").write_text(SHOP, encoding="utf-8")
    (shop / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    return "own"


def test_the_option_the_variable_and_the_ini_file(run: Run, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ini file names a folder from where it is."""
    run(TEST, "--simulator-providers", folder).assert_outcomes(passed=1)
    with monkeypatch.context() as variables:
        variables.setenv("SIMULATOR_PROVIDERS", folder)
        run(TEST).assert_outcomes(passed=1)
    run.suite.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\nsimulator_providers = {folder}\n")
    run(TEST).assert_outcomes(passed=1)


def test_a_folder_that_cannot_be_served(run: Run, folder: str) -> None:
    """Its fault is the failure; without the option the error says that there is one."""
    run(TEST, "--simulator-providers", "nothing").stdout.fnmatch_lines(["*--simulator-providers: nothing is not a folder*"])
    (run.suite.path / folder / "shop" / "openapi.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    run(TEST, "--simulator-providers", folder).stdout.fnmatch_lines(["*openapi.yaml:1: the document has no paths*"])
    run(TEST).stdout.fnmatch_lines(["*no attribute or provider 'shop'*--simulator-providers*"])
