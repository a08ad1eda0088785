"""The TypeScript package: its tests pass where node is installed. scripts/check-clients builds it, too."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from simulator import Simulator, __version__
from simulator.control.control import load_spec

PACKAGE = Path(__file__).parent.parent / "clients" / "typescript"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_its_tests_pass(simulator: Simulator, tmp_path: Path) -> None:
    """Against a server; so does the test in its README."""
    package = shutil.copytree(PACKAGE, tmp_path / "package")
    (example,) = re.findall(r"^```ts\n(.*?)^```", (PACKAGE / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (package / "test" / "readme.test.js").write_text(example, encoding="utf-8")
    files = [str(path) for path in sorted((package / "test").glob("*.test.js"))]
    environment = {**os.environ, "SIMULATOR_URL": simulator.url}
    command = ["node", "--test", *files]
    done = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"^[#ℹ] pass (\d+)$", done.stdout, re.MULTILINE)[0]) >= 19


def test_its_types_have_every_operation_of_the_control_api() -> None:
    """They are generated from the spec, which goes on: `npm run types` in the package."""
    types = (PACKAGE / "src" / "control.ts").read_text(encoding="utf-8")
    operations = re.findall(r"^    ([a-z_]+): \{$", types[types.index("export interface operations") :], re.MULTILINE)
    assert sorted(operations) == sorted(load_spec().places)


LEFT_OUT = {"metrics", "specs", "schema", "test"}  # not for a test: they are for other programs, and for people


def test_it_calls_every_operation_of_the_control_api() -> None:
    """Each part of a path stands in its sources, beside the types that are generated."""
    sources = "".join(path.read_text("utf-8") for path in (PACKAGE / "src").glob("*.ts") if path.name != "control.ts")
    parts = {part for path in load_spec().content["paths"] for part in re.findall(r"/([a-z]+)", path)}
    assert {part for part in parts if not re.search(rf"/{part}\b", sources)} == LEFT_OUT


def test_it_is_of_this_version() -> None:
    """The package has the version of the simulator; the image that it starts, too; and every source is built."""
    assert json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["version"] == __version__
    assert f'"provider-simulator:{__version__}"' in (PACKAGE / "lib" / "testcontainers.js").read_text(encoding="utf-8")
    sources = {path.stem for path in (PACKAGE / "src").glob("*.ts")}
    assert {path.name.partition(".")[0] for path in (PACKAGE / "lib").iterdir()} == sources
