"""A provider joined with its spec."""

from __future__ import annotations

from typing import Any

import msgspec

from simulator.openapi.spec import Spec
from simulator.provider.errors import Errors
from simulator.provider.provider import Provider


class BoundProvider(msgspec.Struct, frozen=True):
    """A spec and the code that performs it; its operations and handlers are the same set.

    Operations that the spec declares with `x-simulated: false` have no handler.
    """

    name: str
    spec: Spec
    provider: Provider[Any]


def bind(provider: Provider[Any], spec: Spec) -> BoundProvider:
    """Join spec and code.

    Raises:
        BrokenFile: an operation without a handler, a handler without an operation, an error that the pipeline needs and the
            provider lacks, or a demo key that the spec's security schemes refuse; with file and line in the spec.
    """
    name = provider.name
    for operation_id, operation in spec.operations.items():
        if operation.simulated and operation_id not in provider.handlers:
            spec.add_fault(operation.pointer, f"found the operation {operation_id!r}, for which {name} has no handler")
        if not operation.simulated and operation_id in provider.handlers:
            problem = f"found x-simulated: false at {operation_id!r}, for which {name} has a handler"
            spec.add_fault((*operation.pointer, "x-simulated"), problem)
    for operation_id in sorted(provider.handlers.keys() - spec.operations.keys()):
        spec.add_fault(("paths",), f"found no operation {operation_id!r}, for which {name} has a handler")
    for error in sorted(Errors.__annotations__.keys() - provider.errors_by_name.keys()):
        spec.add_fault((), f"the errors of {name} lack {error}")
    for key in provider.keys:
        if not any(scheme.pattern.fullmatch(key) for scheme in spec.schemes.values()):
            spec.add_fault(("components", "securitySchemes"), f"the key {key!r} of {name} fits no x-key-pattern")
    spec.raise_faults()
    return BoundProvider(name, spec, provider)
