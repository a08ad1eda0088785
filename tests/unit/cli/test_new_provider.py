"""`simulator new-provider NAME --spec URL`: the spec and the files beside it are fetched, within bounds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from simulator.application import Application
from simulator.cli import downloading
from simulator.registry import registry_with
from tests.providers.shop import SCHEMAS, SHOP, Client
from tests.unit.cli.conftest import Ended

QUOTED = r"""{"openapi": "3.0.0", "info": {"title": "The \"best\" \\ API", "version": "1"},
"paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}}}"""
PAGES = {
    "/v1/shop.yaml": ("text/plain", SHOP.encode()),
    "/v1/schemas.yaml": ("text/plain", SCHEMAS.encode()),
    "/page": ("text/html; charset=utf-8", b"<!doctype html><title>Docs</title>"),
    "/bytes.yaml": ("application/octet-stream", b"\xff\xfe\x00"),
    "/broken.json": ("application/json", b'{\n"openapi": '),
    "/quoted": ("application/json", QUOTED.encode()),
}


class Handler(BaseHTTPRequestHandler):
    """Serves PAGES."""

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/v1/shop.yaml")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path not in PAGES:
            self.send_error(404)
            return
        kind, body = PAGES[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is http.server's)
        """Log nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve PAGES on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(5)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server with specs."""
    with serving() as address:
        yield address


def test_a_spec_is_fetched_with_what_it_refers_to(run: Callable[..., Ended], url: str, tmp_path: Path) -> None:
    """The folder serves; its scenarios are those of the provider."""
    ended = run("new-provider", "acme", "--spec", f"{url}/v1/shop.yaml", "--folder", str(tmp_path))
    assert (ended.code, "keep records: pets" in ended.stdout) == (0, True), ended
    assert (tmp_path / "acme" / "schemas.yaml").read_text(encoding="utf-8") == SCHEMAS
    registry = registry_with(tmp_path)
    assert {"acme/seeded", "acme/unavailable"} <= set(registry.scenario_names())
    seeded = Client(Application(registry, "acme/seeded"), "/acme/v1", params={"api_key": "acme_demo"})
    assert len(seeded.get("/pets").json()["data"]) == 1
    unavailable = Client(Application(registry, "acme/unavailable"), "/acme/v1", params={"api_key": "any"})
    assert [unavailable.get("/pets").status_code for _ in range(3)] == [503, 503, 200]


def test_records_of_a_scenario_where_all_keys_share_an_account(run: Callable[..., Ended], tmp_path: Path) -> None:
    """The account of a spec with several schemes is seeded, too."""
    spec = Path(__file__).parents[2] / "providers" / "styles" / "stripe.yaml"
    assert run("new-provider", "pay", "--spec", str(spec), "--folder", str(tmp_path)).code == 0
    client = Client(Application(registry_with(tmp_path), "pay/seeded"), "/pay/v1", headers={"Authorization": "Bearer pay_demo"})
    assert len(client.get("/customers").json()["data"]) == 1


def test_a_spec_without_keys(run: Callable[..., Ended], tmp_path: Path) -> None:
    """Its scenario has records for requests that carry none."""
    spec = tmp_path / "open.yaml"
    lines = SHOP.replace("security: [{key: []}]\n", "").splitlines(keepends=True)
    spec.write_text("".join(line for line in lines if "securitySchemes" not in line), encoding="utf-8")
    (tmp_path / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    assert run("new-provider", "open", "--spec", str(spec), "--folder", str(tmp_path / "made")).code == 0
    assert run("check", "--providers", str(tmp_path / "made")).code == 0
    client = Client(Application(registry_with(tmp_path / "made"), "open/seeded"), "/open/v1")
    assert len(client.get("/pets").json()["data"]) == 1


def test_files_that_files_refer_to(run: Callable[..., Ended], tmp_path: Path) -> None:
    """They are copied, too; `simulator check` names the file and line of a reference to a missing one."""
    files = {
        "paths/things.yaml": "get:\n  responses:\n    200: {$ref: ../answers/things%20all.yaml}\n    404: {$ref: none.yaml}\n",
        "answers/things all.yaml": "description: All.\ncontent: {application/json: {schema: {$ref: thing.yaml}}}\n",
        "answers/thing.yaml": "{type: array, items: {type: string, enum: [here]}}",
        "other.yaml": "unused: true",
        "spec.yaml": "openapi: 3.1.0\ninfo: {title: Files, version: '1'}\npaths: {/things: {$ref: './paths/things.yaml'}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = run("new-provider", "files", "--spec", str(tmp_path / "spec.yaml"), "--folder", str(tmp_path / "made"))
    assert (ended.code, "\n1 reference in the spec cannot be followed" in ended.stdout) == (0, True), ended
    problem = f"{tmp_path}/made/files/paths/things.yaml:4: the reference 'none.yaml' leads to no file"
    assert run("check", "--providers", str(tmp_path / "made")).stderr.startswith(problem)
    assert not (tmp_path / "made" / "files" / "other.yaml").exists()
    assert Client(Application(registry_with(tmp_path / "made")), "/files").get("/things").json() == ["here"]


def test_a_title_is_no_code(run: Callable[..., Ended], url: str, tmp_path: Path) -> None:
    """Quotes and backslashes of it are left out of Python and YAML; a URL needs no suffix."""
    assert run("new-provider", "acme", "--spec", f"{url}/quoted", "--folder", str(tmp_path)).code == 0
    assert (tmp_path / "acme" / "openapi.json").is_file()
    assert "acme/unavailable" in registry_with(tmp_path).scenario_names()


def test_a_redirect_is_followed(run: Callable[..., Ended], url: str, tmp_path: Path) -> None:
    """References are read from beside the address that was given, which has none here: any value is accepted."""
    ended = run("new-provider", "acme", "--spec", f"{url}/moved", "--folder", str(tmp_path))
    assert (ended.code, "cannot fetch" in ended.stderr, "schemas.yaml" in ended.stderr) == (1, True, True)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/none.yaml", "the server answers 404"),
        ("/page", "is a web page, expected YAML or JSON"),
        ("/bytes.yaml", "is not text in UTF-8"),
        ("/broken.json", "openapi.json:2: not readable as JSON"),
    ],
)
def test_what_is_no_spec_is_refused(run: Callable[..., Ended], url: str, tmp_path: Path, path: str, problem: str) -> None:
    """The error says what was wrong; nothing is written."""
    ended = run("new-provider", "acme", "--spec", f"{url}{path}", "--folder", str(tmp_path))
    assert (ended.code, problem in ended.stderr) == (1, True), ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spec", ["file:///etc/passwd", "ftp://127.0.0.1/spec.yaml"])
def test_other_schemes_are_refused(run: Callable[..., Ended], tmp_path: Path, spec: str) -> None:
    """Only http and https are fetched."""
    ended = run("new-provider", "acme", "--spec", spec, "--folder", str(tmp_path))
    assert (ended.code, "expected a URL of http or https" in ended.stderr) == (1, True), ended.stderr


def test_a_large_spec_is_refused(run: Callable[..., Ended], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files together have a bound."""
    monkeypatch.setattr(downloading, "MAX_BYTES", len(SHOP) + 10)
    ended = run("new-provider", "acme", "--spec", f"{url}/v1/shop.yaml", "--folder", str(tmp_path))
    assert (ended.code, "schemas.yaml has more than" in ended.stderr) == (1, True), ended.stderr


def test_a_server_that_is_not_there(run: Callable[..., Ended], tmp_path: Path) -> None:
    """The reason is the system's."""
    with serving() as address:
        pass
    ended = run("new-provider", "acme", "--spec", f"{address}/a.yaml", "--folder", str(tmp_path))
    assert (ended.code, "Connection refused" in ended.stderr) == (1, True), ended.stderr


def test_references_that_cannot_be_followed(run: Callable[..., Ended], tmp_path: Path) -> None:
    """They are counted, and the check names them in the file that was written."""
    spec = tmp_path / "shop.yaml"
    spec.write_text(SHOP.replace("#/components/schemas/Error", "#/components/schemas/Eror"), encoding="utf-8")
    (tmp_path / "schemas.yaml").write_text(SCHEMAS, encoding="utf-8")
    ended = run("new-provider", "shop", "--spec", str(spec), "--folder", str(tmp_path / "made"))
    assert "2 references in the spec cannot be followed; any value is accepted there.\n" in ended.stdout
    assert (
        ended.stderr,
        "did you mean '#/components/schemas/Error'" in run("check", "--providers", str(tmp_path / "made")).stderr,
    ) == ("", True)
    seeded = (tmp_path / "made" / "shop" / "scenarios" / "seeded.yaml").read_text(encoding="utf-8")
    assert f"simulator serve --providers {tmp_path / 'made'} --scenario shop/seeded" in seeded
