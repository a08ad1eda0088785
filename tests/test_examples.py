"""The examples and the image work as they are printed: as far as that shows without a container engine."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from simulator import Simulator, __version__
from simulator.cli.main import simulator
from simulator.documents import read
from simulator.registry import built_in_registry
from tests.documentation import NO_PLUGINS
from tests.unit.command import Serving, end, environment_of, run

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
YAMLS = sorted([*EXAMPLES.rglob("*.yaml"), *EXAMPLES.rglob("*.yml")])
DOCUMENTED = [path for path in EXAMPLES.rglob("*") if path.suffix in {".md", ".py", ".js", ".yaml", ".yml"}]
DOCUMENTED = sorted([*DOCUMENTED, *(ROOT / "docs").glob("*.md")])
NODE = shutil.which("node")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _stands(content: Any, key: str) -> Iterator[Any]:
    """Whatever stands under a key, anywhere in a document."""
    for name, value in content.items() if isinstance(content, dict) else ():
        if name == key:
            yield value
    for value in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _stands(value, key)


@pytest.fixture(scope="module")
def variables() -> set[str]:
    """The environment variables that the commands and the pytest plugin read."""
    commands = ("serve", "health", "explain", "list", "watch", "record", "compare")
    helped = "".join(CliRunner().invoke(simulator, [command, "--help"]).stdout for command in commands)
    return {
        *re.findall(r"SIMULATOR_[A-Z_]+", helped),
        "SIMULATOR_REPLAY",
        "SIMULATOR_STRICT",
        "SIMULATOR_PLUGINS",
    }  # of the pytest plugin, and of the registry


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "Dockerfile", *DOCUMENTED], ids=_name)
def test_every_variable_exists(variables: set[str], path: Path) -> None:
    """Every SIMULATOR_… variable that is named anywhere is one that a command or the pytest plugin reads."""
    assert set(re.findall(r"\bSIMULATOR_[A-Z_]+", path.read_text(encoding="utf-8"))) <= variables


@pytest.mark.parametrize("path", YAMLS, ids=_name)
def test_every_yaml_is_one(path: Path) -> None:
    """By the strict rules that our own files are read by; the image has its name and version, and scenarios can be had."""
    content = read(path).content
    images = [each for key in ("image", "name") for each in _stands(content, key) if "simulator:" in str(each)]
    assert all(re.fullmatch(rf"([a-z.-]+/)*provider-simulator:{re.escape(__version__)}", image) for image in images)
    volumes = [str(each) for found in _stands(content, "volumes") for each in found]
    mounted = {Path(each.split(":")[1]).stem for each in volumes if ":/scenarios/" in each}
    assert set(_stands(content, "SIMULATOR_SCENARIO")) <= mounted | set(built_in_registry().scenario_names())


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.py")), ids=_name)
def test_every_python_file_is_one(path: Path) -> None:
    """Whoever copies it can run it; what can be run here is run below, and the application has tests of its own."""
    assert compile(path.read_text(encoding="utf-8"), str(path), "exec").co_consts


def test_the_versions_are_one() -> None:
    """A release changes them all."""
    (told,) = re.findall(r'image\.version="([^"]+)"', DOCKERFILE)
    named = re.findall(
        r"provider-simulator:([0-9][^\s\"]*)", DOCKERFILE + "".join(path.read_text("utf-8") for path in DOCUMENTED)
    )
    assert {told, *named} == {__version__}


def test_the_port_is_the_one_of_the_image() -> None:
    """What examples map and call is what the image exposes and the server takes."""
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"[env var: SIMULATOR_PORT; default: {exposed}]" in " ".join(run("serve", "--help").stdout.split())
    (ports,) = _stands(read(EXAMPLES / "github-actions.yml").content, "ports")
    assert ports == [f"{exposed}:{exposed}"]
    calls = {url for path in YAMLS for url in _stands(read(path).content, "SIMULATOR_URL")}
    assert {urlsplit(url).port for url in calls} == {int(exposed)}


def test_the_image_is_made_of_what_it_is_given() -> None:
    """What the build context lets through exists; what the first stage installs runs on the base of the last.

    The default of that base is pinned to a version of Python, and the start at build time imports modules that exist.
    """
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in allowed if not (ROOT / name).exists()] == []
    stages = re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE)
    assert (stages[0], stages[-1]) == ("${BASE} AS build", "${BASE}")
    assert re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE) == ["python:3.13-slim"]
    imported = re.findall(r"[\w.]+", re.findall(r"python -c 'import (.+?);", DOCKERFILE)[0].replace(" as command", ""))
    assert [name for name in imported if importlib.util.find_spec(name) is None] == []
    assert re.search(r"^USER [1-9][0-9]*:[1-9][0-9]*$", DOCKERFILE, re.MULTILINE)


@pytest.fixture(scope="module")
def compose() -> Any:
    """The compose file."""
    return read(EXAMPLES / "compose.yaml").content["services"]


def test_every_provider_has_its_alias(compose: Any) -> None:
    """No client is led past the simulator."""
    assert compose["simulator"]["networks"]["default"]["aliases"] == sorted(built_in_registry().hosts)


ALIASES = """
import os, socket
resolve, hosts, port = socket.getaddrinfo, os.environ["HOSTS"].split(), int(os.environ["PORT"])
socket.getaddrinfo = lambda host, service, *more, **named: (
    resolve("127.0.0.1", port, *more, **named) if host in hosts else resolve(host, service, *more, **named))
