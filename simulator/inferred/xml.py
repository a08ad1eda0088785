"""Answers in XML: where a document describes no other form, or a client asks for it."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec

from simulator.inferred.model import Model
from simulator.provider import Reply

NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in a text of XML 1.0


def is_xml(media: str) -> bool:
    """Return whether a media type is XML."""
    return media.endswith(("/xml", "+xml"))


def is_document(example: Any) -> bool:
    """Return whether an example is XML that clients can read."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(example.strip() if isinstance(example, str) else "", True)
    except (expat.ExpatError, ValueError):
        return False
    return True


def is_structured(media: str, schema: Any, model: Model) -> bool:
    """Return whether values of a media type are made from the schema: JSON, and XML that is described."""
    return "json" in media or (is_xml(media) and bool(model.properties(schema) or model.flat(schema).get("items")))


def as_accepted(model: Model, response: Any, reply: Reply, accept: str) -> Reply:
    """Return a reply in XML where its media type is XML, or where the client accepts no JSON but XML that is offered."""
    content = model.follow(response).get("content") or {}
    media = reply.media if is_xml(reply.media) else ""
    if not media and "xml" in accept and "json" not in accept and "*/*" not in accept:
        media = next((kind for kind in content if is_xml(kind)), "")
    if not media or media not in content or isinstance(reply.body, bytes) or reply.body is None:
        return reply
    schema = content[media].get("schema", {})
    root = _hints(model.follow(schema)).get("name") or _hints(schema).get("name") or "response"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{"".join(_element(model, str(root), schema, reply.body))}'
    return msgspec.structs.replace(reply, body=text.encode(), media=media)


def as_text(detail: str) -> str:
    """Return a document that holds a text alone."""
    return f"<error>{_text(detail)}</error>"


def _hints(schema: Any) -> dict[str, Any]:
    hints = schema.get("xml") if isinstance(schema, dict) else None
    return hints if isinstance(hints, dict) else {}


def _element(model: Model, name: str, schema: Any, value: Any) -> list[str]:
    """Return the texts of an element."""
    tag = re.sub(r"[^\w.-]", "_", name)
    tag = tag if re.match(r"[^\W\d]", tag) else f"_{tag}"
    if isinstance(value, list):
        items = model.flat(schema, value).get("items", {})
        inner = [text for item in value for text in _element(model, _item_name(model, items, "item"), items, item)]
        return [f"<{tag}>", *inner, f"</{tag}>"]
    if not isinstance(value, dict):
        return [f"<{tag}>{_text(value)}</{tag}>"]
    properties = model.properties(schema)
    attributes, inner = "", []
    for member, held in value.items():
        described = properties.get(member, {})
        hints = {**_hints(model.follow(described)), **_hints(described)}
        called = str(hints.get("name", member))
        if held is None:
            continue
        if hints.get("attribute") is True:
            attributes += f" {called}={quoteattr(_text(held))}"
        elif isinstance(held, list):
            items = model.flat(described, held).get("items", {})
            item = _item_name(model, items, called)
            listed = [text for one in held for text in _element(model, item, items, one)]
            inner += [f"<{called}>", *listed, f"</{called}>"] if hints.get("wrapped") is True else listed
        else:
            inner += _element(model, called, described, held)
    return [f"<{tag}{attributes}>", *inner, f"</{tag}>"]


def _item_name(model: Model, items: Any, usual: str) -> str:
    own = items if isinstance(items, dict) and "$ref" not in items else {}  # the name of a component is that of a root
    return str(_hints(own).get("name") or _hints(items).get("name") or usual)


def _text(value: Any) -> str:
    shown = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return escape(NOT_ALLOWED.sub("", shown))
