"""What schemathesis leaves out, and which findings are none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz.hooks import can_split, fits, form_of

pytestmark = pytest.mark.fuzz

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "minLength": 1},
        "title": {"type": "string", "minLength": 2},
        "overwrite": {"type": "boolean"},
    },
}


@pytest.mark.parametrize("text", ["http://[", "see https://[x", "http://a\u2100b/", "http://fine.test https://]"])
def test_urls_that_schemathesis_cannot_split(text: str) -> None:
    """Wherever they stand in a text."""
    assert not can_split(text)


@pytest.mark.parametrize("text", ["", "[", "http://", "http://[::1]:80/x", "http:/[", "https://a.test/?q=["])
def test_other_texts(text: str) -> None:
    """All others are tried."""
    assert can_split(text)


def form(*parts: tuple[str, bytes]) -> dict[str, Any]:
    """The fields of a form; `file` is a file."""
    sent = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        % (name.encode(), b'; filename="f"' if name == "file" else b"", value)
        for name, value in parts
    )
    return form_of(sent + b"--x--\r\n", "multipart/form-data; boundary=x", SCHEMA)


@pytest.mark.parametrize(
    ("parts", "is_fit"),
    [
        ([("file", b"\xff\x00"), ("title", b"true")], True),
        ([("file", b"x"), ("title", b"null"), ("overwrite", b"true")], True),
        ([("file", b"x"), ("overwrite", b"yes")], False),
        ([("file", b"x"), ("title", b"a")], False),
        ([("file", b"x"), ("title", b"false"), ("title", b"1")], False),
        ([("file", b""), ("title", b"true")], False),
        ([("title", b"true")], False),
    ],
)
def test_the_fields_of_a_form_are_texts(parts: list[tuple[str, bytes]], is_fit: bool) -> None:
    """A boolean is one only where the schema wants it; a form that is wrong as it was sent stays a finding."""
    assert fits(form(*parts), SCHEMA, {"components": {}}) == is_fit
