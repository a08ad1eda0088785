"""`simulator list`: an overview and a page for each provider that fit a screen, and all the details."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from simulator.registry import built_in_registry
from tests.unit.cli.conftest import Ended

PUBLIC_SPECS = os.environ.get("SIMULATOR_TEST_SPECS", "")
OVERVIEW = """\
  PROVIDER  OPERATIONS  PATH                   INSTEAD OF
  cald      17 of 17    /cald/client/api/v1    my.cald.ai
  cartesia  62 of 120   /cartesia              api.cartesia.ai
  chirp     51 of 77    /chirp                 api.buildwithchirp.com
  truedy    49 of 56    /truedy/api/public/v1  api.truedy.ai
  vantax    53 of 60    /vantax/v1             api.vantaxai.com

  SCENARIOS
               default, examples, strict
  cald/        error-after-purchase, flaky, key-revoked, lost-answer, … (13)
  cartesia/    calls-take-time, error-after-purchase, flaky, key-revoked, … (16)
  chirp/       calls-take-time, carrier-down, error-after-purchase, … (19)
  truedy/      agents-settle-late, error-after-purchase, flaky, … (18)
  vantax/      error-after-purchase, flaky, key-revoked, lost-answer, … (15)

  simulator list PROVIDER     operations, errors, switches and scenarios
  simulator list --scenarios  all scenarios with their descriptions
  simulator list --evidence   what is documented, inferred or assumed
  simulator list --numbers    numbers that decide how a call or a message ends
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a user's own scenarios, in more groups than fit a screen, one of a long name."""
    for name in (*(f"team-{number}/slow" for number in range(30)), f"{'long-' * 20}/{'name-' * 30}", "cald/mine", "top"):
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"description: my own {name[:20]}\nopen: true\n", encoding="utf-8")
    return tmp_path


def test_the_overview(run: Callable[..., Ended]) -> None:
    """One line for each provider, one for each group of scenarios."""
    assert run("list", COLUMNS="80") == (0, OVERVIEW, "")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_the_overview_fits_a_screen(run: Callable[..., Ended], folder: Path, columns: int) -> None:
    """24 lines with the prompt, however many scenarios a user has."""
    for environment in ({}, {"SIMULATOR_SCENARIOS": str(folder)}):
        lines = run("list", COLUMNS=str(columns), **environment).stdout.splitlines()
        assert len(lines) <= 23
        assert max(map(len, lines)) <= columns
    assert any(re.fullmatch(r"  … and \d+ more groups", line) for line in lines)


def names(text: str, title: str) -> set[str]:
    """The names of a section, with the braces of a shell expanded."""
    section = re.search(rf"^[\w ]*{title}[^:]*:((?: .*)?(?:\n  (?!simulator).+)*)", text, re.MULTILINE)
    assert section, title
    groups = re.sub(r"\{[^}]*\}", lambda group: "".join(group[0].split()), section[1])
    return {name for group in re.split(r",\s+", groups.strip()) for name in expanded(group)}


def expanded(name: str) -> list[str]:
    """What a shell makes of a name with braces."""
    start, brace, rest = name.partition("{")
    inner, _, end = rest.partition("}")
    return [f"{start}{one}{end}" for one in inner.split(",")] if brace else [name]


def assert_fits(text: str) -> None:
    """24 lines of 80 columns, with the prompt in the last line."""
    lines = text.splitlines()
    assert len(lines) <= 23
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("provider", built_in_registry().providers)
def test_a_provider_fits_a_screen(run: Callable[..., Ended], provider: str) -> None:
    """With the name of every operation that rules can match, and as many of the others as there is room for."""
    code, text, stderr = run("list", provider, COLUMNS="", LINES="")
    assert (code, stderr) == (0, "")
    assert_fits(text)
    bound = built_in_registry().providers[provider]
    assert names(text, "operations") == {operation.id for operation in bound.spec.operations.values() if operation.simulated}
    assert {"UNAUTHORIZED", "INVALID_KEY", "LIMITED", "UNAVAILABLE"} <= names(text, "errors")
    assert "flaky" in names(text, "Scenarios")
    assert next(iter(bound.provider.assumptions)) in names(text, "Switches")
    assert f"simulator list {provider} --all" in text


def test_a_greater_screen_shows_all(run: Callable[..., Ended]) -> None:
    """Where there is room, nothing is left out."""
    for provider, bound in built_in_registry().providers.items():
        text = run("list", provider, COLUMNS="80", LINES="60").stdout
        assert "more\n" not in text
        assert names(text, "errors") == {*bound.provider.errors_by_name}
        assert names(text, "Switches") == {*bound.provider.assumptions}


