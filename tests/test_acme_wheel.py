"""The example of a wheel, built, installed into an environment of its own, listed, served, and held to the contract suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.documentation import NO_PLUGINS, ROOT

EXAMPLE = ROOT / "examples" / "acme-simulator"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("SIMULATOR_", "PYTHON", "PIP_"))}


def run(*command: str | Path, folder: Path, **variables: str) -> str:
    """Return what a command prints; it succeeds."""
    environment = {**ENVIRONMENT, **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with the wheel; simulator and libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("acme")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    build = (*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    run(*build, folder / "source", folder=folder)
    wheel = folder / "acme_simulator-1.0.0-py3-none-any.whl"
    assert {"acme_simulator/openapi.yaml", "acme_simulator/scenarios/plan-full.yaml"} <= set(ZipFile(wheel).namelist())
    venv.create(folder / "env", with_pip=False, symlinks=True)
    made = folder / "env" / "bin" / "python"
    site = Path(run(made, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip())
    (site / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n", encoding="utf-8")
    run(*pip, "--python", made, "install", "--no-deps", "--no-index", wheel, folder=folder)
    return made


@pytest.fixture
def url(python: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server in the environment."""
    command = [str(python), "-m", "simulator", "serve", "--port", "0", "--log-format", "json"]
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


def test_it_is_listed_with_its_distribution(python: Path, tmp_path: Path) -> None:
    """Where it is from; SIMULATOR_PLUGINS=off seals a run."""
    command = (python, "-m", "simulator", "list", "acme")
    assert "acme-simulator 1.0.0" in run(*command, folder=tmp_path)
    sealed = {**ENVIRONMENT, "SIMULATOR_PLUGINS": "off"}
    done = subprocess.run(command, cwd=tmp_path, env=sealed, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "acme" in done.stderr) == (2, True)


def test_it_is_served(http: httpx.Client, url: str) -> None:
    """Beside the built-in providers, with the rule of its own."""
    key = {"Authorization": "Bearer any"}
    agents = f"{url}/acme/v1/agents"
    agent = http.post(agents, json={"name": "Front desk"}, headers=key)
    assert (agent.status_code, http.get(f"{agents}/{agent.json()['id']}", headers=key).json()) == (201, agent.json())
    refused = http.post(agents, json={"name": "Back office"}, headers=key)
    assert (refused.status_code, refused.json()) == (402, {"code": "limit_reached", "message": "The plan allows one agent"})
    assert {"acme", "cald"} <= set(http.get(f"{url}/_simulator/health").json()["providers"])


def test_its_own_tests_pass(python: Path, tmp_path: Path) -> None:
    """The contract suite, and a test with the scenario of the wheel, as they stand in the example."""
    shutil.copy(EXAMPLE / "tests" / "test_acme.py", tmp_path)
    printed = run(python, "-m", "pytest", "-q", *NO_PLUGINS, ".", folder=tmp_path)
    assert "8 passed" in printed
