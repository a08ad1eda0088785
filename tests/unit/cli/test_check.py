"""`simulator check`: which files it reads, and how it reports their faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.unit.cli.conftest import Ended
from tests.unit.command import run as run_process


def test_no_faults_in_what_is_built_in() -> None:
    """Without a path, all specs and scenarios are checked."""
    ended = run_process("check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"[0-9]+ files: no faults\n", ended.stdout)


def test_folders_are_searched_and_all_faults_are_reported(run: Callable[..., Ended], tmp_path: Path) -> None:
    """What is broken in one file does not hide another's faults."""
    (tmp_path / "deep").mkdir()
    for name, text in (("a.yaml", "description: [\n"), ("deep/b.yaml", "seed: 1\n"), ("c.yaml", "description: fine\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    code, stdout, stderr = run("check", str(tmp_path), str(tmp_path / "none.yaml"))
    assert (code, stdout) == (1, "")
    assert {line.split(":")[0] for line in stderr.splitlines()} == {
        str(tmp_path / name) for name in ("a.yaml", "deep/b.yaml", "none.yaml")
    }


def test_files_of_other_tools_are_passed_over(run: Callable[..., Ended], tmp_path: Path) -> None:
    """What `simulator init` wrote has no faults, Compose's file included; one that is named is checked nonetheless."""
    assert run("init", str(tmp_path)).code == 0
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "test.yml").write_text("jobs: {}\n", encoding="utf-8")
    assert run("check", str(tmp_path)).stdout == "1 file: no faults\n"
    assert run("check", str(tmp_path / "compose.yaml")).code == 1


def test_a_broken_scenario_file(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Every fault has file and line; a server does not start with it either."""
    path = tmp_path / "mine.yaml"
    path.write_text("description: x\nsede: 1\nopen: 2\n", encoding="utf-8")
    for command in (["serve", "--port", "0", "--scenario", str(path)], ["check", str(path)]):
        code, stdout, stderr = run(*command)
        assert (code, stdout) == (1, "")
        first, second = stderr.splitlines()
        assert first.startswith(f"{path}:2: unknown key 'sede'; expected one of description, ")
        assert second.startswith(f"{path}:3: open: expected true or false, got 2")
