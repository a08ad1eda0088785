"""What schemathesis is to leave out, and which of its findings are none; it loads this file, as its configuration says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import schemathesis

FORM = "multipart/form-data"


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out cases with what looks like a URL and cannot be split.

    Schemathesis 4.32 looks for links in the texts of responses, and calls `urlsplit` on those that begin with `http://`
    without catching its ValueError (`engine/observations.py`), so a message that says `http://[` ends the whole run. That
    providers refuse, or repeat, such texts is tested in `tests/providers/test_odd_urls.py`.
    """
    return all(can_split(text) for text in _texts([case.path_parameters, case.query, case.headers, case.body]))


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: schemathesis.Case[Any], response: schemathesis.Response
) -> bool:
    """Drop findings that a form was accepted which breaks its schema, where all that was sent are texts that fit it.

    A field `true` of a form is the text "true". Schemathesis 4.32 knows that, but not in forms with a file: it validates the
    bytes of the file as they are, which no schema takes, and then finds every form wrong.
    """
    if "negative_data_rejection" not in failure.checks or case.media_type != FORM or case.meta is None:
        return True
    broken = [location.name for location, part in case.meta.components.items() if part.mode.is_negative]
    if broken != ["BODY"]:
        return True
    document = case.operation.schema.raw_schema
    schema = document["paths"][case.path][case.method.lower()]["requestBody"]["content"][FORM]["schema"]
    content, content_type = response.request.body, str(response.request.headers["Content-Type"])
    assert isinstance(content, bytes)
    return not fits(form_of(content, content_type, schema), schema, document)


def can_split(text: str) -> bool:
    """Return whether the URLs in a text can be split."""
    try:
        for found in re.finditer("https?://", text):
            urlsplit(text[found.start() :])
    except ValueError:
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield str(name)
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def form_of(content: bytes, content_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a form as they were sent: texts, JSON where a schema has another type, lists of repeated ones."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    form: dict[str, list[Any]] = {}
    for part in message.iter_parts():
        name, payload = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        assert isinstance(name, str)
        assert isinstance(payload, bytes)
        text = payload.decode("latin-1" if part.get_filename() is not None else "utf-8", "replace")
        form.setdefault(name, []).append(_read(text, schema["properties"].get(name, {})))
    return {name: values[0] if len(values) == 1 else values for name, values in form.items()}


def _read(text: str, schema: dict[str, Any]) -> Any:
    if schema.get("type", "string") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def fits(form: dict[str, Any], schema: dict[str, Any], document: dict[str, Any]) -> bool:
    """Return whether a form fits the schema of an OpenAPI document."""
    return bool(jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}).is_valid(form))
