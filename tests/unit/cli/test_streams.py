"""Standard output that is closed, or that can take nothing more."""

from __future__ import annotations

import shlex
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.unit.command import COMMAND, ROOT, environment_of, free_port


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    line = f"{shlex.join(COMMAND)} {command}"
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=ROOT, env=environment_of(), capture_output=True, text=True, timeout=60, check=False
    )


def test_closed_streams() -> None:
    """A command without standard output or standard error does its work, with the exit code that it always has."""
    for command, code in (("list >&-", 0), ("check >&-", 0), ("--help >&-", 0), ("list nobody 2>&-", 2)):
        ended = _shell(command)
        assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", ""), command


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["list", "list cartesia --all", "--help"])
def test_a_full_disk(command: str) -> None:
    """The error is one line."""
    ended = _shell(f"{command} > /dev/full")
    assert (ended.returncode, ended.stderr) == (1, "Error: the output cannot be written: No space left on device\n")


def test_serves_without_standard_output() -> None:
    """No connection gets the descriptors of the streams, so that the log does not reach a client."""
    port = free_port()
    command = f"exec {shlex.join(COMMAND)} serve --port {port} >&- 2>&-"
    serving = subprocess.Popen(["/bin/sh", "-c", command], cwd=ROOT, env=environment_of())
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_simulator/health", timeout=30) as response:
                    assert response.status == 200
                break
            except urllib.error.URLError:
                assert serving.poll() is None
                time.sleep(0.1)
        else:
            pytest.fail("the server did not start")
    finally:
        serving.kill()
        serving.wait()
