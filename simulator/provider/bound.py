"""A provider joined with its spec."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import copy
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from simulator.openapi.shapes import NOTHING
from simulator.openapi.spec import Spec
from simulator.provider.errors import Errors
from simulator.provider.pagination import Page
from simulator.provider.presenter import Presenter
from simulator.provider.provider import Handler, Provider
from simulator.store.tables import Listing, Record


class BoundProvider(msgspec.Struct, frozen=True):
    """A spec and the code that performs it; its operations and handlers are the same set.

    Operations that the spec declares with `x-simulated: false` have no handler.
    """

    name: str
    spec: Spec
    provider: Provider[Any]
    operation_switches: Mapping[str, str]  # by operation, the switch that decides its status
    error_switches: Mapping[str, str]  # by error, the switch that decides its status
    presenters: Mapping[str, Mapping[int, Presenter]]  # by operation and status of success


def bind(provider: Provider[Any], spec: Spec) -> BoundProvider:
    """Join spec and code.

    Raises:
        BrokenFile: an operation without a handler, a handler without an operation, an error that the pipeline needs and the
            provider lacks, a response that cannot be shown, a switch that the spec does not know, or a demo key that the spec's
            security schemes refuse; with file and line in the spec.
    """
    _compare_handlers(provider, spec)
    for error in sorted(Errors.__annotations__.keys() - provider.errors_by_name.keys()):
        spec.add_fault((), f"the errors of {provider.name} lack {error}")
    for key in provider.keys:
        if not any(scheme.pattern.fullmatch(key) for scheme in spec.schemes.values()):
            spec.add_fault(("components", "securitySchemes"), f"the key {key!r} of {provider.name} fits no x-key-pattern")
    bound = copy(provider)  # a provider that is bound to two documents has two sets of defaults
    bodies = ((name, operation.body.defaults) for name, operation in spec.operations.items() if operation.body)
    bound.default_bodies = {name: defaults.fill({}) for name, defaults in bodies if defaults is not None}
    service = BoundProvider(provider.name, spec, bound, *_switches(provider, spec), _presenters(provider, spec))
    spec.raise_faults()
    return service


def _compare_handlers(provider: Provider[Any], spec: Spec) -> None:
    name = provider.name
    for operation_id, operation in spec.operations.items():
        if operation.simulated and operation_id not in provider.handlers:
            spec.add_fault(operation.pointer, f"operation {operation_id!r} has no handler in {name}")
        if not operation.simulated and operation_id in provider.handlers:
            problem = f"operation {operation_id!r} has x-simulated: false, but {name} has a handler for it"
            spec.add_fault((*operation.pointer, "x-simulated"), problem)
    for operation_id in sorted(provider.handlers.keys() - spec.operations.keys()):
        spec.add_fault(("paths",), f"{name} has a handler for {operation_id!r}, which is not an operation of the spec")


def _switches(provider: Provider[Any], spec: Spec) -> tuple[dict[str, str], dict[str, str]]:
    """Return the assumptions that decide the status of operations, and those that decide the status of errors."""
    operations: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name, assumption in provider.assumptions.items():
        for subject in assumption.status_of:
            operation = spec.operations.get(subject)
            listed = {status for one in [operation] if one for status in one.responses}
            if operation is not None:
                operations[subject] = name
            elif subject in provider.errors_by_name:
                errors[subject] = name
                listed = {status for one in spec.operations.values() for status in one.responses}
            unlisted = [str(value) for value in assumption.values if value not in listed]
            if unlisted:
                pointer = operation.pointer if operation else ("paths",)
                spec.add_fault(pointer, f"{provider.name}.{name} decides the status of {subject}, which lists no {unlisted[0]}")
    return operations, errors


def _presenters(provider: Provider[Any], spec: Spec) -> dict[str, dict[int, Presenter]]:
    """Compile how the answers of success of every operation are shown."""
    presenters: dict[str, dict[int, Presenter]] = {}
    for name, operation in spec.operations.items():
        handler, presenters[name] = provider.handlers.get(name), {}
        for status in [status for status in operation.responses if 200 <= status < 300]:
            check = operation.responses[status].media.get("application/json")
            shape = spec.shape(check.pointer) if check else NOTHING
            presenter = presenters[name][status] = Presenter(provider.views, shape, provider.constants.get(name, {}))
            kind, is_list = _returned(handler) if handler else (None, False)
            for problem in presenter.faults(kind, is_list=is_list):
                spec.add_fault(operation.pointer, f"the answer {status} of {name!r} {problem}")
    return presenters


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
    is_record = inspect.isclass(kind) and issubclass(kind, Record)
    return (kind if is_record else None), is_list
