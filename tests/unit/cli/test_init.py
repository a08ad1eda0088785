"""`simulator init`: what it writes runs, and it overwrites nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import __version__
from simulator.cli.init import FILES
from simulator.documents import read
from tests.documentation import run_pytest
from tests.unit.cli.conftest import Ended
from tests.unit.command import Serving


def test_what_it_writes_runs(run: Callable[..., Ended], serve: Callable[..., Serving], tmp_path: Path) -> None:
    """The scenario has no fault, the tests pass, and a server with the settings of the compose file has the scenario."""
    folder = tmp_path / "tests"
    code, stdout, stderr = run("init", str(folder))
    assert (code, stderr) == (0, "")
    assert all(f"wrote {folder / name}" in stdout for name in FILES)
    assert f"Next: pytest {folder / 'test_phone_numbers.py'}\n" in stdout
    assert run("check", str(folder / "scenarios")).stdout == "1 file: no faults\n"

    output, tests = run_pytest(folder)
    assert f"{tests} passed" in output, output
    assert "warning" not in output

    service = read(folder / "compose.yaml").content["services"]["simulator"]
    assert service["image"] == f"provider-simulator:{__version__}"
    source, target, _ = service["volumes"][0].split(":")
    assert target == "/scenarios"
    server = serve("--port", "0", **service["environment"], SIMULATOR_SCENARIOS=str(folder / source))
    description = read(folder / "scenarios" / "front-desk.yaml").content["description"]
    assert server.get("/worlds/default")[1]["description"] == description


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_overwritten(run: Callable[..., Ended], tmp_path: Path, name: str) -> None:
    """Where one of the files exists, none is written, and the error names it."""
    existing = tmp_path / name
    existing.parent.mkdir(exist_ok=True)
    existing.write_text("mine", encoding="utf-8")
    code, stdout, stderr = run("init", str(tmp_path))
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"Error: {existing} already exists; nothing was written; move it away")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [existing]
    assert existing.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_cannot_be_written(run: Callable[..., Ended], tmp_path: Path) -> None:
    """The error is one line with the path."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, stdout, stderr = run("init", str(tmp_path / "file"))
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith(f"Error: cannot write {tmp_path / 'file'}")