@pytest.fixture
def providers(tmp_path: Path) -> Path:
    """A folder with a provider of 400 operations, and 30 others, one of which has a long name."""
    for name, count in (("large", 400), ("long-" * 10 + "name", 1), *((f"small{number}", 1) for number in range(28))):
        paths = {
            f"/things{number}": {"get": {"operationId": f"fetchThing{number}", "responses": {"200": {"description": "It is."}}}}
            for number in range(count)
        }
        document = {
            "openapi": "3.1.0",
            "info": {"title": name, "version": "1"},
            "servers": [{"url": f"https://{name}.example"}],
        }
        (tmp_path / name).mkdir()
        (tmp_path / name / "openapi.json").write_text(json.dumps({**document, "paths": paths}), encoding="utf-8")
    return tmp_path


def test_own_providers_fit_a_screen_too(run: Callable[..., Ended], providers: Path) -> None:
    """However many there are, and however many operations they have; what is left out is counted."""
    overview = run("list", "--providers", str(providers)).stdout
    assert_fits(overview)
    assert re.search(r"^  … and \d+ more providers$", overview, re.MULTILINE)
    text = run("list", "large", "--providers", str(providers)).stdout
    assert_fits(text)
    assert re.search(r"^400 operations: fetchThing0, .*… \d+ more$", text, re.MULTILINE | re.DOTALL)
    assert_fits(run("list", "long-" * 10 + "name", "--providers", str(providers)).stdout)


@pytest.mark.skipif(not PUBLIC_SPECS, reason="SIMULATOR_TEST_SPECS names no folder of specs")
def test_published_specs_fit_a_screen(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Each as a provider of its own."""
    for path in Path(PUBLIC_SPECS).glob("*.[jy]*"):
        (tmp_path / path.stem).mkdir()
        (tmp_path / path.stem / f"openapi{path.suffix}").write_bytes(path.read_bytes())
    served = [path.name for path in tmp_path.iterdir()]
    assert served
    for arguments in ([], *([name] for name in served)):
        assert_fits(run("list", *arguments, "--providers", str(tmp_path)).stdout)


def test_one_operation(run: Callable[..., Ended]) -> None:
    """What it takes and returns, with a request and a rule to paste; `provider.operation` is understood as well."""
    text = run("list", "cald", "buy_phone_number", COLUMNS="120").stdout
    assert text == run("list", "cald", "cald.buy_phone_number", COLUMNS="120").stdout
    assert text.startswith("cald.buy_phone_number: ")
    assert re.search(r"^  request +POST /client/api/v1/phonenumbers$", text, re.MULTILINE)
    assert re.search(r"^  evidence +documented – https://", text, re.MULTILINE)
    assert "curl -X POST http://127.0.0.1:8080/cald/client/api/v1/phonenumbers" in text
    rule = yaml.safe_load(text[text.index("rules:") :])["rules"][0]
    assert rule["when"] == {"operation": "cald.buy_phone_number"}
    assert "returns 501" in run("list", "chirp", "send_whatsapp_message").stdout


def test_a_word(run: Callable[..., Ended]) -> None:
    """All whose name or path has it, however it is spelt; one that nothing has is an error with the nearest names."""
    text = run("list", "cald", "phone-number").stdout
    assert {"buy_phone_number", "cancel_phone_number", "edit_phone_number"} <= {*re.findall(r"^  (\w+)", text, re.MULTILINE)}
    assert "list_agents" not in text
    assert re.search(r"^  NUMBER_NOT_FOUND +404 ", run("list", "cald", "not_found").stdout, re.MULTILINE)
    for provider, operation in (("cartesia", "phone_numbers_provision"), ("vantax", "purchase_phone_number")):
        for synonym in ("buy", "purchase", "provision"):  # each provider has one of them
            assert f"  {operation} " in run("list", provider, synonym).stdout
    assert "release" not in run("list", "cald", "delete").stdout  # which has operations of its own
    code, stdout, stderr = run("list", "cald", "buy_fone_number")
    assert (code, stdout) == (2, "")
    assert stderr.endswith("nothing of cald is named 'buy_fone_number'; did you mean buy_phone_number?\n")


def test_the_details_of_a_provider(run: Callable[..., Ended]) -> None:
    """Operations with method, path and evidence; errors with status; switches; scenarios with descriptions; no other's."""
    code, text, stderr = run("list", "cald", "--all")
    assert (code, stderr) == (0, "")
    assert re.search(r"buy_phone_number +POST +documented +/client/api/v1/phonenumbers\n", text)
    assert re.search(r"US_ONLY +400 ", text)
    assert re.search(r"cald\.error_body +json \| text ", text)
    assert re.search(r"cald/plan-full +[A-Z]", text)
    assert not re.search("chirp|vantax", text)


@pytest.mark.parametrize(("lines", "is_paged"), [("24", True), ("500", False)])
def test_what_does_not_fit_the_terminal_is_paged(tmp_path: Path, lines: str, is_paged: bool) -> None:
    """By the pager of the user; what is piped is not."""
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\ntouch paged\ncat >/dev/null\n", encoding="utf-8")
    pager.chmod(0o755)
    environment = {**os.environ, "PAGER": str(pager), "LINES": lines, "COLUMNS": "100", "TERM": "xterm"}
    command = [sys.executable, "-m", "simulator", "list", "cartesia", "--all"]
    leader, terminal = pty.openpty()
    try:
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=terminal, stdout=terminal, close_fds=True
        ) as process:
            os.close(terminal)
            reader = threading.Thread(target=read_all, args=(leader,))
            reader.start()
            assert process.wait(timeout=30) == 0
            reader.join(timeout=10)
    finally:
        os.close(leader)
    assert (tmp_path / "paged").exists() == is_paged
    (tmp_path / "paged").unlink(missing_ok=True)
    subprocess.run(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, timeout=30, check=True)
    assert not (tmp_path / "paged").exists()