"""


def test_the_application_of_compose_runs_unchanged(compose: Any, tmp_path: Path) -> None:
    """With the settings, mounts and aliases of the file it buys a number at the address that is built into it."""
    service, application = compose["simulator"], compose["application"]
    for volume in service["volumes"][1:]:
        source, target, *_ = volume.split(":")
        (tmp_path / target[1:]).parent.mkdir()
        shutil.copy(EXAMPLES / source, tmp_path / target[1:])
    (tmp_path / "ca").mkdir()
    placed = {name: value.replace("/ca/", f"{tmp_path}/ca/") for name, value in service["environment"].items()}
    one = Serving(**{**placed, "SIMULATOR_PORT": "0", "SIMULATOR_SCENARIOS": str(tmp_path / "scenarios")})
    with one.process:
        (tmp_path / "sitecustomize.py").write_text(ALIASES, encoding="utf-8")
        hosts = " ".join(service["networks"]["default"]["aliases"])
        own = {name: value.replace("/ca/", f"{tmp_path}/ca/") for name, value in application["environment"].items()}
        own |= {"PYTHONPATH": str(tmp_path), "HOSTS": hosts, "PORT": str(urlsplit(one.url).port)}
        command = [sys.executable, *application["command"][1:]]
        done = subprocess.run(command, env=environment_of(**own), capture_output=True, text=True, timeout=20, check=False)
        end(one.process)
    assert (done.stderr, done.stdout[:2], done.returncode) == ("", "+1", 0)


CONTAINER = """
import os
class DockerContainer:
    def __init__(self, image):
        self.image = image
    def with_exposed_ports(self, *ports):
        self.ports = ports
        return self
    def waiting_for(self, strategy):
        self.strategy = strategy
        return self
    def __enter__(self):
        assert self.image.startswith("provider-simulator:") and self.strategy.__class__.__name__ == "HealthcheckWaitStrategy"
        return self
    def __exit__(self, *_):
        pass
    def get_container_host_ip(self):
        return "127.0.0.1"
    def get_exposed_port(self, port):
        assert port in self.ports
        return int(os.environ["PORT"])
