"""`simulator record` and `simulator compare`, as a user runs them: two processes, a client, and a file."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator import Simulator
from tests.unit.cli.conftest import Ended
from tests.unit.command import COMMAND, ROOT, environment_of

ORDER = {"sub_account_id": "sub_8a1f4c2e", "country": "US", "area_code": "415"}
HEADERS = {"Authorization": "Bearer vx_live_c0mpany"}


class Recording:
    """A `simulator record` in a process of its own, ready."""

    def __init__(self, upstream: str, file: Path, *more: str) -> None:
        arguments = ["record", "--upstream", f"vantax={upstream}", "--to", str(file), "--port", "0", *more]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, env=environment_of(), **pipes)
        assert self.process.stdout is not None
        self.lines = [self.process.stdout.readline() for _ in range(2)]
        found = re.search(r"http://\S+", self.lines[1])
        assert found, self.process.communicate(timeout=30)
        self.url = found.group()

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; return the exit code, and what was said on standard error."""
        self.process.send_signal(number)
        _, stderr = self.process.communicate(timeout=30)
        return self.process.returncode, stderr


@pytest.fixture
def start() -> Iterator[Callable[..., Recording]]:
    """Start recordings; those that still run are killed after the test."""
    started: list[Recording] = []

    def start(*arguments: Any) -> Recording:
        started.append(Recording(*arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate(timeout=30)


def upstream_of(simulator: Simulator, **scenario: Any) -> str:
    """Return the address of Vantax in a new world of a second simulator."""
    described = {"description": "x", "open": True, "accounts": [{"vantax": {"sub_account_id": "sub_8a1f4c2e"}}], **scenario}
    return str(simulator.client.world(described, unmatched="ignore").vantax.base_url)


def test_a_recording_is_compared(
    start: Callable[..., Recording], run: Callable[..., Ended], simulator: Simulator, tmp_path: Path
) -> None:
    """With the assumption that it refutes, the block that follows, and the exit codes; the block in a scenario settles it."""
    file = tmp_path / "traffic.har"
    recording = start(upstream_of(simulator, assume={"vantax.purchase_status": 200}), file, "--allow-spend", "--cap", "5")
    assert recording.lines[0].startswith(f"recording to {file}; use these base URLs")
    with httpx.Client(headers=HEADERS, timeout=30) as client:
        bought = client.post(f"{recording.url}/phone-numbers", json=ORDER)
        assert bought.status_code == 200
        shown = client.get(f"{recording.url}/phone-numbers", params={"sub_account_id": "sub_8a1f4c2e"})
        assert shown.json()["data"][0]["id"] == bought.json()["data"]["id"]
    code, stderr = recording.end(signal.SIGINT)
    assert code == 0
    assert "POST   200  vantax.purchase_phone_number  (1.00 of 5.00 USD)\nGET    200  vantax.list_phone_numbers\n" in stderr
    assert f"2 requests in {file}, 0 not sent; next: simulator compare {file}" in stderr
    text = file.read_text(encoding="utf-8")
    assert "c0mpany" not in text
    assert bought.json()["data"]["number"] not in text

    code, stdout, stderr = run("compare", str(file))
    assert (code, stderr) == (1, "")
    assert "vantax.purchase_phone_number  differs (matches with the assume block below)\n" in stdout
    assert "              status: 200, the simulator returns 201\n" in stdout
    assert "2 exchanges in a fresh world of the scenario default: 1 matched, 1 differs\n" in stdout
    assert re.search(r"^vantax\.purchase_status +refuted +201, shown: 200 +1$", stdout, re.MULTILINE)
    assert re.search(r"^vantax\.reassign +not reached +refuse$", stdout, re.MULTILINE)
    assert stdout.endswith("A scenario behaves like the recording with:\nassume:\n  vantax.purchase_status: 200\n")

    scenario = tmp_path / "as_recorded.yaml"
    block = stdout.partition("with:\n")[2]
    scenario.write_text(
        f"description: As recorded\nopen: true\naccounts: [{{vantax: {{sub_account_id: sub_8a1f4c2e}}}}]\n{block}"
    )
    code, stdout, _ = run("compare", str(file), "--scenario", str(scenario), "--format", "json")
    report = json.loads(stdout)
    assert (code, report["passed"]) == (0, True)
    assert [one["verdict"] for one in report["exchanges"]] == ["matched", "matched"]
    (settled,) = [one for one in report["assumptions"] if one["name"] == "vantax.purchase_status"]
    assert (settled["finding"], settled["value"], settled["exchanges"]) == ("confirmed", 200, [1])


def test_nothing_is_lost_if_it_is_killed(start: Callable[..., Recording], simulator: Simulator, tmp_path: Path) -> None:
    """The file has all requests that were sent, as valid JSON."""
    file = tmp_path / "traffic.har"
    recording = start(upstream_of(simulator), file)
    with httpx.Client(headers=HEADERS, timeout=30) as client:
        for _ in range(5):
            params = {"sub_account_id": "sub_8a1f4c2e"}
            assert client.get(f"{recording.url}/phone-numbers", params=params).status_code == 200
        assert client.post(f"{recording.url}/phone-numbers", json=ORDER).status_code == 403
    code, _ = recording.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    entries = json.loads(file.read_text(encoding="utf-8"))["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [200] * 5


def test_a_single_request_is_counted_as_one(start: Callable[..., Recording], simulator: Simulator, tmp_path: Path) -> None:
    """Beside a purchase that was not sent."""
    file = tmp_path / "traffic.har"
    recording = start(upstream_of(simulator), file)
    with httpx.Client(headers=HEADERS, timeout=30) as client:
        client.get(f"{recording.url}/phone-numbers", params={"sub_account_id": "sub_8a1f4c2e"})
        assert client.post(f"{recording.url}/phone-numbers", json=ORDER).status_code == 403
    code, stderr = recording.end(signal.SIGINT)
    assert code == 0
    assert stderr.endswith(f"1 request in {file}, 1 not sent; next: simulator compare {file}\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--upstream", "vantex"], "is not NAME or NAME=URL: unknown provider 'vantex'; did you mean vantax?"),
        (["--upstream", "vantax=ftp://x"], "'ftp://x' is not a base URL, expected one like https://api.vantaxai.com/v1"),
        (["--upstream", "vantax", "--cap", "5"], "--cap needs --allow-spend: without it nothing is spent"),
        (["--upstream", "vantax", "--allow-spend"], "--allow-spend needs --cap: how much may be spent, in USD"),
        (["--upstream", "vantax", "--allow-spend", "--cap", "much"], "'much' is not an amount in USD"),
        (["--upstream", "vantax", "--allow-spend", "--cap", "nan"], "'nan' is not an amount in USD"),
        (
            ["--upstream", "vantax", "--cost", "vantax.place_cal=1"],
            "is not OPERATION=USD: unknown operation 'vantax.place_cal'; did you mean vantax.place_call?",
        ),
        (["--upstream", "vantax", "--cost", "vantax.place_call=-1"], "'-1' is not an amount in USD"),
        ([], "Missing option --upstream"),
    ],
)
def test_options_of_record(run: Callable[..., Ended], tmp_path: Path, arguments: list[str], problem: str) -> None:
    """Are refused with what was expected, before a file is made."""
    file = tmp_path / "traffic.har"
    code, stdout, stderr = run("record", "--to", str(file), "--port", "0", *arguments)
    assert (code, stdout) == (2, "")
    assert problem in stderr
    assert not file.exists()


