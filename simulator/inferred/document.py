"""An OpenAPI document of others, rewritten to one that the simulator serves.

It becomes OpenAPI 3.1, and every operation has an id and lists its refusals.

The built-in specs are held to more than OpenAPI asks. This is what makes a published document meet it, so that the checks need
no exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.documents import BrokenFile, Document, Fault
from simulator.inferred.files import Files
from simulator.inferred.parameters import ParameterRewriter
from simulator.inferred.refusals import Refusals
from simulator.inferred.schemas import Direction, SchemaRewriter
from simulator.inferred.security import Security
from simulator.inferred.xml import is_xml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
JSON = "application/json"
RANGES = {"4": ("401", "403", "404", "409", "422", "429"), "5": ("503",)}  # the statuses of a range that may come
JSON_PATCH = "application/json-patch+json"
WILDCARDS = {"image/*": "image/png", "audio/*": "audio/wav", "video/*": "video/mp4", "text/*": "text/plain"}
KEPT = ("summary", "description", "tags", "deprecated")


def rewritten(files: Files, name: str, statuses: Iterable[int]) -> Document:
    """Return the document of a folder as the simulator serves it; operations may also refuse with `statuses`.

    Raises:
        BrokenFile: it is no OpenAPI document of version 3, or a file that it refers to is missing.
    """
    content = files.content
    problem = _problem(content)
    if problem:
        raise BrokenFile([Fault(str(files.root), 1, problem)])
    return files.document(_Rewriter(files, name).document(statuses))


def _problem(content: Any) -> str:
    """Return why this is no document that can be served; empty if it is one."""
    expected = "expected an OpenAPI document of version 3.0 or 3.1"
    if not isinstance(content, dict):
        return f"the file holds no object, {expected}"
    if "swagger" in content:
        return f"this is a Swagger {content['swagger']} document, {expected}; swagger2openapi converts it"
    version = content.get("openapi")
    if not isinstance(version, str) or not version.startswith("3."):
        return f"the member openapi is {version!r}, {expected}"
    if not isinstance(content.get("paths"), dict) or not content["paths"]:
        return f"the document has no paths, {expected} with at least one"
    return ""


class _Rewriter:
    def __init__(self, files: Files, name: str) -> None:
        self._files, self._name = files, name
        self._content: dict[str, Any] = files.content
        self._schemas = SchemaRewriter(files, is_3_0=self._content["openapi"].startswith("3.0"))
        self._security = Security(self._content, files)
        self._parameters = ParameterRewriter(files, self._schemas, self._security.parameters)
        self._ids: set[str] = set()

    def document(self, statuses: Iterable[int]) -> dict[str, Any]:
        """Return the content of the whole document."""
        paths = self._paths()
        operations = [operation for item in paths.values() for operation in item.values()]
        if not operations:
            raise BrokenFile([Fault(str(self._files.root), 1, "the document has no operations, expected at least one")])
        responses = Refusals(operations, statuses).complete()
        self._schemas.finish()
        info = self._content.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        version = info.get("version") if isinstance(info, dict) else None
        return {
            "openapi": "3.1.0",
            "info": {"title": str(title or self._name), "version": str(version or "1")},
            "servers": [{"url": url} for url in self._servers()],
            "paths": paths,
            "components": {
                "schemas": self._schemas.components,
                "responses": responses,
                "securitySchemes": self._security.schemes(operations),
            },
        }

    def _servers(self) -> list[str]:
        """Return the base URLs, with the defaults of their variables; one of our own for a path alone."""
        given = self._content.get("servers")
        urls = []
        for server in given if isinstance(given, list) else []:
            if not isinstance(server, dict) or not isinstance(server.get("url"), str):
                continue
            url = server["url"]
            variables = server.get("variables")
            for name, variable in (variables if isinstance(variables, dict) else {}).items():
                url = url.replace(f"{{{name}}}", str(variable.get("default", "")) if isinstance(variable, dict) else "")
            try:
                parts = urlsplit(url)
                is_usable = "{" not in url and parts.hostname != ""
            except ValueError:  # such as an address that is none: http://[a/
                continue
            if not is_usable:
                continue
            host = parts.netloc or f"{self._name}.example"
            urls.append(f"{parts.scheme or 'https'}://{host}/{parts.path.strip('/')}".rstrip("/"))
        return urls or [f"https://{self._name}.example"]

    def _paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for written, item in self._content["paths"].items():
            node, file = self._followed(item, self._files.root)
            if not isinstance(node, dict) or written.startswith("x-"):
                continue
            path = "/" + re.split("[?#]", written, maxsplit=1)[0].lstrip("/")
            for method in METHODS:
                given, where = self._followed(node.get(method), file)
                if isinstance(given, dict) and method not in paths.get(
                    path, {}
                ):  # Box has paths that differ in a fragment alone
                    shared = self._parameters.given(node.get("parameters"), file)
                    paths.setdefault(path, {})[method] = self._operation(path, method, given, shared, where)
        return paths

    def _operation(
        self, path: str, method: str, node: dict[str, Any], shared: list[dict[str, Any]], file: Path
    ) -> dict[str, Any]:
        operation = {name: node[name] for name in KEPT if name in node}
        operation["operationId"] = self._id(node, path, method)
        operation["x-evidence"] = "inferred"
        operation["security"] = self._security.of(node)
        own = self._parameters.given(node.get("parameters"), file)
        operation["parameters"] = self._parameters.rewrite(path, [*shared, *own], operation["security"])
        body, where = self._followed(node.get("requestBody"), file)
        content = self._media(body, where, "request") if isinstance(body, dict) else {}
        if content:
            is_required = body.get("required") is True and method not in ("get", "head")  # which clients send without a body
            operation["requestBody"] = {"required": is_required, "content": content}
        operation["responses"] = dict(self._responses(node.get("responses"), method, file))
        return operation

    def _id(self, node: dict[str, Any], path: str, method: str) -> str:
        """Return the id of an operation; one from method and path where the document has none, or has it twice."""
        given = node.get("operationId")
        made = "_".join([method, *re.findall("[A-Za-z0-9]+", path)])
        name = base = re.sub(r"\s+", "_", given.strip()) if isinstance(given, str) and given.strip() else made
        count = 1
        while name in self._ids:
            count += 1
            name = f"{base}_{count}"
        self._ids.add(name)
        return name

    def _responses(self, node: Any, method: str, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the responses by status: a range such as 4XX becomes its usual ones, a default one with no success a 200."""
        given = {str(status).upper(): response for status, response in (node.items() if isinstance(node, dict) else ())}
        known = {status for status in given if re.fullmatch("[1-5][0-9][0-9]", status)}
        ranges = {status[0]: given[status] for status in given if re.fullmatch("[1-5]XX", status)}
        chosen = {status: given[status] for status in sorted(known)}
        for first, response in ranges.items():
            if not any(status[0] == first for status in known):
                chosen[f"{first}00"] = response
            chosen |= {status: response for status in RANGES.get(first, ()) if status not in known}
        if not any(status[0] in "23" for status in chosen):
            has_default = "DEFAULT" in given and not any(status[0] in "45" for status in chosen)
            chosen["200"] = given["DEFAULT"] if has_default else {"description": "Success"}
        for status, response in chosen.items():
            yield status, self._response(response, status, method, file)
        if "DEFAULT" in given and any(status in chosen for status in given):
            yield "default", self._response(given["DEFAULT"], "default", method, file)

    def _response(self, given: Any, status: str, method: str, file: Path) -> dict[str, Any]:
        node, where = self._followed(given, file)
        node = node if isinstance(node, dict) else {}
        response: dict[str, Any] = {"description": str(node.get("description", ""))}
        if status not in ("204", "205", "304") and method != "head" and status[0] != "1":
            content = self._media(node, where, "response")
            if content:
                response["content"] = content
        headers = node.get("headers")
        if isinstance(headers, dict) and headers and status[0] in "23":
            response["headers"] = {str(name): {"schema": {}} for name in headers}
        return response

    def _media(self, node: dict[str, Any], file: Path, direction: Direction) -> dict[str, Any]:
        """Return the content by media type, JSON first."""
        content, file = self._followed(node.get("content"), file)
        if isinstance(content, dict) and isinstance(content.get("schema"), dict):
            content = {JSON: content}  # a reference to a media type object
        kinds: dict[str, Any] = {}
        for written, media in content.items() if isinstance(content, dict) else ():
            kind = written.partition(";")[0].strip().lower()
            kind = WILDCARDS.get(kind, kind)
            kinds.setdefault(JSON if kind in ("*/*", "application/*", "application/*+json", "text/json") else kind, media)
        vendor = next((kind for kind in kinds if kind.endswith("+json")), "") if direction == "request" else ""
        if vendor and JSON not in kinds:
            kinds[JSON] = kinds[vendor]
        if JSON in kinds:
            kinds = {JSON: kinds.pop(JSON)} | kinds
        made = {kind: self._content_of(media, file, direction) for kind, media in kinds.items()}
        for kind in [kind for kind in made if is_xml(kind)]:
            made[kind] = self._rooted(kinds[kind], made[kind])
        if JSON_PATCH in made and direction == "request":
            made[JSON_PATCH] = {"schema": {}}  # a list of operations, which many documents describe as an object
        return made

    def _content_of(self, media: Any, file: Path, direction: Direction) -> dict[str, Any]:
        node, where = self._followed(media, file)
        node = node if isinstance(node, dict) else {}
        made: dict[str, Any] = {"schema": self._schemas.rewrite(node.get("schema", {}), where, direction)}
        examples = node.get("examples")
        if "example" in node:
            made["example"] = node["example"]
        elif isinstance(examples, dict):
            found = [self._followed(one, where)[0] for one in examples.values()]
            values = [one["value"] for one in found if isinstance(one, dict) and "value" in one]
            made |= {"example": values[0]} if values else {}
        return made

    @staticmethod
    def _rooted(media: Any, made: dict[str, Any]) -> dict[str, Any]:
        """Return the content of XML with the name of its root: that of its component, or of its example."""
        written = media.get("schema") if isinstance(media, dict) else None
        reference = written.get("$ref") if isinstance(written, dict) else None
        example = re.search(r"<([\w.-]+)[\s/>]", re.sub(r"<[?!][^>]*>", "", str(made.get("example", ""))))
        name = reference.rpartition("/")[2] if isinstance(reference, str) else example[1] if example else ""
        if not name or not isinstance(made["schema"], dict) or "xml" in made["schema"]:
            return made
        return {**made, "schema": {**made["schema"], "xml": {"name": name}}}

    def _followed(self, node: Any, file: Path) -> tuple[Any, Path]:
        """Return what a node stands for, if it is a reference, and the file in which that stands."""
        for _ in range(20):
            if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
                return node, file
            target = self._files.find(node["$ref"], file)
            if target is None:
                return None, file
            node, file = target.node, target.file
        return None, file