"""


def test_testcontainers_for_python(simulator: Simulator, tmp_path: Path) -> None:
    """The suite passes against a live server, which a stand-in for the library says is the container's."""
    core = tmp_path / "testcontainers" / "core"
    core.mkdir(parents=True)
    (core / "container.py").write_text(CONTAINER, encoding="utf-8")
    (core / "wait_strategies.py").write_text("class HealthcheckWaitStrategy: pass\n", encoding="utf-8")
    shutil.copytree(EXAMPLES / "testcontainers_python", tmp_path / "suite")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "suite"]
    port = str(urlsplit(simulator.url).port)
    environment = environment_of(PYTHONPATH=str(tmp_path), PORT=port, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


LIBRARY = """
import assert from "node:assert";
export const Wait = { forHealthCheck: () => "healthy" };
export class GenericContainer {
  constructor(image) { assert(image.startsWith("provider-simulator:")); }
  withExposedPorts(port) { this.port = port; return this; }
  withWaitStrategy(strategy) { assert.equal(strategy, "healthy"); return this; }
  async start() { return this; }
  async stop() {}
  getHost() { return "127.0.0.1"; }
  getMappedPort(port) { assert.equal(port, this.port); return process.env.PORT; }
}
"""


@pytest.mark.skipif(NODE is None, reason="needs node")
def test_testcontainers_for_node(simulator: Simulator, tmp_path: Path) -> None:
    """The suite passes against a live server, which a stand-in for the library says is the container's."""
    shutil.copytree(EXAMPLES / "testcontainers_node", tmp_path, dirs_exist_ok=True)
    library = tmp_path / "node_modules" / "testcontainers"
    library.mkdir(parents=True)
    (library / "index.js").write_text(LIBRARY, encoding="utf-8")
    (library / "package.json").write_text('{"type": "module", "exports": "./index.js"}', encoding="utf-8")
    environment = {**os.environ, "PORT": str(urlsplit(simulator.url).port)}
    done = subprocess.run(
        [NODE or "", "--test"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert re.search(r"^# pass 3$|^ℹ pass 3$", done.stdout, re.MULTILINE), done.stdout + done.stderr


SUITE = """
import os
import httpx
import pytest

HEADERS = {"Authorization": f"Bearer {os.environ['CARTESIA_API_KEY']}", "Cartesia-Version": "2026-03-01"}

def buy(base_url):
    url = f"{base_url}/agents/phone-numbers/provision"
    return httpx.post(url, headers=HEADERS, json={"label": "Front desk"}).status_code

def test_the_scenario_of_the_service():
    assert buy(os.environ["CARTESIA_BASE_URL"]) == 402

@pytest.mark.simulator(scenario="default")
def test_a_world_of_its_own(world):
    assert world.cartesia.base_url.startswith(os.environ["SIMULATOR_URL"])
    assert buy(world.cartesia.base_url) == 201
"""
PIP = """#!/bin/sh
[ "$*" = "install -r requirements.txt" ] && [ -f requirements.txt ] # what it would install is installed here
"""


def ci_job(file: str) -> tuple[dict[str, str], dict[str, str], list[str], list[str]]:
    """Return the variables of service and job, the commands of the job, and those of the service and after a failure."""
    content = read(EXAMPLES / file).content
    job = content["jobs"]["test"] if "jobs" in content else content["test"]
    if "steps" in job:
        (service,) = job["services"].values()
        runs = [step for step in job["steps"] if "run" in step]
        health = re.findall(r'--health-cmd "([^"]+)"', service["options"])
        after = [step["run"] for step in runs if step.get("if") == "failure()"]
        return service["env"], job["env"], [step["run"] for step in runs if "if" not in step], [*health, *after]
    (service,) = job["services"]
    assert service["alias"] == "simulator"
    return service["variables"], job["variables"], job["script"], []


@pytest.mark.parametrize("file", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_steps_of_a_ci_job(file: str, tmp_path: Path) -> None:
    """They are executed against a server with the variables of the service; only images and actions are not."""
    of_service, of_job, commands, others = ci_job(file)
    assert commands == ["pip install -r requirements.txt", "pytest"]
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "test_application.py").write_text(SUITE, encoding="utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pip").write_text(PIP, encoding="utf-8")
    for name, module in (("pytest", "pytest"), ("simulator", "simulator")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
    for program in programs.iterdir():
        program.chmod(0o755)
    serving = Serving("--port", "0", **of_service)
    addresses = r"http://(127\.0\.0\.1|simulator):8080"
    variables = {name: re.sub(addresses, serving.url, str(value)) for name, value in of_job.items()}
    environment = environment_of(**variables, PATH=f"{programs}:{os.environ['PATH']}", PYTEST_ADDOPTS=" ".join(NO_PLUGINS))
    with serving.process:
        try:
            for command in [*commands, *others]:
                done = subprocess.run(
                    ["/bin/sh", "-eu", "-c", command],
                    env=environment,
                    cwd=tmp_path,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                assert done.returncode == 0, (command, done.stdout, done.stderr)
                assert command != "pytest" or "2 passed" in done.stdout
            assert not others or "QUOTA_EXCEEDED" in done.stdout
        finally:
            end(serving.process)
