"""`simulator watch`: what it shows of a world, and how it ends."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from simulator import Simulator
from tests.demo_provider import PROVIDERS
from tests.unit.cli.conftest import Ended
from tests.unit.command import COMMAND, ROOT, Serving, end, environment_of


@contextmanager
def watching(*arguments: str) -> Iterator[Callable[[], str]]:
    """Watch in a process of its own; the function waits for the next line."""
    command = [*COMMAND, "watch", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment_of(), stdout=pipe, stderr=pipe, text=True) as process:
        output = process.stdout
        assert output is not None
        try:
            yield lambda: output.readline().rstrip("\n")
        finally:
            end(process)


def test_requests_are_shown_as_they_come(simulator: Simulator) -> None:
    """Those of before first; then each, with its error, the rule that fired, and fields that nobody knows."""
    with simulator.world(unmatched="ignore", unknown_fields="ignore") as world:
        headers = {"Authorization": world.demo.api_key}
        with httpx.Client(transport=world.demo.transport, headers=headers) as demo:
            agents = f"{world.demo.base_url}/agents"
            first = demo.get(agents).headers["X-Simulator-Request"]
            with watching("--url", simulator.url, "--world", world.name) as line:
                assert line().split() == [first, "GET", "/demo/v1/agents", "200"]
                world.rule(then={"status": 503}, times=1, name="down")
                demo.get(agents)
                assert line().endswith("503  by the rule 'down'")
                demo.get(f"{world.demo.base_url}/nothing")
                assert line().endswith("404  no such route")
                demo.put(agents)
                assert line().endswith("405  no such method")
                demo.post(f"{world.demo.base_url}/numbers", json={"prefix": "+1415", "surprise": 1})
                assert line().endswith("200  unknown fields: surprise")
                with world.gate("demo.list_agents") as gate, ThreadPoolExecutor(1) as pool:
                    held = pool.submit(demo.get, agents)
                    assert line() == "-- requests that wait at gates: 1"
                    gate.release()
                    lines = {line(), line()}  # what was answered, and that nothing waits
                    assert "-- requests that wait at gates: 0" in lines
                    assert held.result().headers["X-Simulator-Request"] in " ".join(lines)
                world.reset()
                assert line() == "-- the log was emptied"
            with watching("--url", simulator.url, "--world", world.name, "--problems") as line:
                demo.get(agents)
                demo.get(f"{world.demo.base_url}/nothing")
                assert line().endswith("404  no such route")


def test_the_world_and_the_server_may_go(simulator: Simulator, serve: Callable[..., Serving]) -> None:
    """The command prints what happened to the world, and exits with 1 when the server is gone."""
    client = simulator.client
    client.world(name="watched", unmatched="ignore")
    httpx.get(f"{simulator.url}/w/watched/demo/nothing")
    with watching("--url", simulator.url, "--world", "watched") as line:
        assert line().endswith("404  no such route")
        client.call("PUT", "/worlds/watched", {})
        assert line() == "-- the world was replaced"
        client.call("DELETE", "/worlds/watched")
        assert line() == "-- the world is gone"
    server = serve("--port", "0")
    httpx.get(f"{server.url}/demo/nothing")
    with watching("--url", server.url) as line:
        assert line().endswith("404  no such route")
        server.stop()
        assert line() == ""


def test_a_world_that_is_not_there(run: Callable[..., Ended], simulator: Simulator) -> None:
    """Errors are those of `simulator explain`: the URL, and what to do."""
    code, stdout, stderr = run("watch", "--url", simulator.url, "--world", "nowhere")
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith(f"Error: {simulator.url}: no world 'nowhere'")
    code, _, stderr = run("watch", "--url", "http://127.0.0.1:9")
    assert code == 1
    assert "no simulator answers at http://127.0.0.1:9" in stderr
    with Simulator(admin_token="t0ken", providers_folder=PROVIDERS) as guarded:  # noqa: S106  (of this test)
        assert run("watch", "--url", guarded.url).stderr.endswith(
            "; set --admin-token-file, SIMULATOR_ADMIN_TOKEN_FILE or SIMULATOR_ADMIN_TOKEN\n"
        )
