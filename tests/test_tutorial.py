"""The tutorial of docs/writing-a-provider.md, followed word for word: files saved, commands run, statuses as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.documentation import NO_PLUGINS, ROOT, SERVER

PAGE = (ROOT / "docs" / "writing-a-provider.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## From a spec to a first 402\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)


class Reader:
    """A reader with an empty folder and two terminals."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder / "server.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}
        options = " ".join(NO_PLUGINS)
        self._environment = {**kept, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTEST_ADDOPTS": options}
        self._server: subprocess.Popen[bytes] | None = None
        self._url, self.statuses = "", list[str]()

    def follow(self, language: str, text: str) -> None:
        """Save a file, or run commands."""
        if language in ("yaml", "python"):
            (self._folder / text.partition("\n")[0].removeprefix("# ")).write_text(text, encoding="utf-8")
            if self._server is not None:
                self._wait_for("reloaded")
            return
        serving = [line for line in text.splitlines() if line.startswith("simulator serve")]
        self.run("\n".join(line for line in text.splitlines() if line not in serving))
        for line in serving:
            self._serve(line)

    def run(self, script: str) -> None:
        """Run commands, which succeed; keep the statuses of curl."""
        script = script.replace(SERVER, self._url).replace("curl -s ", "curl -s -w '\\nstatus %{http_code}\\n' ")
        command = ["/bin/sh", "-euc", script]
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.statuses += re.findall(r"^status (\d{3})$", done.stdout, re.MULTILINE)

    def _serve(self, line: str) -> None:
        with self._log.open("w") as log:
            command = [*line.split(), "--port", "0"]
            self._server = subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=log, stderr=log)
        self._url = re.findall(r"https?://[^\s/]+", self._wait_for("console at"))[0]

    def _wait_for(self, text: str) -> str:
        deadline = time.monotonic() + 30
        while text not in (logged := self._log.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline, logged
            time.sleep(0.05)
        return logged

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.terminate()
            assert self._server.wait(10) == 0


def test_the_tutorial(tmp_path: Path) -> None:
    """From nothing to a first 402, and to tests that pass."""
    reader = Reader(tmp_path)
    try:
        for language, text in BLOCKS:
            reader.follow(language, text)
    finally:
        reader.close()
    assert reader.statuses == re.findall(r"\b\d{3}\b", " ".join(re.findall(r"# ((?:\d{3} ?)+)$", SECTION, re.MULTILINE)))
    assert "402" in reader.statuses
