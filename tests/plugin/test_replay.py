"""The line that a hunt prints repeats what it found, pasted as it is where pytest was started."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import Simulator

LOST = "vantax.purchase_phone_number#1:lost-answer"
TESTS = """
import time
import httpx
import pytest

BUY = "vantax.purchase_phone_number"

def client_of(world):
    address = world.vantax
    headers = {"Authorization": f"Bearer {address.api_key}"}
    return httpx.Client(transport=address.transport, base_url=address.base_url, headers=headers)

def buys(world):
    def client():
        with client_of(world) as session:
            for attempt in range(3):
                try:
                    body = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}
                    session.post("/phone-numbers", json=body).raise_for_status()
                    return
                except httpx.TransportError:
                    time.sleep(attempt)
    return client

def looks(world):
    def client():
        with client_of(world) as session:
            session.get("/phone-numbers", params={"sub_account_id": "sub_8a1f4c2e"})
    return client

@pytest.mark.parametrize("name", ["it's a `b` \\"c\\" [$HOME]"])
def test_of_a_name(world, name):
    world.hunt(buys(world), once=BUY, deepest=1, faults=["lost-answer"])

class TestClass:
    def test_method(self, world):
        world.hunt(buys(world), once=BUY, deepest=1, faults=["lost-answer"])

def test_by_hand(simulator):
    with simulator.world() as world:
        world.hunt(buys(world), once=BUY, deepest=1, faults=["lost-answer"])

def test_second_hunt(world):
    world.hunt(looks(world), deepest=1, faults=["refused"])
    world.hunt(buys(world), once=BUY, deepest=1, faults=["lost-answer"])
"""

PROGRAM = """
from simulator import Simulator

with Simulator() as simulator, simulator.world() as world:
    world.hunt(buys(world), once=BUY, deepest=1, faults=["lost-answer"])
"""


def commands(output: str) -> list[str]:
    """Return the lines that repeat what was found."""
    return re.findall(r"^E +(pytest .*--simulator-replay .*)$", output, re.MULTILINE)


@pytest.fixture
def folder(suite: pytest.Pytester) -> Path:
    """Return the folder with the tests of a project, which is not the one where its settings are."""
    folder = suite.mkdir("tests")
    (folder / "test_it.py").write_text(TESTS, encoding="utf-8")
    return folder


@pytest.fixture
def started(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that starts pytest in a folder, and returns what it writes."""

    def start(folder: Path, *arguments: str) -> str:
        monkeypatch.chdir(folder)
        return suite.runpytest("-n0", *arguments).stdout.str()

    return start


def test_the_line_is_one_of_a_shell_in_the_same_folder(folder: Path, started: Callable[..., str]) -> None:
    """Whatever the tests are called, and whichever of their hunts it was; the settings are in another folder."""
    lines = commands(started(folder))
    arguments = [shlex.split(line) for line in lines]
    assert [one[0] for one in arguments] == ["pytest"] * 4
    assert [one[1].rpartition("::")[2] for one in arguments] == [
        'test_of_a_name[it\'s a `b` "c" [$HOME]]',
        "test_method",
        "test_by_hand",
        "test_second_hunt",
    ]
    assert [one[3] for one in arguments] == [LOST] * 3 + [f"hunt 2: {LOST}"]
    repeated = started(folder, *[one[1] for one in arguments[:-1]], "--simulator-replay", LOST)
    assert len(re.findall("^E .*Only this schedule was run", repeated, re.MULTILINE)) == 3
    assert commands(repeated) == lines[:-1]
    second = started(folder, *arguments[-1][1:])
    assert "run without any fault: the schedule to repeat is of hunt 2 of this test" in second
    assert "Only this schedule was run" in second
    assert commands(second) == lines[-1:]


def test_the_line_repeats_it_against_a_server(folder: Path, started: Callable[..., str]) -> None:
    """As one that runs in a container."""
    with Simulator() as simulator:
        output = started(folder, "-k", "method", "--simulator-replay", LOST, "--simulator-url", simulator.url)
    assert f"The client breaks under {LOST}:" in output
    assert len(re.findall("^E .*Only this schedule was run", output, re.MULTILINE)) == 1


def test_an_option_of_one_run_does_not_outlast_it(folder: Path, started: Callable[..., str]) -> None:
    """In the same process."""
    assert "Only this" in started(folder, "-k", "method", "--simulator-replay", LOST)
    assert "Only this" not in started(folder, "-k", "method")


def test_a_program_says_how_it_is_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pytest the environment has the schedule; another process repeats it."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    program = tmp_path / "hunt it.py"
    program.write_text(f"{TESTS}\n{PROGRAM}", encoding="utf-8")
    first = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=50, check=False, cwd=tmp_path)
    (line,) = re.findall(r"^  (SIMULATOR_REPLAY=.*)$", first.stderr, re.MULTILINE)
    shell = ["/bin/sh", "-c", line]
    again = subprocess.run(shell, capture_output=True, text=True, timeout=50, check=False, cwd=tmp_path)
    assert "Only this schedule was run." in again.stderr


def test_a_program_shows_no_secret_of_its_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which it prints; the reader puts the secrets in again."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    program = tmp_path / "hunts.py"
    program.write_text(f"{TESTS}\n{PROGRAM}", encoding="utf-8")
    secrets = [
        "--api-key",
        "s3cr3t-1",
        "--token=s3cr3t-2 s3cr3t-3",
        "https://me:s3cr3t-4@host.example/",
        "vx_live_abcdefghijklms3cr3t",
    ]
    command = [sys.executable, str(program), *secrets, "--shown=5"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False, cwd=tmp_path)
    (line,) = re.findall(r"^  (SIMULATOR_REPLAY=.*)$", ended.stderr, re.MULTILINE)
    assert "s3cr3t" not in line
    assert line.endswith("hunts.py --api-key '…' '--token=…' 'https://…@host.example/' 'vx_live_abcd…' --shown=5")
