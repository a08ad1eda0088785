"""`simulator serve`, as a user and a container run it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from simulator import Simulator, __version__
from tests.unit.cli.conftest import Ended
from tests.unit.command import COMMAND, ROOT, Serving, environment_of, free_port


def test_serve_prints_what_a_newcomer_needs(serve: Callable[..., Serving]) -> None:
    """Per provider its base URL, a key that works and one command to paste; the port is the one that was free."""
    one = serve("--port", "0")
    providers = one.get("/health")[1]["providers"]
    code, _, said, complained = one.stop()
    assert (code, complained) == (0, "")
    ready = f"provider-simulator {__version__} (scenario default) answers at {one.url} – console at /_simulator/"
    assert said.splitlines()[0] == ready
    assert all(f"  {one.url}/{name}" in said for name in providers)
    assert said.count("curl -X ") == len(providers)
    assert "caldLive" in said
    assert len(said.splitlines()) <= 50
    assert max(map(len, said.splitlines())) <= 120


def test_the_banner_shows_keys_that_work(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """In a closed world those that its scenario lists, by which the command may be done; where there is none, it says so."""
    scenario = tmp_path / "closed.yaml"
    keys = "keys: [sk_admin_acme, sk_live_app_acme]"
    chirp = "chirp: {apps: [{id: app_1, slug: front, name: Front}]}"
    scenario.write_text(f"description: x\naccounts: [{{{keys}, {chirp}}}]\n", encoding="utf-8")
    said = serve("--port", "0", "--scenario", str(scenario)).stop()[2]
    assert said.count("Bearer sk_live_app_acme") == said.count("curl -X ") == 1
    assert said.count("(the scenario has no key for it)") == 4


@pytest.mark.parametrize("given", ["options", "variables"])
def test_every_option_is_also_a_variable(serve: Callable[..., Serving], tmp_path: Path, given: str) -> None:
    """A container that cannot be given arguments is steered by its environment."""
    scenario = tmp_path / "mine.yaml"
    scenario.write_text("description: my own world\nopen: true\nseed: 7\n", encoding="utf-8")
    port = free_port()
    settings = {"host": "127.0.0.1", "port": str(port), "scenario": str(scenario), "admin-token": "t0ken", "log-format": "json"}
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    variables = {f"SIMULATOR_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    one = serve(*options) if given == "options" else serve(**variables)

    assert one.url == f"http://127.0.0.1:{port}"
    assert json.loads(one.first)["event"] == "ready"
    assert one.get("/worlds/default")[0] == 401
    status, world = one.get("/worlds/default", Authorization="Bearer t0ken")
    assert (status, world["description"], world["seed"]) == (200, "my own world", 7)
    assert one.stop()[0] == 0


def test_an_option_outranks_its_variable(serve: Callable[..., Serving]) -> None:
    """What is written on the line was meant."""
    port = free_port()
    assert serve("--port", str(port), SIMULATOR_PORT="1", SIMULATOR_LOG_FORMAT="text").url.endswith(f":{port}")


def test_logs_for_machines(serve: Callable[..., Serving]) -> None:
    """One JSON object a line, the first with the address, no key in any."""
    one = serve("--port", "0", "--log-format", "json")
    one.get("/health")
    lines = [json.loads(line) for line in one.stop()[2].splitlines()]
    ready = lines[0]
    assert (ready["level"], ready["event"], ready["url"]) == ("info", "ready", one.url)
    assert (ready["scenario"], ready["version"]) == ("default", __version__)
    assert ready["console"] == f"{one.url}/_simulator/"
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z", ready["time"])
    assert "caldLive" not in json.dumps(lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_at_once(serve: Callable[..., Serving], number: signal.Signals) -> None:
    """Within a second, with code 0 and without a traceback, though a client keeps an idle connection open."""
    one = serve("--port", "0")
    host, port = one.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as idle:
        idle.sendall(b"GET /_simulator/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 200 OK")
        code, took, _, complained = one.stop(number)
    assert (code, complained) == (0, "")
    assert took < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_server_starts(tmp_path: Path, number: signal.Signals) -> None:
    """Code 0 and no traceback."""
    os.mkfifo(tmp_path / "token")
    command = [*COMMAND, "serve", "--port", "0", "--admin-token-file", str(tmp_path / "token")]
    starting = subprocess.Popen(command, cwd=ROOT, env=environment_of(), stderr=subprocess.PIPE, text=True)
    with (tmp_path / "token").open("w", encoding="utf-8"):  # open once the server reads it, and now waits for the token
        starting.send_signal(number)
        complained = starting.communicate(timeout=60)[1]
    assert (starting.returncode, complained) == (0, "")


@pytest.mark.skipif("SIMULATOR_TEST_COVERAGE" in os.environ, reason="coverage handles SIGTERM itself from the beginning")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="/proc shows which signals a process handles")
def test_a_signal_while_the_command_is_imported() -> None:
    """The first process of a container receives only signals that it handles: SIGTERM is one from the beginning."""
    command = [*COMMAND, "serve", "--host", "no.such.host.invalid"]
    starting = subprocess.Popen(command, cwd=ROOT, env=environment_of(), stderr=subprocess.PIPE, text=True)
    while not _handles(starting.pid, signal.SIGTERM):
        time.sleep(0.001)
    assert "jsonschema_rs" not in Path(f"/proc/{starting.pid}/maps").read_text(encoding="utf-8")
    starting.send_signal(signal.SIGTERM)
    complained = starting.communicate(timeout=60)[1]
    assert (starting.returncode, complained) == (128 + signal.SIGTERM, "")


def _handles(process: int, number: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    mask = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return mask is not None and bool(int(mask[1], 16) >> (number - 1) & 1)


def test_a_port_that_is_taken(run: Callable[..., Ended], simulator: Simulator) -> None:
    """The error is one line that says what to do."""
    port = simulator.url.rpartition(":")[2]
    ended = run("serve", "--port", port)
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "choose another port with --port or SIMULATOR_PORT; 0 picks a free one\n"
    )


def test_a_host_that_is_none(run: Callable[..., Ended]) -> None:
    """A name that cannot be resolved is told in the same way."""
    ended = run("serve", "--host", "no.such.host.invalid")
    assert ended.code == 1
    assert ended.stderr.startswith("Error: cannot listen on no.such.host.invalid port 8080: ")
    assert "Unknown error" not in ended.stderr


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder of one's own scenarios as a container gets it: with what mounting hides in it, and one of a name that ships."""
    (tmp_path / "..2026_03_01" / "deep").mkdir(parents=True)
    (tmp_path / "deep").mkdir()
    for name in ("mine.yaml", "deep/other.yml", "cald/slow.yaml", "..2026_03_01/deep/old.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"description: my own {name}\nopen: true\n", encoding="utf-8")
    return tmp_path


def test_scenarios_of_ones_own(serve: Callable[..., Serving], scenarios: Path) -> None:
    """They are found by name beside those that ship, and outrank them; what else is in the folder is none."""
    one = serve(SIMULATOR_SCENARIOS=str(scenarios), SIMULATOR_SCENARIO="mine", SIMULATOR_PORT="0")
    assert one.get("/worlds/default")[1]["description"] == "my own mine.yaml"
    found = {each["name"]: each["description"] for each in one.get("/scenarios")[1]["scenarios"]}
    assert found["deep/other"] == "my own deep/other.yml"
    assert found["cald/slow"] == "my own cald/slow.yaml"
    assert found["default"].startswith("Accepts every")
    assert not any(name.endswith(("deep/old", "notes")) for name in found)


def test_an_empty_folder(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """The folder that a container names may be empty."""
    assert serve("--port", "0", "--scenarios", str(tmp_path)).get("/health")[0] == 200


def test_broken_scenarios_of_ones_own(run: Callable[..., Ended], scenarios: Path) -> None:
    """All are read when the server starts, and every fault of every file is reported."""
    for name in ("mine.yaml", "deep/other.yml"):
        (scenarios / name).write_text("seed: x\n", encoding="utf-8")
    ended = run("serve", "--port", "0", "--scenarios", str(scenarios))
    assert (ended.code, ended.stdout) == (1, "")
    assert {line.split(":")[0] for line in ended.stderr.splitlines()} == {
        f"{scenarios}/mine.yaml",
        f"{scenarios}/deep/other.yml",
    }


def test_a_token_from_a_file(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """As secrets are mounted into containers; the newline at its end is not part of it."""
    file = tmp_path / "token"
    file.write_text("t0ken\n", encoding="utf-8")
    for server in (
        serve("--port", "0", "--admin-token-file", str(file)),
        serve(SIMULATOR_PORT="0", SIMULATOR_ADMIN_TOKEN_FILE=str(file)),
    ):
        assert server.get("/worlds/default")[0] == 401
        assert server.get("/worlds/default", Authorization="Bearer t0ken")[0] == 200


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="/proc shows the list of processes")
def test_a_token_from_a_file_is_in_no_list_of_processes(serve: Callable[..., Serving], tmp_path: Path) -> None:
    """Neither on a command line nor in an environment, of the server, of its children and of the commands that call it."""
    token = "t0ken-in-no-list"  # noqa: S105  (of this test)
    (tmp_path / "token").write_text(token, encoding="utf-8")
    server = serve("--port", "0", "--admin-token-file", str(tmp_path / "token"))
    command = [*COMMAND, "watch", "--url", server.url]
    environment = environment_of(SIMULATOR_ADMIN_TOKEN_FILE=str(tmp_path / "token"))
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        assert server.get("/worlds/default", Authorization=f"Bearer {token}")[0] == 200
        httpx.get(f"{server.url}/cald/x", timeout=30)
        assert "/x" in watching.stdout.readline()  # it was let in
        shown = [text for number in (server.process.pid, watching.pid) for text in _listed(number)]
        everything = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
        watching.kill()
    assert any(b"--admin-token-file" in text for text in shown)
    assert [text for text in (*shown, *everything) if token.encode() in text] == []
    assert token not in server.stop()[2]


def _listed(process: int) -> Iterator[bytes]:
    """Yield what is told of a process and its threads to whoever may look."""
    for name in ("cmdline", "environ", "comm"):
        yield Path(f"/proc/{process}/{name}").read_bytes()
    for path in Path(f"/proc/{process}/task").glob("*/comm"):
        yield path.read_bytes()


def test_a_unix_domain_socket(run: Callable[..., Ended], serve: Callable[..., Serving], tmp_path: Path) -> None:
    """A stale socket file is replaced, one in use is not; the health check finds it by the same variable."""
    path = tmp_path / "simulator.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    server = serve("--uds", str(path), "--log-format", "json")
    assert server.url == "http://localhost"
    for ended in (run("health", "--uds", str(path)), run("health", SIMULATOR_UDS=str(path))):
        assert (ended.code, json.loads(ended.stdout)["status"]) == (0, "ok")
    second = run("serve", "--uds", str(path))
    assert (second.code, second.stderr) == (
        1,
        f"Error: cannot listen on the Unix domain socket {path}: Address already in use\n",
    )
    assert server.stop()[0] == 0
    assert not path.exists()
    ended = run("health", "--uds", str(path))
    assert ended.code == 1
    assert f"http://127.0.0.1:8080/_simulator/health on the Unix domain socket {path}: " in ended.stderr


def test_the_banner_of_a_unix_domain_socket(tmp_path: Path) -> None:
    """It says how to reach it."""
    path = tmp_path / "simulator.sock"
    process = subprocess.Popen(
        [*COMMAND, "serve", "--uds", str(path)], cwd=ROOT, env=environment_of(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == f"listening on the Unix domain socket {path}: use curl --unix-socket {path}\n"
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_file_is_not_replaced_by_a_socket(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Only a socket file that nobody listens on is."""
    path = tmp_path / "precious"
    path.write_text("x", encoding="utf-8")
    assert run("serve", "--uds", str(path)).code == 1
    assert path.read_text(encoding="utf-8") == "x"


def test_a_socket_that_was_handed_over(run: Callable[..., Ended]) -> None:
    """By a supervisor that listens already; what is not a listening socket is refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = str(listener.fileno())
        command = [*COMMAND, "serve", "--fd", number, "--log-format", "json"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment_of(), stdout=subprocess.PIPE, text=True, pass_fds=[listener.fileno()]
        )
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["url"] == f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert run("health", "--url", ready["url"]).code == 0
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    for descriptor, problem in (("0", "file descriptor 0 is not a socket"), ("999", "file descriptor 999 is not a socket")):
        ended = run("serve", "--fd", descriptor)
        assert ended.code == 2
        assert f"Invalid value for --fd: {problem}" in ended.stderr


def test_a_switch_on_the_command_line(run: Callable[..., Ended], tmp_path: Path) -> None:
    """`--no-tls` outranks the variable."""
    ended = run("serve", "--no-tls", "--write-ca", str(tmp_path / "ca.pem"), SIMULATOR_TLS="1")
    assert (ended.code, ended.stderr.splitlines()[-1]) == (
        2,
        "Error: --write-ca needs --tls: a server without TLS has no CA",
    )


def test_https_at_an_http_address(serve: Callable[..., Serving]) -> None:
    """The client learns no more than that this is no TLS, so the log says it."""
    one = serve("--port", "0", SIMULATOR_FAST_LANE="1")
    with pytest.raises(httpx.ConnectError, match="SSL"):
        httpx.get(one.url.replace("http:", "https:"))
    assert "a client sent HTTPS to an HTTP address: use http:// in its base URL, or serve with --tls" in one.stop()[2]


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_of_this_machine(run: Callable[..., Ended], host: str) -> None:
    """Another port would not help."""
    ended = run("serve", "--host", host, "--port", "0")
    assert (ended.code, ended.stdout) == (1, "")
    assert re.fullmatch(rf"Error: cannot listen on {host} port 0: .+; --host or SIMULATOR_HOST names .+\n", ended.stderr)