def read_all(descriptor: int) -> None:
    """Read until the other end of a terminal is closed."""
    with contextlib.suppress(OSError):
        while os.read(descriptor, 4096):
            pass


def test_a_provider_that_does_not_exist(run: Callable[..., Ended]) -> None:
    """The error names the nearest."""
    code, stdout, stderr = run("list", "calld")
    assert (code, stdout) == (2, "")
    assert stderr.endswith("Error: Invalid value for PROVIDER: no provider 'calld'; did you mean cald?\n")


def test_a_name_in_place_of_a_provider(run: Callable[..., Ended]) -> None:
    """A full name leads to its provider; of a name alone the error says where to look."""
    for name in ("cartesia.calls_list", "cartesia/plan-full"):
        assert run("list", name) == run("list", "cartesia", name)
    assert run("list", "cartesia.calls_list").stdout.startswith("cartesia.calls_list: ")
    assert run("list", "cartesia.calls", "x").stderr.endswith("no provider 'cartesia.calls'; did you mean cartesia?\n")
    assert run("list", "QUOTA_EXCEEDED").stderr.endswith("; to look up a name: simulator list PROVIDER QUOTA_EXCEEDED\n")


def test_all_scenarios(run: Callable[..., Ended], folder: Path) -> None:
    """With their descriptions; with a user's own from the folder that is given, or that the environment names."""
    text = run("list", "--scenarios").stdout
    for name in built_in_registry().scenario_names():
        assert re.search(rf"^  {re.escape(name)} +\S", text, re.MULTILINE), name
    for ended in (run("list", "--scenarios", str(folder)), run("list", "--scenarios", SIMULATOR_SCENARIOS=str(folder))):
        assert ended.code == 0
        assert re.search(r"^  team-7/slow +my own team-7/slow$", ended.stdout, re.MULTILINE)
        assert re.search(r"^  default +\S", ended.stdout, re.MULTILINE)
    own = run("list", "cald", "--scenarios", str(folder)).stdout
    assert re.search(r"^  cald/mine +my own cald/mine$", own, re.MULTILINE)
    assert not re.search("operation|team|default", own)


def test_a_folder_that_does_not_exist(run: Callable[..., Ended]) -> None:
    """On the command line or in the environment."""
    assert "Invalid value for --scenarios: the folder cald does not exist" in run("list", "--scenarios", "cald").stderr
    assert "SIMULATOR_SCENARIOS: the folder nowhere does not exist" in run("list", SIMULATOR_SCENARIOS="nowhere").stderr


def test_the_magic_numbers(run: Callable[..., Ended]) -> None:
    """With the outcome that scenarios call the same, and what happens."""
    code, text, _ = run("list", "--numbers")
    assert (code, [line.strip() for line in text.splitlines()[:2]]) == (0, ["A call to", "+16065550190  busy          is busy"])
    assert [line.split()[0] for line in text.splitlines() if "+1606" in line] == [f"+1606555019{digit}" for digit in range(9)]
