"""Bodies in XML, read as the values that their schema describes (the Data Type Conversions and XML Object of OpenAPI)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple
from xml.parsers import expat

from simulator.openapi.parameter_text import Kinds, parse_text
from simulator.openapi.pointers import Pointer

MAX_DEPTH = 100  # of elements within one another


class Described(NamedTuple):
    """The member of an object that an element or an attribute stands for."""

    name: str
    place: Pointer
    is_wrapped: bool  # the items of a list are within the element


class Element:
    """An element while it is read."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = {_local(key): value for key, value in attributes.items() if not key.startswith("xmlns")}
        self.children: list[Element] = []
        self.texts: list[str] = []


class XmlReader:
    """Reads the bodies of one schema; the functions look into the document."""

    def __init__(
        self,
        pointer: Pointer,
        resolve: Callable[[Pointer], tuple[Any, Pointer]],
        members: Callable[[Pointer], Iterator[tuple[str, Pointer]]],
        kinds: Callable[[Pointer], Kinds],
    ) -> None:
        self._pointer, self._resolve, self._members, self._kinds = pointer, resolve, members, kinds
        self._known: dict[Pointer, dict[str, Described]] = {}

    def read(self, raw: bytes) -> Any:
        """Return the value of a document.

        Raises:
            ValueError: it is not well-formed, has a document type, or is nested too deeply.
        """
        return self._value(_parsed(raw), self._pointer)

    def _value(self, element: Element, place: Pointer | None) -> Any:
        kinds = self._kinds(place) if place is not None else ()
        if place is not None and "array" in kinds and "object" not in kinds:
            return [self._value(child, self._items(place)) for child in element.children]
        described = self._described(place) if place is not None else {}
        if not (element.children or element.attributes):
            text = "".join(element.texts)
            if text.strip() or not (described or "object" in kinds):
                return parse_text(kinds, text)
        made: dict[str, Any] = {}
        for name, text in element.attributes.items():
            member = described.get(name)
            made[member.name if member else name] = parse_text(self._kinds(member.place) if member else (), text)
        for child in element.children:
            self._add(made, child, described.get(child.name))
        return made

    def _add(self, made: dict[str, Any], child: Element, member: Described | None) -> None:
        """Put the value of an element into an object; what is repeated is a list."""
        place, name = (member.place, member.name) if member else (None, child.name)
        if member and member.is_wrapped:
            made[name] = [self._value(one, self._items(member.place)) for one in child.children]
        elif place is not None and "array" in self._kinds(place):
            made.setdefault(name, []).append(self._value(child, self._items(place)))
        elif name in made:
            made[name] = [*(made[name] if isinstance(made[name], list) else [made[name]]), self._value(child, place)]
        else:
            made[name] = self._value(child, place)

    def _items(self, place: Pointer) -> Pointer | None:
        node, found = self._resolve(place)
        return (*found, "items") if isinstance(node, dict) and isinstance(node.get("items"), dict) else None

    def _described(self, place: Pointer) -> dict[str, Described]:
        """Return the members of an object by the names of their elements."""
        found = self._resolve(place)[1]
        if found not in self._known:
            self._known[found] = {}
            for name, pointer in self._members(found):
                hints = self._hints(pointer)
                items = self._items(pointer)
                is_wrapped = hints.get("wrapped") is True and items is not None
                member = Described(name, pointer, is_wrapped)
                names = [hints.get("name", name), *([self._hints(items).get("name", name)] if items and not is_wrapped else [])]
                self._known[found] |= dict.fromkeys(map(str, names), member)
        return self._known[found]

    def _hints(self, place: Pointer) -> dict[str, Any]:
        node = self._resolve(place)[0]
        hints = node.get("xml") if isinstance(node, dict) else None
        return hints if isinstance(hints, dict) else {}


def _parsed(raw: bytes) -> Element:
    """Return the root of a document; one with a document type is refused, as its entities may grow without bounds."""
    top = Element("", {})
    opened = [top]
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(opened) > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} elements within one another")
        opened[-1].children.append(Element(_local(name), attributes))
        opened.append(opened[-1].children[-1])

    def add(text: str) -> None:
        opened[-1].texts.append(text)

    def doctype(*_: Any) -> None:
        raise ValueError("a document type is not allowed")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: opened.pop()
    parser.CharacterDataHandler = add
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return top.children[0]


def encode_xml(value: Any, name: str = "body") -> bytes:
    """Return a value as XML in which elements are called like members; a text is XML already."""
    return value.encode() if isinstance(value, str) else "".join(_texts(name, value)).encode()


def _texts(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(name, item)
    elif isinstance(value, dict):
        yield from (f"<{name}>", *(text for member, inner in value.items() for text in _texts(member, inner)), f"</{name}>")
    elif value is not None:
        yield f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value), quote=False)}</{name}>"


def _local(name: str) -> str:
    """Return a name without the prefix of its namespace."""
    return name.rpartition(":")[2]
