"""The forms of texts: those that hold no secret whatever they are, and those by which two texts are of the same kind."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

PHONE = re.compile(r"\+[1-9]\d{6,14}")
URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
HARMLESS = re.compile(
    rf"|{TIME.pattern}"
    r"|\d\d:\d\d(?::\d\d)?"  # of a day
    r"|[A-Za-z]{2}(?:[-_][A-Za-z]{2})?"  # a country, a language
    r"|-?\d{1,3}|\d{1,4}\.\d{1,4}|\d{1,4}(?:ms|s|m|h|d)"  # an area code, a small number, a price, a duration
    r"|\+\d{1,4}|\+?\d{0,4}\*+"  # the beginning of a phone number
    r"|true|false|on|off",
)


def is_harmless(text: str) -> bool:
    """Return whether a text of a documented field can be no secret: too short, a time, a time zone, a place."""
    return bool(HARMLESS.fullmatch(text)) or ("/" in text and text in _time_zones())


def form_of(text: str) -> str:
    """Return the form of a text in a word that reports use."""
    for form, pattern in (("phone number", PHONE), ("time", TIME), ("URL", URL), ("email address", EMAIL)):
        if pattern.fullmatch(text):
            return form
    return "text"


def time_form(text: str) -> str:
    """Return how a time is written, such as `0000-00-00T00:00:00Z`; any fraction of a second is as good as another."""
    return re.sub(r"\d", "0", re.sub(r"\.\d+", ".0", text))


def is_reference(name: str, text: str) -> bool:
    """Return whether a text refers to a record: by the name of its field, or as a phone number or a UUID."""
    if not text or " " in text:
        return False
    named = name == "id" or name.endswith(("_id", "Id", "_ids", "Ids", "_sid", "cursor", "Cursor", "starting_after", "_token"))
    return named or bool(PHONE.fullmatch(text) or UUID.fullmatch(text))


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
