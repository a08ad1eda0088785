"""The image with a mounted provider; skipped where SIMULATOR_TEST_IMAGE names no image, or no engine can run it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.providers.shop import SCHEMAS, SHOP
from tests.unit.command import free_port

IMAGE = os.environ.get("SIMULATOR_TEST_IMAGE", "")
CODE = """
from simulator.provider import Call, Error, Extension


class Errors:
    NO_CREDIT = Error(402, "no_credit", "No credit", evidence="assumed")


provider = Extension(errors=Errors)


@provider.operation("createPet")
def create_pet(call: Call):
    if call.state.all("pets"):
        raise Errors.NO_CREDIT()
    return provider.inferred(call)
"""
SCENARIO = "description: One pet\naccounts:\n  - keys: [demo]\n    shop: {tables: {pets: [{name: Rex}]}}\n"


def output_of(*command: str) -> str:
    """Return what a command prints; empty if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def engine() -> str:
    """Return the command of an engine that can run the image; empty without one."""
    for name in ("docker", "podman"):
        if output_of(name, "run", "--rm", IMAGE, "--version"):
            return name
    return "buildah" if output_of("buildah", "images", "--quiet", IMAGE) else ""


@pytest.fixture(scope="module")
def command() -> str:
    """The engine."""
    found = engine() if IMAGE else ""
    if not found:
        pytest.skip("SIMULATOR_TEST_IMAGE names no image that docker, podman or buildah has")
    return found


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a provider, which the user of the image may read."""
    folder = tmp_path_factory.mktemp("image") / "providers"
    (folder / "shop" / "scenarios").mkdir(parents=True)
    files = {"openapi.yaml": SHOP, "schemas.yaml": SCHEMAS, "provider.py": CODE, "scenarios/seeded.yaml": SCENARIO}
    for name, text in files.items():
        (folder / "shop" / name).write_text(text, encoding="utf-8")
    for path in (*folder.parents[:4], *folder.rglob("*"), folder):
        if path.is_relative_to(tmp_path_factory.getbasetemp().parent):
            path.chmod(path.stat().st_mode | 0o055)
    return folder


@contextmanager
def running(command: str, providers: Path, **variables: str) -> Iterator[str]:
    """Run the image with the folder mounted; the address of the server, once it answers."""
    port = free_port()
    given = {"SIMULATOR_PROVIDERS": "/providers", "SIMULATOR_PORT": str(port), **variables}
    options = [f"--volume={providers}:/providers:ro", *(f"--env={name}={value}" for name, value in given.items())]
    made = ""
    if command == "buildah":  # which has no network of its own
        made = output_of("buildah", "from", "--pull-never", IMAGE)
        whole = ["buildah", "run", "--isolation", "chroot", *options, made, "--", "simulator", "serve"]
    else:
        made = f"simulator-test-{port}"
        whole = [command, "run", "--rm", "--name", made, f"--publish=127.0.0.1:{port}:{port}", *options, IMAGE]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            output_of(*(["buildah", "rm", made] if command == "buildah" else [command, "rm", "--force", made]))
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{url}/_simulator/health", trust_env=False, timeout=5).raise_for_status()
        except httpx.HTTPError:
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            assert time.monotonic() < deadline, "the server did not answer within a minute"
            time.sleep(0.1)
        else:
            return


def test_a_mounted_provider_is_served(command: str, providers: Path) -> None:
    """Its spec, its Python and its scenario, from a folder that the image only reads."""
    with running(command, providers, SIMULATOR_SCENARIO="shop/seeded") as url:
        pets = f"{url}/shop/v1/pets?api_key=demo"
        assert [pet["name"] for pet in httpx.get(pets, trust_env=False).json()["data"]] == ["Rex"]
        assert httpx.post(pets, json={"name": "Max"}, trust_env=False).status_code == 402
        assert httpx.get(f"{url}/shop/v1/pets?api_key=other", trust_env=False).status_code == 401
    assert not list(providers.rglob("__pycache__"))
