"""HAR 1.2 as a JSON Schema.

It is made from the text of http://www.softwareishard.com/blog/har-12-spec/.
"""

from __future__ import annotations

from typing import Any

TEXT, NUMBER, INTEGER = {"type": "string"}, {"type": "number", "minimum": -1}, {"type": "integer", "minimum": -1}
TIME = {"type": "string", "format": "date-time"}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an object that may have custom fields, which begin with an underscore."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {}), "comment": TEXT},
        "patternProperties": {"^_": True},
        "additionalProperties": False,
    }


PAIRS = {"type": "array", "items": _object({"name": TEXT, "value": TEXT})}
COOKIES = {"type": "array", "items": _object({"name": TEXT, "value": TEXT})}
PARAMS = {"type": "array", "items": _object({"name": TEXT}, {"value": TEXT, "fileName": TEXT, "contentType": TEXT})}
POST_DATA = {
    **_object({"mimeType": TEXT}, {"text": TEXT, "params": PARAMS}),
    "not": {"required": ["text", "params"]},  # which are mutually exclusive
}
REQUEST = _object(
    {
        "method": TEXT,
        "url": {"type": "string", "format": "uri"},
        "httpVersion": TEXT,
        "cookies": COOKIES,
        "headers": PAIRS,
        "queryString": PAIRS,
        "headersSize": INTEGER,
        "bodySize": INTEGER,
    },
    {"postData": POST_DATA},
)
CONTENT = _object({"size": INTEGER, "mimeType": TEXT}, {"compression": INTEGER, "text": TEXT, "encoding": TEXT})
RESPONSE = _object(
    {
        "status": INTEGER,
        "statusText": TEXT,
        "httpVersion": TEXT,
        "cookies": COOKIES,
        "headers": PAIRS,
        "content": CONTENT,
        "redirectURL": TEXT,
        "headersSize": INTEGER,
        "bodySize": INTEGER,
    }
)
TIMINGS = _object({"send": NUMBER, "wait": NUMBER, "receive": NUMBER}, {"blocked": NUMBER, "dns": NUMBER, "connect": NUMBER})
ENTRY = _object(
    {
        "startedDateTime": TIME,
        "time": NUMBER,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": {"type": "object"},
        "timings": TIMINGS,
    },
    {"pageref": TEXT, "serverIPAddress": TEXT, "connection": TEXT},
)
LOG = _object(
    {
        "version": {"const": "1.2"},
        "creator": _object({"name": TEXT, "version": TEXT}),
        "entries": {"type": "array", "items": ENTRY},
    },
    {"browser": _object({"name": TEXT, "version": TEXT}), "pages": {"type": "array"}},
)
HAR = {"type": "object", "required": ["log"], "properties": {"log": LOG}, "additionalProperties": False}
