"""curl commands for the operations of a spec, built from the examples in the spec."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from simulator.openapi.form_body import FORM, URL_ENCODED, encode_form, encode_url_encoded, form_fields
from simulator.openapi.operation import Body, Operation, Parameter
from simulator.openapi.spec import Spec
from simulator.openapi.xml_body import encode_xml


def curl(spec: Spec, operation: Operation, base_url: str, key: str) -> str:
    """Return a curl command for an operation; `base_url` replaces the server URL of the spec."""
    address = base_url.removesuffix(spec.base_path) + operation.path
    headers: list[str] = []
    query: dict[str, str] = {}
    if operation.schemes:
        presented, query = operation.schemes[0].present(key)
        headers += [f"{name.title()}: {value}" for name, value in presented.items()]
    for parameter in operation.parameters:
        example = example_text(parameter)
        if parameter.where == "path":
            address = address.replace(f"{{{parameter.name}}}", quote(example, safe=""))
        elif parameter.required and parameter.where == "query":
            query[parameter.name] = example
        elif parameter.required:
            headers.append(f"{parameter.name.title()}: {example}")
    body = example_body(operation)
    command = curl_arguments(operation.method, address + (f"?{urlencode(query)}" if query else ""))
    if operation.body is not None and _is_form(operation.body, URL_ENCODED):
        fields = [f"{name}={text}" for name, text, _ in form_fields(operation.body, body)]
        return shell_command([*command, *(word for field in fields for word in ("--data-urlencode", field))], headers, None)
    if operation.body is not None and _is_form(operation.body, FORM):
        parts = [
            f"{name}=@{name}" if is_file else f"{name}={text}" for name, text, is_file in form_fields(operation.body, body)
        ]
        return shell_command([*command, *(word for part in parts for word in ("-F", part))], headers, None)
    if operation.body is not None and body is not None and (media := _xml(operation.body)):
        return shell_command([*command, "-d", encode_xml(body).decode()], [*headers, f"Content-Type: {media}"], None)
    if body is not None:
        headers.append("Content-Type: application/json")
    return shell_command(command, headers, None if body is None else json.dumps(body, ensure_ascii=False))


def curl_arguments(method: str, address: str) -> list[str]:
    """Return the arguments up to the address, with the options that keep curl from rewriting it."""
    options = ["--head"] if method == "HEAD" else ["-X", method]
    options += ["--globoff"] if re.search(r"[][{}]", address) else []
    options += ["--path-as-is"] if "/." in address else []
    return ["curl", *options, address]


def shell_command(command: list[str], headers: list[str], body: str | None) -> str:
    """Return a shell command of several lines."""
    lines = [" ".join(map(shlex.quote, command)), *(f"-H {shlex.quote(header)}" for header in headers)]
    if body is not None:
        lines.append(f"{'--data-raw' if body.startswith('@') else '-d'} {shlex.quote(body)}")
    return " \\\n  ".join(lines)


def example_text(parameter: Parameter) -> str:
    """Return the example of a parameter as a path, a query or a header has it."""
    example = parameter.example
    return json.dumps(example) if isinstance(example, bool) or example is None else str(example)


def example_body(operation: Operation) -> Any:
    """Return the first example of the body in the spec; None for an operation without a body."""
    if operation.body is None:
        return None
    return next(iter(operation.body.examples), {})


def _is_form(body: Body, media: str) -> bool:
    """Return whether a body is sent as a form: where it may also be JSON, it is sent as JSON."""
    return media in body.media and "application/json" not in body.media


def _xml(body: Body) -> str:
    """Return the media type of a body that is XML alone; empty for one that may be JSON too."""
    return next((media for media in body.media if media.endswith(("/xml", "+xml"))), "") if len(body.media) == 1 else ""


def encoded_example(operation: Operation, body: Any) -> tuple[str, bytes]:
    """Return a body with its media type, encoded as the operation takes it: as a form, or as JSON."""
    if operation.body is not None and _is_form(operation.body, URL_ENCODED):
        return encode_url_encoded(form_fields(operation.body, body))
    if operation.body is not None and _is_form(operation.body, FORM):
        return encode_form(form_fields(operation.body, body))
    if operation.body is not None and body is not None and (media := _xml(operation.body)):
        return media, encode_xml(body)
    return "application/json", b"" if body is None else json.dumps(body).encode()
