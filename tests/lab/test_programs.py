"""Clients that are programs: they are killed where a hunt stops them, with whatever starts them and whatever they start."""

from __future__ import annotations

import asyncio
import multiprocessing
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from simulator.lab import HuntFailed
from simulator.testing.client import Client, World
from tests.lab.shop import SUB
from tests.lab.worker import work
from tests.lab.wrong_clients import VANTAX

PATIENCE = 30  # seconds, of which none is needed
PROGRAM = f"""
import json, pathlib, sys, urllib.request
url, key, file = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
headers = {{"Authorization": "Bearer " + key, "Content-Type": "application/json"}}
body = json.dumps({{"sub_account_id": "{SUB}", "area_code": "415"}}).encode()
if not file.exists():
    request = urllib.request.Request(url + "/phone-numbers", body, headers)
    file.write_text(json.load(urllib.request.urlopen(request))["data"]["id"])
"""
Command = list[str]


def at_once(command: Command) -> None:
    """Run it and wait."""
    subprocess.run(command, timeout=PATIENCE, check=True, stderr=subprocess.DEVNULL)


def below_a_shell(command: Command) -> None:
    """The shell waits for it, and what it writes is read to its end."""
    shell = ["/bin/sh", "-c", f"{shlex.join(command)}; exit 0"]
    subprocess.run(shell, timeout=PATIENCE, check=True, capture_output=True)


async def in_a_loop(command: Command) -> None:
    """Run it with asyncio, and go on whatever becomes of it."""
    process = await asyncio.create_subprocess_exec(*command, stderr=subprocess.DEVNULL)
    await process.wait()


def as_a_worker(command: Command) -> None:
    """Do the same in a process of `multiprocessing`."""
    worker = multiprocessing.get_context("spawn").Process(target=work, args=command[-3:])
    worker.start()
    worker.join()


def hunted(world: World, runs: Callable[[Command], Any], folder: Path, **options: Any) -> HuntFailed:
    """Return how a program breaks that keeps its number in a file."""
    file = folder / "number.txt"

    def store() -> Path:
        file.unlink(missing_ok=True)
        return file

    def client(store: Path) -> Any:
        address = world.vantax
        return runs([sys.executable, "-SIc", PROGRAM, address.base_url, address.api_key, str(store)])

    with pytest.raises(HuntFailed) as failed:
        world.hunt(client, once=VANTAX, store=store, **options)
    return failed.value


@pytest.mark.parametrize("runs", [at_once, below_a_shell, in_a_loop, as_a_worker])
def test_a_program_is_killed_and_started_again(simulator: Simulator, tmp_path: Path, runs: Callable[[Command], Any]) -> None:
    """Its purchase took effect, and it had no time to write it down; the file is what it keeps."""
    with simulator.world() as world:
        failed = hunted(world, runs, tmp_path, faults=["refused", "crash"])
    assert failed.schedule == f"{VANTAX}#1:crash"
    lines = str(failed).splitlines()
    assert lines[3].endswith("#1: took effect, and its response never came; bought +14155550100")
    assert lines[4] == "      the client was stopped, and started again with what it keeps"


def test_the_crash_of_a_program_is_repeated(simulator: Simulator, tmp_path: Path) -> None:
    """By its schedule alone, and against another process as against this one."""
    client = Client.connect(simulator.url)
    with client.world() as world:
        world.replay = f"{VANTAX}#1:crash"
        failed = hunted(world, at_once, tmp_path)
    client.close()
    assert "Only this schedule was run." in str(failed)
    assert failed.schedule == f"{VANTAX}#1:crash"


def test_nothing_stays_replaced(world: World, tmp_path: Path) -> None:
    """Nor is a program killed that is started after the hunt."""
    before = [vars(subprocess.Popen)[name] for name in ("__init__", "wait", "communicate")]
    hunted(world, at_once, tmp_path, faults=["crash"])
    assert [vars(subprocess.Popen)[name] for name in ("__init__", "wait", "communicate")] == before
    assert subprocess.run([sys.executable, "-SIc", "pass"], check=True, timeout=PATIENCE).returncode == 0
