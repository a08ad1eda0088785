"""What the patterns and formats of schemas expect, in words: most people who read an error do not read regular expressions."""

from __future__ import annotations

import re

PHONE_NUMBER = "a phone number in E.164, such as +14155550142"
COUNTRY = "a country code of two letters, such as US"
URL = "a URL with http or https, such as https://example.com/hook"
DATE = "a date, such as 2026-03-01"
SECONDS = "a number of seconds with an s, such as 30s"
NAME = "a name of letters, digits, dots, dashes and underscores, at most 100, that begins with a letter or digit"
VARIABLE = "a name of letters, digits and underscores, at most 64, that does not begin with a digit"

WORDS = {
    r"^\+[1-9][0-9]{6,14}$": PHONE_NUMBER,
    r"^[+][1-9][0-9]{6,14}$": PHONE_NUMBER,
    r"^\+[1-9][0-9]{1,14}$": PHONE_NUMBER,
    r"^\+[0-9]{1,15}$": "a plus and at most 15 digits, such as +1415",
    r"^[+]?[0-9*]{1,15}$": "digits and stars, such as +1415555****",
    r"^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$": f"{PHONE_NUMBER}, or a short code of 5 or 6 digits",
    r"^(\+[1-9][0-9]{6,14}|\{\{[^{}]+\}\})$": f"{PHONE_NUMBER}, or a variable, such as {{{{transfer_to}}}}",
    r"^[A-Z]{2}$": "a country code of two capital letters, such as US",
    r"^[A-Za-z]{2}$": COUNTRY,
    r"^([A-Za-z]{2})?$": f"{COUNTRY}, or empty",
    r"^[0-9]{1,5}$": "1 to 5 digits",
    r"^[0-9]{1,6}$": "1 to 6 digits",
    r"^[0-9]{1,9}$": "a whole number of at most 9 digits, such as 0",
    r"^([1-9][0-9]?|100)$": "a whole number from 1 to 100",
    r"^[0-9]+[.][0-9]{2}$": "an amount with two decimals, such as 2.00",
    r"^[0-9]+[.][0-9]{2,}$": "an amount with two decimals or more, such as 10.00",
    r"^[0-9]+([.][0-9]+)?s$": SECONDS,
    r"^[0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h|d)$": "a duration, such as 30s, 500ms or 2h",
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": DATE,
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "a time of day, such as 09:30",
    r"^[Hh][Tt][Tt][Pp][Ss]?://.": URL,
    r"^https?://": URL,
    r"^https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#]\S*)?$": URL,
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": "a language tag, such as en or en-US",
    r"^#[0-9A-Fa-f]{6}$": "a colour of six hexadecimal digits, such as #1a2b3c",
    r"^[^:]+: ": "a name, a colon and a space, then a value",
    r"^AC": "a text that begins with AC",
    r"^SK": "a text that begins with SK",
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$": NAME,
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$": VARIABLE,
    r"^(?!system__|secret__)[A-Za-z_][A-Za-z0-9_]{0,63}$": f"{VARIABLE}, and not with system__ or secret__",
    r"^[a-zA-Z][a-zA-Z0-9_-]{0,63}$": "a name of letters, digits, dashes and underscores, at most 64, the first a letter",
    r"^[a-zA-Z0-9_-]{1,64}$": "a name of letters, digits, dashes and underscores, at most 64",
    r"^[a-z0-9_.-]+$": "a name of small letters, digits, dots, dashes and underscores",
}

FORMATS = {
    "date": DATE,
    "date-time": "a date and time with a time zone, such as 2026-03-01T10:00:00Z",
    "email": "an email address, such as ada@example.com",
    "uri": "a URI, such as https://example.com/hook",
    "uuid": "a UUID, such as 550e8400-e29b-41d4-a716-446655440000",
}

_ID = re.compile(r"\^(?P<prefix>\w+_)(?:\(test_\)\?)?\[[\w-]+\](?:\{(?P<length>[0-9,]+)\}|\+)\$")
_KEY = re.compile(r"\^(?P<prefix>sk_(?:admin|\(live\|test\)_app)_)")


def words(pattern: str) -> str:
    """Return what a pattern expects, such as "a country code of two letters"; empty if that is not known."""
    if pattern in WORDS:
        return WORDS[pattern]
    if identifier := _ID.fullmatch(pattern):
        return f"an id that begins with {identifier['prefix']}"
    if key := _KEY.match(pattern):
        return f"a key that begins with {key['prefix'].replace('(live|test)', 'live')}"
    return ""
