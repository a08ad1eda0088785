"""The documentation as tests see it: pages, their code blocks, links and anchors.

A block in `sh` is run; one in `shell` is not, as it needs docker, a network or a server that does not end. A block that begins
with a comment that is a file name is saved under that name beside the tests of its page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OTHERS = [
    path
    for folder in ("clients", "examples")
    for path in sorted((ROOT / folder).rglob("*.md"))
    if "node_modules" not in path.parts  # of whoever has built the TypeScript package here
]
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), *OTHERS]
SERVER = "http://127.0.0.1:8080"
CURL = """#!/bin/sh
exec {curl} "$@" -w '%{{stderr}}status %{{http_code}}\\n'
"""


class Block(NamedTuple):
    """A fenced code block."""

    language: str
    text: str

    @property
    def file(self) -> str:
        """The name under which the block is to be saved; empty if it has none."""
        match = re.match(r"(?:#|//) ([\w.-]+\.\w+)$", self.text.partition("\n")[0])
        return match[1] if match else ""

    @property
    def has_tests(self) -> bool:
        """Whether the block belongs to a pytest file."""
        return self.language == "python" and bool(re.search(r"def test_|^@pytest\.fixture", self.text, re.MULTILINE))


def blocks(page: Path, *languages: str) -> list[Block]:
    """Return the code blocks of a page, or those in some languages."""
    fences = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(language, text) for language, text in fences if not languages or language in languages]


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """Return the targets of the relative links of a page."""
    targets = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    texts = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in titles]  # of links, the text
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


def save_files(page: Path, folder: Path) -> None:
    """Save the blocks that have a file name, and all pytest code without one as one file."""
    folder.mkdir(exist_ok=True)
    tests = []
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.has_tests:
            tests.append(block.text)
    if tests:
        (folder / f"test_{page.stem.lower().replace('-', '_')}.py").write_text("\n\n".join(tests), encoding="utf-8")


SLOW_TO_LOAD = ("schemathesis", "recording", "respx", "socket", "timeout")  # plugins that only some tests are about
NO_PLUGINS = [f"-pno:{name}" for name in ("cacheprovider", "asyncio", *SLOW_TO_LOAD)]


def run_pytest(folder: Path, *arguments: str) -> tuple[str, int]:
    """Run pytest in a folder; return the output, and how many tests its files define."""
    code = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    defined = len(re.findall(r"^ *(?:async )?def test_", code, re.MULTILINE))
    command = [sys.executable, "-m", "pytest", "-q", *NO_PLUGINS, *arguments, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout + done.stderr, defined


def run_shell(script: str, url: str, folder: Path) -> tuple[str, list[str]]:
    """Run a block against a server; return its output, and the statuses of its curl commands that are no success."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "curl").write_text(CURL.format(curl=shutil.which("curl")), encoding="utf-8")
    (tools / "curl").chmod(0o755)
    path = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SIMULATOR_URL": url}
    command = ["/bin/sh", "-uc", script.replace(SERVER, url)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stderr.splitlines() if line]
    assert all(re.fullmatch(r"status \d{3}", line) for line in lines), done.stderr
    statuses = [line.removeprefix("status ") for line in lines]
    return done.stdout, [status for status in statuses if not "200" <= status < "400"]
