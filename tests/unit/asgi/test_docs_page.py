"""The API docs: served beside the console, with a viewer of their own; tests/console tries them in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from simulator import create_app
from simulator.asgi.console import Mode

PAGE = "/_simulator/docs"
VIEWER = Path(__file__).parents[3] / "simulator" / "asgi" / "viewer"
LOG = "/_simulator/worlds/default/requests"


def client(mode: Mode = "on", token: str = "") -> TestClient:
    """A client of a new simulator."""
    return TestClient(create_app(console=mode, admin_token=token), base_url="http://127.0.0.1:8080")


def test_the_page_and_what_it_loads() -> None:
    """All of it is here, under a policy without inline scripts, and it reaches no journal."""
    served = client()
    page = served.get(PAGE)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on[a-z]+=|https?:", page.text)
    files = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text)
    assert sorted(files) == ["docs/docs.css", "docs/docs.js", "docs/swagger-ui-bundle.js", "docs/swagger-ui.css"]
    for name in files:
        assert served.get(urljoin(PAGE, name)).status_code == served.head(urljoin(PAGE, name)).status_code == 200
    assert served.get("/_simulator/static/api.js").status_code == 200
    assert served.get(f"{PAGE}/none.js").status_code == served.get("/_simulator/static/none.js").status_code == 404
    assert served.get(LOG).json()["total"] == 0


def test_only_this_page_loads_the_viewer() -> None:
    """The front page and the console link to it."""
    served = client()
    for path, accept in (("/", "text/html"), ("/_simulator/", "text/html"), ("/", "*/*")):
        text = served.get(path, headers={"Accept": accept}).text
        assert "API docs" in text
        assert "swagger" not in text


@pytest.mark.parametrize(("mode", "status"), [("on", 200), ("read-only", 200), ("off", 404)])
def test_it_comes_with_the_console(mode: Mode, status: int) -> None:
    """Without one there is no page, and no link to it."""
    served = client(mode)
    assert served.get(PAGE).status_code == served.get(f"{PAGE}/docs.js").status_code == status
    assert ("API docs" in served.get("/").text) is (status == 200)


def test_the_specs_need_the_token() -> None:
    """The page is there without it; what it shows is not."""
    guarded = client(token="sesame")  # noqa: S106  (of this test)
    assert guarded.get(PAGE).status_code == 200
    assert guarded.get("/_simulator/specs/cald").status_code == 401


def test_the_licence_comes_with_the_viewer() -> None:
    """As the Apache License, 4, requires; and the version that is named is the one that is here."""
    assert "Apache License" in (VIEWER / "LICENSE").read_text(encoding="utf-8")
    assert (VIEWER / "NOTICE").is_file()
    (version,) = re.findall(r"Swagger UI\]\([^)]+\) ([\d.]+)", (VIEWER / "README.md").read_text(encoding="utf-8"))
    assert f'"{version}"' in (VIEWER / "swagger-ui-bundle.js").read_text(encoding="utf-8")
