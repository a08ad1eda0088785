"""`simulator serve --save-worlds DIR --load-worlds DIR`: one server ends, and the next one continues its worlds."""

from __future__ import annotations

import json
import os
import signal
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.receiver import receiving
from tests.unit.command import Serving, run

KEY = {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"}
PLAN = {"open": True, "accounts": [{"cartesia": {"plan": "scale"}}]}
Serve = Callable[..., Serving]


def control(http: httpx.Client, url: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the control API."""
    answer = http.request(method, f"{url}/_simulator{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def buy(http: httpx.Client, url: str, world: str) -> str:
    """Buy a number in a world."""
    address = f"{url}/w/{world}/cartesia/agents/phone-numbers/provision"
    answer = http.post(address, json={"label": "Line"}, headers=KEY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def owned(http: httpx.Client, url: str, world: str) -> list[str]:
    """The numbers of a world."""
    answer = http.get(f"{url}/w/{world}/cartesia/agents/phone-numbers", headers=KEY)
    return [one["number"] for one in answer.json()["data"]]


def names(http: httpx.Client, url: str) -> list[str]:
    """The worlds of a server."""
    return [one["name"] for one in control(http, url, "GET", "/worlds")["worlds"]]


def test_the_next_server_continues_the_worlds(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """By the option or the variable; the folder is made, and what the files hold is for their owner."""
    folder = tmp_path / "state" / "worlds"
    first = serve("--port", "0", SIMULATOR_SAVE_WORLDS=str(folder))
    for world in ("one", "two"):
        control(http, first.url, "PUT", f"/worlds/{world}", {"scenario": PLAN})
    bought = buy(http, first.url, "one")
    last = http.get(f"{first.url}/w/one/cartesia/agents/phone-numbers", headers=KEY).headers["X-Simulator-Request"]
    code, _, _, complained = first.stop()
    assert (code, complained) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["default.json", "one.json", "two.json"]
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}

    second = serve("--port", "0", "--load-worlds", str(folder), "--save-worlds", str(folder))
    assert owned(http, second.url, "one") == [bought]
    assert owned(http, second.url, "two") == []
    answer = http.get(f"{second.url}/w/one/cartesia/agents/phone-numbers", headers=KEY)
    assert int(answer.headers["X-Simulator-Request"][4:]) > int(last[4:])  # ids of requests are not used again
    control(http, second.url, "DELETE", "/worlds/two")
    another = buy(http, second.url, "one")
    assert second.stop(signal.SIGINT)[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == ["default.json", "one.json"]

    third = serve("--port", "0", "--load-worlds", str(folder))
    assert owned(http, third.url, "one") == [another, bought]


def test_a_broken_file_is_told_and_kept_and_the_others_are_loaded(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """With its name, the line or the place, and what was expected."""
    first = serve("--port", "0", "--save-worlds", str(tmp_path))
    control(http, first.url, "PUT", "/worlds/good", {"scenario": PLAN})
    control(http, first.url, "PUT", "/worlds/bad", {"scenario": PLAN})
    bought = buy(http, first.url, "good")
    first.stop()
    bad, cut = tmp_path / "bad.json", tmp_path / "default.json"
    content = json.loads(bad.read_text(encoding="utf-8"))
    bad.write_text(json.dumps({**content, "seed": "seven"}), encoding="utf-8")
    cut.write_text('{\n "format": 1,\n "scenario": \n', encoding="utf-8")

    second = serve("--port", "0", "--load-worlds", str(tmp_path), "--save-worlds", str(tmp_path))
    assert owned(http, second.url, "good") == [bought]
    assert names(http, second.url) == ["default", "good"]
    code, _, _, complained = second.stop()
    assert code == 0
    assert f"Warning: {bad}: at /seed: Expected `int`, got `str`" in complained
    assert f"Warning: {cut}:4: not a JSON document: " in complained
    assert json.loads(bad.read_text(encoding="utf-8"))["seed"] == "seven"
    assert (tmp_path / "default.json.broken").read_text(encoding="utf-8").startswith('{\n "format": 1')
    assert json.loads(cut.read_text(encoding="utf-8"))["name"] == "default"


def test_more_worlds_than_there_may_be_stay_in_their_files(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """They are told, and not lost."""
    first = serve("--port", "0", "--save-worlds", str(tmp_path))
    for number in range(4):
        control(http, first.url, "PUT", f"/worlds/w{number}", {"scenario": PLAN})
    first.stop()
    second = serve("--port", "0", "--load-worlds", str(tmp_path), "--save-worlds", str(tmp_path), "--max-worlds", "3")
    assert names(http, second.url) == ["default", "w0", "w1"]
    complained = second.stop()[3]
    assert "w2.json: there are 3 worlds already; more are allowed by --max-worlds" in complained
    assert len(list(tmp_path.glob("w*.json"))) == 4


def test_a_world_that_cannot_be_written_is_an_error(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """The others are saved, and the exit code says that one is not."""
    first = serve("--port", "0", "--save-worlds", str(tmp_path))
    control(http, first.url, "PUT", "/worlds/one", {"scenario": PLAN})
    (tmp_path / "one.json").mkdir()
    (tmp_path / "one.json" / "in-the-way").touch()
    code, _, _, complained = first.stop()
    assert code == 1
    assert f"Error: the world 'one' cannot be written to {tmp_path / 'one.json'}: " in complained
    assert sorted(path.name for path in tmp_path.iterdir()) == ["default.json", "one.json"]


def test_webhooks_that_wait_are_sent_by_the_next_server(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """On a running clock, without a request that would remind it."""
    with receiving() as receiver:
        agent = {"id": "agent_1", "webhook_id": "agent_webhook_1"}
        numbers = [{"id": "ap_1", "label": "x"}]
        account = {"webhooks": [{"id": "agent_webhook_1", "url": receiver.url}], "agents": [agent], "numbers": numbers}
        scenario = {"open": True, "accounts": [{"cartesia": account}], "lifecycles": {"cartesia.call": {"after": "1s"}}}
        first = serve("--port", "0", "--save-worlds", str(tmp_path))
        control(http, first.url, "PUT", "/worlds/w", {"scenario": scenario})
        body = {"from_number_id": "ap_1", "agent_id": "agent_1", "outbound_calls": [{"to_number": "+14155550123"}]}
        answer = http.post(
            f"{first.url}/w/w/cartesia/agents/calls", json=body, headers={**KEY, "Cartesia-Version": "2026-08-14"}
        )
        assert answer.is_success, answer.text
        first.stop()
        before = len(receiver.received)
        serve("--port", "0", "--load-worlds", str(tmp_path))
        deadline = time.monotonic() + 20
        while len(receiver.received) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(receiver.received) > before


def test_a_folder_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    """With the reason, and before anything listens."""
    file = tmp_path / "file"
    file.touch()
    ended = run("serve", "--port", "0", "--save-worlds", str(file / "worlds"))
    assert (ended.returncode, "cannot be created: Not a directory" in ended.stderr) == (2, True), ended.stderr
    ended = run("serve", "--port", "0", SIMULATOR_LOAD_WORLDS=str(tmp_path / "nowhere"))
    assert (ended.returncode, "SIMULATOR_LOAD_WORLDS" in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize("fast_lane", ["1", "0"])
def test_a_signal_under_load_cuts_no_response(serve: Serve, tmp_path: Path, fast_lane: str) -> None:
    """Whatever the server has taken effect of was answered whole: the clients' ledgers and the saved world agree."""
    first = serve("--port", "0", "--save-worlds", str(tmp_path), SIMULATOR_FAST_LANE=fast_lane, SIMULATOR_ACCESS_LOG="0")
    with httpx.Client() as http:
        control(
            http,
            first.url,
            "PUT",
            "/worlds/w",
            {"scenario": {"open": True, "accounts": [{"cartesia": {"plan": "enterprise", "slots": 100_000}}]}},
        )
    bought: list[str] = []
    cut: list[str] = []
    begun = threading.Semaphore(0)

    def customer() -> None:
        with httpx.Client() as http:
            while True:
                try:
                    bought.append(buy(http, first.url, "w"))
                except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError) as error:
                    cut.append(repr(error))
                    return
                begun.release()

    threads = [threading.Thread(target=customer, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        assert begun.acquire(timeout=20)
    code, _, _, complained = first.stop()
    for thread in threads:
        thread.join(20)
    assert (code, complained) == (0, "")
    assert len(cut) == 16  # each client was told once that there is no server any more
    world = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
    rows = world["state"]["accounts"][0]["tables"]["numbers"]["rows"]
    assert sorted(row["record"]["number"] for row in rows) == sorted(bought)


def test_a_signal_sends_what_is_delayed(serve: Serve, http: httpx.Client, tmp_path: Path) -> None:
    """A purchase that has taken effect is answered, however long a rule would hold the response back."""
    first = serve("--port", "0", "--save-worlds", str(tmp_path))
    slow = {"when": {"operation": "cartesia.phone_numbers_provision"}, "then": {"delay": "30s"}}
    control(http, first.url, "PUT", "/worlds/w", {"scenario": {**PLAN, "rules": [slow]}})
    bought: list[str] = []

    def customer() -> None:
        with httpx.Client(timeout=20) as client:
            bought.append(buy(client, first.url, "w"))

    threads = [threading.Thread(target=customer, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while control(http, first.url, "GET", "/worlds/w")["requests"]["total"] < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    code, seconds, _, _ = first.stop()
    for thread in threads:
        thread.join(20)
    assert (code, len(bought)) == (0, 5)
    assert seconds < 5
