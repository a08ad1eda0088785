"""The form of the values that schemas describe: members, items, branches, defaults; references are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import UNSET

from simulator.openapi.pointers import Pointer, branches

Resolve = Callable[[Pointer], tuple[Any, Pointer]]  # what stands at a pointer, and where it really stands
IsValid = Callable[[Pointer, Any], bool]

UNIONS = ("oneOf", "anyOf")


class Shape(msgspec.Struct, frozen=True):
    """The form of the values that a schema describes; an empty one has neither members, items nor branches."""

    properties: dict[str, Shape] = {}
    required: frozenset[str] = frozenset()
    items: Shape | None = None
    branches: tuple[Shape, ...] = ()
    const: Any = UNSET
    is_nullable: bool = False
    is_open: bool = True  # members that are not described may stand beside the others

    @property
    def variants(self) -> list[Shape]:
        """Return the forms that an object may have: one for each branch that describes an object, or the shape itself."""
        inner = [variant for branch in self.branches for variant in branch.variants if variant.properties]
        own = msgspec.structs.replace(self, branches=())
        return [_joined([own, variant]) for variant in inner] or [self]


NOTHING = Shape()
NESTED = (dict, list)


def shape_of(resolve: Resolve, pointer: Pointer, known: dict[Pointer, Shape]) -> Shape:
    """Return the shape of the schema at a pointer; a schema within itself has an empty shape there.

    `known` holds the shapes of the document so far: most schemas are parts of many answers.
    """
    node, place = resolve(pointer)
    if place in known:
        return known[place]
    if not isinstance(node, dict):
        return NOTHING
    known[place] = NOTHING  # until it is complete: the shape of a schema within itself
    kinds = node.get("type", ())
    own = Shape(
        properties={name: shape_of(resolve, (*place, "properties", name), known) for name in node.get("properties", {})},
        required=frozenset(node.get("required", ())),
        items=shape_of(resolve, (*place, "items"), known) if "items" in node else None,
        branches=tuple(shape_of(resolve, branch, known) for branch in branches(node, place, UNIONS)),
        const=node.get("const", UNSET),
        is_nullable=_is_nullable(resolve, node, place, (kinds,) if isinstance(kinds, str) else tuple(kinds)),
        is_open=node.get("additionalProperties", True) is not False,
    )
    parts = [shape_of(resolve, part, known) for part in branches(node, place, ("allOf",))]
    known[place] = _joined([*parts, own]) if parts else own
    return known[place]


def _is_nullable(resolve: Resolve, node: dict[str, Any], place: Pointer, kinds: tuple[str, ...]) -> bool:
    if kinds:
        return "null" in kinds
    if "enum" in node or "const" in node:
        return None in node.get("enum", (node.get("const", UNSET),))
    inner = [resolve(branch)[0] for branch in branches(node, place, (*UNIONS, "allOf"))]
    return any("null" in branch.get("type", ("null",)) for branch in inner) or not inner


def _joined(shapes: list[Shape]) -> Shape:
    """Return the conjunction of shapes."""
    return Shape(
        properties={name: member for shape in shapes for name, member in shape.properties.items()},
        required=frozenset().union(*(shape.required for shape in shapes)),
        items=next((shape.items for shape in shapes if shape.items is not None), None),
        branches=tuple(branch for shape in shapes for branch in shape.branches),
        const=UNSET,
        is_nullable=all(shape.is_nullable for shape in shapes),
        is_open=all(shape.is_open for shape in shapes),
    )


def _copied(default: Any) -> Any:
    """Return a default of its own for each request: operations may change what they are given."""
    if isinstance(default, dict):
        return {name: _copied(member) for name, member in default.items()}
    return [_copied(item) for item in default] if isinstance(default, list) else default


class Defaults(msgspec.Struct, frozen=True):
    """The `default`s of a schema, ready to be filled in."""

    members: tuple[tuple[str, Any, Defaults | None], ...]  # name, default or UNSET, and the defaults within the member
    items: Defaults | None
    branches: tuple[tuple[Pointer, Defaults], ...]
    is_valid: IsValid

    def fill(self, value: Any) -> Any:
        """Return the value with the defaults of omitted members; the value itself stays as it is.

        A member that is an object is filled in too where it was sent, or has a default itself. Of the branches of a `oneOf` or
        `anyOf` those count that the value fits.
        """
        if isinstance(value, dict):
            filled = dict(value)
            for name, default, inner in self.members:
                if name not in value:
                    if default is not UNSET:
                        filled[name] = _copied(default) if isinstance(default, NESTED) else default
                elif inner is not None:
                    filled[name] = inner.fill(value[name])
            for branch, defaults in self.branches:
                if self.is_valid(branch, value):
                    filled = defaults.fill(filled)
            return filled
        if isinstance(value, list) and self.items is not None:
            return [self.items.fill(item) for item in value]
        return value


def defaults_of(
    resolve: Resolve, is_valid: IsValid, pointer: Pointer, known: dict[Pointer, Defaults | None] | None = None
) -> Defaults | None:
    """Return the defaults of the schema at a pointer, None where it and all within it have none.

    `known` holds those of the document so far; a schema within itself has none there.
    """
    node, place = resolve(pointer)
    inside = {} if known is None else known
    if not isinstance(node, dict) or place in inside:
        return inside.get(place)
    inside[place] = None  # until it is complete
    members: dict[str, tuple[str, Any, Defaults | None]] = {}
    for part in branches(node, place, ("allOf",)):
        inherited = defaults_of(resolve, is_valid, part, inside)
        members |= {member[0]: member for member in inherited.members} if inherited else {}
    for name in node.get("properties", {}):
        there = (*place, "properties", name)
        described = {**resolve(there)[0], **node["properties"][name]}  # a default beside a $ref outranks the referenced one
        default, inner = described.get("default", UNSET), defaults_of(resolve, is_valid, there, inside)
        if default is not UNSET or inner is not None:
            members[name] = (name, inner.fill(default) if inner is not None else default, inner)
    items = defaults_of(resolve, is_valid, (*place, "items"), inside) if "items" in node else None
    candidates = ((branch, defaults_of(resolve, is_valid, branch, inside)) for branch in branches(node, place, UNIONS))
    of_branches = tuple((branch, defaults) for branch, defaults in candidates if defaults is not None)
    is_empty = not (members or items or of_branches)
    inside[place] = None if is_empty else Defaults(tuple(members.values()), items, of_branches, is_valid)
    return inside[place]
