"""The suite for providers on a document whose operations refuse in different ways."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from simulator.registry import Registry, registry_with
from simulator.testing import ProviderContract
from tests.providers.shop import Client, served

ANSWER = '"200": {description: Done., content: {application/json: {schema: {type: object}}}}'
ERROR = "{description: Refused., content: {application/json: {schema: {type: object, properties: {message: {type: string}}}}}}"
REFUSALS = {  # by path, what the operation documents, and what a missing key gets
    "/forbidden": (f'"403": {ERROR}', 403),
    "/default": (f"default: {ERROR}", 401),
    "/malformed": (f'"400": {ERROR}', 401),
    "/range": (f"4XX: {ERROR}", 401),
    "/both": (f'"401": {ERROR}, "403": {ERROR}', 401),
    "/none": ("", 401),
    "/open": ("", 200),
}
PATHS = "".join(
    f"""
  {path}:
    get:
      {"security: []" if path == "/open" else f"summary: Reads {path}"}
      responses: {{{ANSWER}{", " * bool(refusal)}{refusal}}}"""
    for path, (refusal, _) in REFUSALS.items()
)
SPEC = f"""
openapi: 3.1.0
info: {{title: Acme, version: "1"}}
security: [{{key: []}}]
paths:{PATHS}
  /open/{{a}}/{{b}}/{{c}}:
    get: {{responses: {{{ANSWER}}}}}
components: {{securitySchemes: {{key: {{type: http, scheme: bearer}}}}}}
"""


@pytest.mark.parametrize(("path", "status"), [(path, status) for path, (_, status) in REFUSALS.items()])
def test_a_missing_key(tmp_path: Path, path: str, status: int) -> None:
    """It gets 401, or 403 where the operation documents that alone."""
    assert Client(served(tmp_path, SPEC, "acme"), "/acme").get(path).status_code == status


class TestContract(ProviderContract):
    """The suite holds for all of them."""

    provider = "acme"
    registry: ClassVar[Registry | None]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _spec(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("providers")
        (folder / "acme").mkdir()
        (folder / "acme" / "openapi.yaml").write_text(SPEC, encoding="utf-8")
        cls.registry = registry_with(folder)
