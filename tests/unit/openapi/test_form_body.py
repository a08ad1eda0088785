"""Forms: what is encoded from an example is decoded to the same, and a command of curl sends it."""

from __future__ import annotations

import pytest

from simulator.openapi.curl import curl, encoded_example
from simulator.openapi.form_body import decode_form, decode_url_encoded
from simulator.openapi.json_body import MAX_DEPTH
from simulator.registry import built_in_registry
from tests.demo_provider import SPEC, Toy

TRUEDY = built_in_registry().providers["truedy"].spec
IMPORT = TRUEDY.operations["import_contacts"]


def test_an_example_is_sent_and_read() -> None:
    """A file as bytes, a boolean as a boolean, a field that is repeated as a list."""
    media, raw = encoded_example(IMPORT, {"file": "phone\n", "overwrite_existing": True, "folder_id": "1"})
    assert IMPORT.body is not None
    assert decode_form(raw, media, IMPORT.body.fields) == {"file": b"phone\n", "overwrite_existing": True, "folder_id": "1"}
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
    assert decode_form(part * 3 + b"--b--\r\n", "multipart/form-data; boundary=b", {"x": ("integer",)}) == {"x": [1, 1, 1]}


def test_a_form_without_parts_is_empty() -> None:
    """As some clients send it."""
    assert decode_form(b"--b--\r\n", "multipart/form-data; boundary=b", {}) == {}


def test_a_boundary_in_quotes_and_case() -> None:
    """As RFC 2046 allows it."""
    raw = b'--a b\r\nCONTENT-DISPOSITION: form-data; name="x"\r\n\r\n1\r\n--a b--\r\n'
    assert decode_form(raw, 'multipart/form-data; BOUNDARY="a b"', {}) == {"x": "1"}


@pytest.mark.parametrize("text", ["-F file=@file", "/api/public/v1/contacts/import"])
def test_curl_sends_a_form(text: str) -> None:
    """Its file is one of that name."""
    command = curl(TRUEDY, IMPORT, "http://127.0.0.1:8080/truedy/api/public/v1", "truedy_x")
    assert text in command
    assert "application/json" not in command


def test_the_names_of_fields_are_nested_as_deep_as_json_may_be() -> None:
    """A name of thousands of brackets is no stack that overflows."""
    assert decode_url_encoded(b"a" + b"[b]" * (MAX_DEPTH - 1) + b"=1", {})
    with pytest.raises(ValueError, match=f"nested deeper than {MAX_DEPTH} levels"):
        decode_url_encoded(b"a" + b"[b]" * 5_000 + b"=1", {})


@pytest.mark.parametrize("is_required", [True, False])
def test_an_empty_form_lacks_its_required_fields(is_required: bool) -> None:
    """A form without fields has no bytes, so the violation is about the fields and not about the body."""
    described = "{application/x-www-form-urlencoded: {schema: {type: object, required: [colour]}}}"
    spec = SPEC.replace(
        "content: {application/json: {schema: {type: object, properties: {colour: {type: string}}}}}",
        f"required: {str(is_required).lower()}\n        content: {described}",
    )
    toy = Toy(spec=spec)
    refused = toy("POST", "/things", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (refused.status_code, refused.json()["error"]) == (422, 'colour: "colour" is a required property')


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(("array",), ["1"]), (("array", "null"), ["1"]), (("array", "string"), "1"), (("string",), "1")],
)
def test_a_field_that_is_sent_once(kinds: tuple[str, ...], expected: object) -> None:
    """It is the one item of a list where the schema allows nothing else."""
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n'
    assert decode_form(part, "multipart/form-data; boundary=b", {"x": kinds}) == {"x": expected}
    assert decode_url_encoded(b"x=1", {"x": kinds}) == {"x": expected}
