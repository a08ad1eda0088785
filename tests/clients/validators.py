"""Send the examples of the specs through Prism as a validating proxy, and hold requests and responses to openapi-core.

Usage: python validators.py SERVER_URL EXAMPLES.json [PROVIDER…]   (with `prism` on the path)
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

core, contrib, requests = map(import_module, ("openapi_core", "openapi_core.contrib.requests", "requests"))

WORLD, WAIT = "validators", 60.0  # seconds for Prism to listen
PRISM = "stoplight.io/prism/errors"


def start_prism(spec: Path, server: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start Prism before a server, and return its process and its address once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with spec.with_suffix(".log").open("wb") as log:
        command: list[str | Path] = [shutil.which("prism") or "prism", "proxy", spec, server, "--errors", "--port", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    until = time.monotonic() + WAIT
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit(spec.with_suffix(".log").read_text())


def judge(api: Any, sent: Any, got: httpx.Response) -> None:
    """Hold a request and its response to the spec.

    Files are left out: generators of clients want `format: binary` there, of a string, which bytes are not to openapi-core.
    """
    answer = requests.Response()
    answer.status_code, answer._content = got.status_code, got.content
    answer.headers.update(got.headers)
    request = contrib.RequestsOpenAPIRequest(sent)
    if got.is_success and not sent.headers.get("content-type", "").startswith("multipart/"):
        api.validate_request(request)
    if "json" in got.headers.get("content-type", "json"):
        api.validate_response(request, contrib.RequestsOpenAPIResponse(answer))


def check(client: httpx.Client, url: str, name: str, examples: list[dict[str, Any]]) -> int:
    """Send the examples of a provider, each to a world of its own, and return how many were sent."""
    spec = Path(f"{name}.json")
    spec.write_bytes(client.get(f"{url}/_simulator/specs/{name}").content)
    api, server = core.OpenAPI.from_file_path(str(spec)), json.loads(spec.read_text())["servers"][0]["url"]
    prism, proxy = start_prism(spec, server)
    try:
        for one in examples:
            client.put(f"{url}/_simulator/worlds/{WORLD}", json={"scenario": "examples"}).raise_for_status()
            headers, body = {**one["headers"], "x-simulator-world": WORLD}, base64.b64decode(one["body"])
            got = client.request(one["method"], proxy + one["path"], params=one["query"], headers=headers, content=body)
            assert PRISM not in got.text, f"{name} {one['operation']}: {got.text}"
            request = requests.Request(one["method"], server + one["path"], headers, data=body, params=one["query"])
            try:
                judge(api, request.prepare(), got)
            except Exception as error:
                raise SystemExit(f"{name} {one['operation']}: {error!r}: {error.__cause__}\n{got.text}") from error
    finally:
        prism.terminate()
        prism.wait(10)
    return len(examples)


def main() -> None:
    """Check all providers, or those that are named."""
    url, examples = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    with httpx.Client(timeout=60, trust_env=False) as client:
        for name in sys.argv[3:] or examples:
            count = check(client, url, name, examples[name])
            sys.stdout.write(f"{count} examples of {name} through Prism and openapi-core: ok\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