def test_a_file_that_exists(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Is never overwritten."""
    file = tmp_path / "traffic.har"
    file.write_text("mine", encoding="utf-8")
    code, _, stderr = run("record", "--to", str(file), "--port", "0", "--upstream", "vantax")
    assert (code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert f"{file} exists; choose another name, or delete it" in stderr
    code, _, stderr = run("record", "--to", str(tmp_path / "no" / "folder.har"), "--port", "0", "--upstream", "vantax")
    assert code == 2
    assert "cannot be written: No such file or directory" in stderr


def entry(url: str, status: int, text: str, **more: Any) -> dict[str, Any]:
    """Return an entry as other tools write it."""
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return {
        "startedDateTime": "2026-03-01T12:00:00.000Z",
        "time": 1,
        "request": {"method": "GET", "url": url, "headers": [], **more},
        "response": {
            "status": status,
            "headers": headers,
            "content": {"mimeType": "application/json", "text": text, "size": 1},
        },
    }


def har_of(tmp_path: Path, *entries: dict[str, Any]) -> str:
    """Write a file of another tool; return its name."""
    file = tmp_path / "other.har"
    log = {"version": "1.2", "creator": {"name": "browser", "version": "1"}, "entries": entries}
    file.write_text(json.dumps({"log": log}), encoding="utf-8")
    return str(file)


def test_a_har_of_another_tool(run: Callable[..., Ended], tmp_path: Path) -> None:
    """By the real hosts or a simulator's paths, whatever else it has; browsers leave out the keys."""
    empty = json.dumps({"success": True, "data": [], "pagination": {"total": 0, "limit": 20, "has_more": False}})
    query = "phone-numbers?sub_account_id=sub_8a1f4c2e"
    file = har_of(
        tmp_path,
        entry(f"https://api.vantaxai.com/v1/{query}", 200, empty),
        entry(f"http://127.0.0.1:8080/vantax/v1/{query}", 200, empty),
        entry("https://example.com/tracker", 200, "{}"),
    )
    code, stdout, _ = run("compare", file)
    assert code == 0, stdout
    assert "2 exchanges in a fresh world of the scenario default: 2 matched\nleft out: 1 request to other hosts" in stdout


def test_what_could_not_be_checked_is_no_pass(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Nor is what the simulator does not have."""
    file = har_of(
        tmp_path,
        entry("https://api.vantaxai.com/v1/phone-numbers?sub_account_id=sub_8a1f4c2e", 503, "{}"),
        entry("https://api.vantaxai.com/v1/workflows?sub_account_id=sub_8a1f4c2e", 200, "{}"),
        entry("https://api.vantaxai.com/v1/brand-new", 200, "{}"),
    )
    code, stdout, _ = run("compare", file)
    assert code == 1
    assert "could not be checked: the provider returned 503, which depends on more than the request" in stdout
    assert "not simulated: the simulator declares the operation and returns 501" in stdout
    assert "/v1/brand-new" in stdout
    assert "not simulated: the spec has no such route" in stdout
    assert "0 matched" not in stdout


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ({"text": "", "size": 0}, "differs\n              the body: only the simulator has one\n"),
        ({"size": 0}, "differs\n              the body: only the simulator has one\n"),
        ({"text": "", "size": 5}, "could not be checked: the recording has no body\n"),
        ({"size": -1}, "could not be checked: the recording has no body\n"),
        (
            {"text": "eyJzdWNj\r\nZXNzIjp0cnVlfQ==", "encoding": "base64"},
            "differs\n              data: only the simulator has it\n",
        ),
    ],
)
def test_a_response_without_its_body_is_no_match(
    run: Callable[..., Ended], tmp_path: Path, content: dict[str, Any], finding: str
) -> None:
    """It differs if there was none, and cannot be checked if it was not kept."""
    recorded = entry("https://api.vantaxai.com/v1/phone-numbers?sub_account_id=sub_8a1f4c2e", 200, "")
    recorded["response"]["content"] = {"mimeType": "application/json", **content}
    code, stdout, _ = run("compare", har_of(tmp_path, recorded))
    assert code == 1
    assert f"vantax.list_phone_numbers  {finding}" in stdout


def test_a_response_to_head_has_no_body(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Neither of the two has one."""
    recorded = entry("https://api.vantaxai.com/v1/nowhere", 404, "")
    recorded["request"]["method"], recorded["response"]["content"]["size"] = "HEAD", 0
    code, stdout, _ = run("compare", har_of(tmp_path, recorded))
    assert (code, "1 matched" in stdout) == (0, True), stdout


def _broken(**changed: Any) -> str:
    recorded = entry("https://api.vantaxai.com/v1/phone-numbers", 200, "{}")
    return json.dumps({"log": {"entries": [{**recorded, **changed}]}})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is not a HAR file, expected a JSON object with log.entries"),
        ("[1]", "is not a HAR file"),
        ('{"log": {"entries": [{"request": {}}]}}', "entry 1 is not one of HAR 1.2: response is missing"),
        (_broken(startedDateTime="yesterday"), "entry 1 is not one of HAR 1.2: Invalid isoformat string: 'YESTERDAY'"),
        (_broken(request=5), "entry 1 is not one of HAR 1.2: the value of a member is of another type"),
        (
            _broken(response={"status": 200, "headers": [], "content": {"text": "@@", "encoding": "base64"}}),
            "entry 1 is not one of HAR 1.2: response.content.text is not base64",
        ),
        ('{"log": ' + "[" * 100_000, "is not a HAR file"),
        ('{"log": {"entries": []}}', "0 requests, and none to a provider; expected requests to "),
    ],
)
def test_what_is_no_recording(run: Callable[..., Ended], tmp_path: Path, content: str, problem: str) -> None:
    """The error says what was expected."""
    file = tmp_path / "a.har"
    file.write_text(content, encoding="utf-8")
    code, stdout, stderr = run("compare", str(file))
    assert (code, stdout) == (1, "")
    assert problem in stderr
    code, _, stderr = run("compare", str(tmp_path / "missing.har"))
    assert (code, "cannot be read: No such file or directory" in stderr) == (1, True)


def test_an_unknown_scenario(run: Callable[..., Ended], tmp_path: Path) -> None:
    """With the nearest name."""
    file = har_of(tmp_path, entry("https://api.vantaxai.com/v1/agents?sub_account_id=x", 200, "{}"))
    code, _, stderr = run("compare", file, "--scenario", "example")
    assert (code, "unknown scenario 'example'; did you mean examples?" in stderr) == (2, True)
