"""Copies of the providers' specs that a test may edit, and applications that serve them in the place of the originals."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from simulator.application import Application
from simulator.documents import Document, read, yaml
from simulator.http import settled
from simulator.http.request import Request
from simulator.http.response import Response
from simulator.openapi.head import METHODS
from simulator.openapi.operation import Operation
from simulator.openapi.spec import compiled
from simulator.provider import BoundProvider, bind
from simulator.registry import Registry, built_in_registry, data_folder, provider_of
from tests.asking import NO_HEADERS, example
from tests.properties.trail import resolved

Json = dict[str, Any]

PROVIDERS = sorted(path.stem for path in data_folder("specs").glob("[!_]*.yaml"))
SPECS: dict[str, Json] = {name: read(data_folder("specs") / f"{name}.yaml").content for name in PROVIDERS}


class Draft:
    """A copy of a spec, and in it the operation that newcomers try first: the one that is edited and called."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.content = copy.deepcopy(SPECS[name])
        first = provider_of(f"simulator.providers.{name}").example_operation
        self.place, self.method = next(
            (item, method) for item, method, node in self.operations() if node["operationId"] == first
        )
        self.operation: Json = self.place[self.method]
        self.responses: Json = self.operation["responses"]
        self.successes = [status for status in self.responses if status.startswith("2")]

    @property
    def success(self) -> str:
        """The status of the operation when all is well."""
        return _success(self.name)

    def operations(self) -> Iterator[tuple[Json, str, Json]]:
        """Every operation, after the place that holds it and the method that names it there."""
        for item in self.content["paths"].values():
            yield from ((item, method, item[method]) for method in METHODS if method in item)

    def parameters(self, name: str = "") -> Iterator[Json]:
        """The parameters of all operations, once each, or those of a name."""
        shared = self.content["components"].get("parameters", {}).values()
        holders = [holder for item, _, node in self.operations() for holder in (item, node)]
        own = (each for holder in holders for each in holder.get("parameters", ()) if "$ref" not in each)
        yield from (each for each in (*shared, *own) if each["name"] == name or not name)

    def resolved(self, node: Json) -> Json:
        """What a reference leads to, whole again and again."""
        return resolved(self.content, node)

    def response(self, status: str) -> Json:
        """What the operation may answer, its schemas too, so that an edit is about no other operation."""
        own: Json = copy.deepcopy(self.resolved(self.responses[status]))
        for media in own["content"].values():
            media["schema"] = copy.deepcopy(self.resolved(media["schema"]))
        self.responses[status] = own
        return own

    @property
    def text(self) -> str:
        """The document as it stands now; JSON is YAML."""
        return json.dumps(self.content, indent=1)

    def bind(self) -> BoundProvider:
        """Connect it with the code of its provider.

        Raises:
            BrokenFile: it does not fit.
        """
        return bind(provider_of(f"simulator.providers.{self.name}"), compiled(DraftDocument(self)))

    def serve(self, scenario: str = "default") -> Served:
        """Serve it.

        Raises:
            BrokenFile: it does not come so far.
        """
        return Served(self, scenario)


@cache
def _success(name: str) -> str:
    return str(Draft(name).serve().call().status)


class DraftDocument(Document):
    """A draft as it stands now, without the detour by its text, which only the lines of faults need."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(f"{draft.name}.yaml", json.loads(json.dumps(draft.content)), "")

    @cached_property
    def _tree(self) -> Any:
        return yaml.compose(self.draft.text)


class Served:
    """An application with an edited spec."""

    def __init__(self, draft: Draft, scenario: str) -> None:
        self.bound = draft.bind()
        providers = {**built_in_registry().providers, draft.name: self.bound}
        scenarios = data_folder("scenarios")
        self.app = Application(Registry(providers, scenarios, verified=scenarios), scenario)

    def call(self, operation: Operation | None = None, *, key: bool = True, more: Mapping[str, str] = NO_HEADERS) -> Response:
        """Call an operation, the newcomers' unless told otherwise, by the spec's own examples; `more` are further headers."""
        asked = example(self.bound, operation or self.bound.spec.operations[self.bound.provider.example_operation])
        own = {scheme.header for scheme in self.bound.spec.schemes.values()}
        headers = {name: value for name, value in {**dict(asked.headers), **more}.items() if key or name not in own}
        return asked._replace(headers=tuple(headers.items())).of(self.app, "default")

    def journal(self) -> Json:
        """What the journal says of the last request."""
        answer = settled(self.app.handle(Request("GET", "/_simulator/worlds/default/requests", "", {}, b"")))
        last: Json = json.loads(answer.body)["requests"][-1]
        return last
