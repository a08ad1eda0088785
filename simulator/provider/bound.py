"""A provider joined with its spec."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from simulator.documents import nearest
from simulator.openapi.shapes import NOTHING
from simulator.openapi.spec import Spec
from simulator.provider.assumption import Assumption, Assumptions
from simulator.provider.children import Children
from simulator.provider.errors import Errors
from simulator.provider.pagination import Page
from simulator.provider.plan import NO_MEMBERS, OperationPlan
from simulator.provider.presenter import Presenter
from simulator.provider.provider import Provider
from simulator.provider.registrations import Handler
from simulator.provider.resource import Resource
from simulator.store.records import Listing, Record


class Presenters(dict[str, dict[int, Presenter]]):
    """How the answers of success of every operation are shown, by status; compiled when an operation is first performed."""

    def __init__(self, provider: Provider[Any], spec: Spec) -> None:
        super().__init__()
        self._provider, self._spec = provider, spec

    def __missing__(self, operation_id: str) -> dict[int, Presenter]:
        responses, constants = self._spec.operation(operation_id).responses, self._provider.constants.get(operation_id, {})
        presenters: dict[int, Presenter] = {}
        for status in [status for status in responses if 200 <= status < 300]:
            check = responses[status].media.get("application/json")
            shape = self._spec.shape(check.pointer) if check else NOTHING
            presenters[status] = Presenter(self._provider.views, shape, constants)
        self[operation_id] = presenters
        return presenters


class DefaultBodies(dict[str, dict[str, Any]]):
    """The defaults of an empty body, by operation; read from the spec when first needed."""

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._spec = spec

    def __missing__(self, operation_id: str) -> dict[str, Any]:
        body = self._spec.operation(operation_id).body if operation_id in self._spec.places else None
        defaults = body.defaults if body else None
        self[operation_id] = filled = defaults.fill({}) if defaults else {}
        return filled


class Plans(dict[str, OperationPlan]):
    """The plan of every operation by its id; made when the operation is first requested."""

    def __init__(self, provider: Provider[Any], spec: Spec, presenters: Presenters, switches: Mapping[str, str]) -> None:
        super().__init__()
        self._provider, self._spec, self._presenters, self._switches = provider, spec, presenters, switches

    def __missing__(self, operation_id: str) -> OperationPlan:
        provider, operation = self._provider, self._spec.operation(operation_id)
        body = operation.body
        self[operation_id] = plan = OperationPlan(
            operation=operation,
            name=f"{provider.name}.{operation_id}",
            presenters=self._presenters[operation_id],
            status_switch=self._switches.get(operation_id, ""),
            described=body.members if body else NO_MEMBERS,
            defaults=body.defaults if body else None,
            pages=provider.pages,
        )
        return plan


class BoundProvider(msgspec.Struct, frozen=True):
    """A spec and the code that performs it; its operations and handlers are the same set.

    Operations that the spec declares with `x-simulated: false` have no handler.
    """

    name: str
    spec: Spec
    provider: Provider[Any]
    error_switches: Mapping[str, str]  # by error, the switch that decides its status
    presenters: Presenters  # by operation and status of success
    plans: Plans  # by operation
    origin: str = "built in"  # where it is from, in words

    def verify(self) -> None:
        """Compare everything that the spec and the code say of each other: compiles the spec, and all that is shown.

        Raises:
            BrokenFile: a response that cannot be shown, or a switch that the spec does not know; with file and line.
        """
        self.spec.compile()
        _check_switches(self.provider, self.spec)
        _check_presenters(self)
        self.spec.raise_faults()


def bind(provider: Provider[Any], spec: Spec) -> BoundProvider:
    """Join spec and code, and compare everything that they say of each other.

    Raises:
        BrokenFile: an operation without a handler, a handler without an operation, an error that the pipeline needs and the
            provider lacks, a lifecycle without a step, a response that cannot be shown, a switch that does not fit the spec, or
            a demo key that fits none of the spec's security schemes; with file and line in the spec.
    """
    service = join(provider, spec)
    service.verify()
    return service


def join(provider: Provider[Any], spec: Spec) -> BoundProvider:
    """Join spec and code, of which only what the head of the spec tells is compared.

    Raises:
        BrokenFile: an operation without a handler, a handler without an operation, an error that the pipeline needs and the
            provider lacks, or a demo key that the spec's security schemes refuse; with file and line in the spec.
    """
    _compare_handlers(provider, spec)
    for error in sorted(Errors.__annotations__.keys() - provider.errors_by_name.keys()):
        spec.add_fault((), f"the errors of {provider.name} lack {error}")
    for resource in provider.resources:
        if resource.lifecycle and resource.lifecycle not in provider.events:
            spec.add_fault((), f"the lifecycle {resource.lifecycle!r} of {resource.name} in {provider.name} has no step")
    for key in provider.keys:
        if not any(scheme.pattern.fullmatch(key) for scheme in spec.schemes.values()):
            spec.add_fault(("components", "securitySchemes"), f"the key {key!r} of {provider.name} fits no x-key-pattern")
    bound = copy(provider)  # a provider that is bound to two documents has two sets of defaults and switches
    bound.default_bodies = DefaultBodies(spec)
    bound.assumptions = Assumptions(provider.name, [*_assumptions(spec)])
    spec.raise_faults()
    operations, errors = _switches(bound, spec)
    bound.presenters = presenters = Presenters(bound, spec)
    return BoundProvider(provider.name, spec, bound, errors, presenters, Plans(bound, spec, presenters, operations))


def _compare_handlers(provider: Provider[Any], spec: Spec) -> None:
    name = provider.name
    for operation_id, place in spec.places.items():
        is_simulated = operation_id in spec.simulated
        if is_simulated and operation_id not in provider.handlers:
            spec.add_fault(("paths", *place), f"operation {operation_id!r} has no handler in {name}")
        if not is_simulated and operation_id in provider.handlers:
            problem = f"operation {operation_id!r} has x-simulated: false, but {name} has a handler for it"
            spec.add_fault(("paths", *place, "x-simulated"), problem)
    for operation_id in sorted(provider.handlers.keys() - spec.places.keys()):
        hint = nearest(operation_id, sorted(spec.simulated - provider.handlers.keys() or spec.simulated), "the spec")
        spec.add_fault(("paths",), f"{name} has a handler for {operation_id!r}, which is not an operation of the spec{hint}")


def _assumptions(spec: Spec) -> Iterator[Assumption]:
    """Yield the switches that a spec declares in `x-assumptions`."""
    for name, declared in spec.assumptions.items():
        try:
            yield msgspec.convert({**declared, "name": name}, Assumption)
        except (msgspec.ValidationError, TypeError) as error:
            spec.add_fault(("x-assumptions", name), f"not an assumption: {error}")


def _switches(provider: Provider[Any], spec: Spec) -> tuple[dict[str, str], dict[str, str]]:
    """Return the assumptions that decide the status of operations, and those that decide the status of errors."""
    subjects = {subject: name for name, assumption in provider.assumptions.items() for subject in assumption.status_of}
    operations = {subject: name for subject, name in subjects.items() if subject in spec.places}
    errors = {subject: name for subject, name in subjects.items() if subject in provider.errors_by_name.keys() - operations}
    return operations, errors


def _check_switches(provider: Provider[Any], spec: Spec) -> None:
    """Report the assumptions that decide a status which the spec does not list."""
    for name, assumption in provider.assumptions.items():
        for subject in assumption.status_of:
            operation = spec.operations.get(subject)
            listed = {status for one in [operation] if one for status in one.responses}
            if operation is None and subject in provider.errors_by_name:
                listed = {status for one in spec.operations.values() for status in one.responses}
            unlisted = [str(value) for value in assumption.values if value not in listed]
            if unlisted:
                pointer = operation.pointer if operation else ("paths",)
                spec.add_fault(pointer, f"{provider.name}.{name} decides the status of {subject}, which lists no {unlisted[0]}")


def _check_presenters(service: BoundProvider) -> None:
    """Report the answers of success that cannot be shown."""
    for name, operation in service.spec.operations.items():
        handler = service.provider.handlers.get(name)
        kind, is_list = _returned(handler) if handler else (None, False)
        for status, presenter in service.presenters[name].items():
            for problem in presenter.faults(kind, is_list=is_list):
                service.spec.add_fault(operation.pointer, f"the answer {status} of {name!r} {problem}")


def _returned(handler: Handler[Any]) -> tuple[type | None, bool]:
    """Return the type of record that a handler is declared to return, and whether it returns many; None if that is open."""
    try:
        declared = get_type_hints(handler).get("return")
    except NameError:  # a name that only a type checker knows
        return None, False
    if declared is type(None):
        return declared, False
    is_list = get_origin(declared) in (Page, Listing, list, tuple)
    kind = get_args(declared)[0] if is_list else declared
    owner = getattr(handler, "__self__", None)
    if isinstance(kind, TypeVar) and isinstance(owner, Resource | Children):
        kind = owner.record  # the operation is a method of the resource
    is_record = inspect.isclass(kind) and issubclass(kind, Record)
    return (kind if is_record else None), is_list
