"""The `Prefer` header (RFC 7240), by which a client asks for an error or a delay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from simulator.documents import nearest_names
from simulator.engine.context import RequestContext
from simulator.engine.overrides import named_problem
from simulator.engine.strict import Declined
from simulator.openapi.operation import Operation
from simulator.provider import BoundProvider, Error, Errors
from simulator.scenario.format import MAX_DELAY
from simulator.store.duration import duration

NAMES = ("error", "code", "delay")
MEANT = {**{name: name for name in NAMES}, "status": "code", "errors": "error"}  # what clients write, and what they mean
REGISTERED = ("respond-async", "return", "wait", "handling", "depth-noroot", "safe")  # by IANA
FOR_RULES = ("fault", "stage", "amend", "repeat", "hold", "times", "body", "headers", "delivery")  # what rules can do
LIKE = 0.7  # how like a known name a misspelt one is
MAX_COMPARED = 50  # preferences, the first, that are compared with the known names
MAX_QUOTED = 60  # characters of an unknown preference that the refusal repeats

UNKNOWN_PREFERENCE = Error(400, None, "Bad Request", "The Prefer header cannot be honoured", evidence="assumed")
UNKNOWN_PREFERENCE.name = "UNKNOWN_PREFERENCE"


def prefer(service: BoundProvider, context: RequestContext, operation: Operation) -> None:
    """Apply `Prefer: error=NAME`, `code=402` or `delay=200ms`; preferences whose names are not like these are ignored.

    Raises:
        Problem: the error that the client asks for.
        Declined: there is no such error, this is no delay, a name is misspelt, or two preferences contradict each other.
    """
    preferences = _preferences(context.headers["prefer"])
    _require_no_other(service, preferences)
    delay = _delay(preferences["delay"]) if "delay" in preferences else 0.0
    name = ""
    if "error" in preferences:
        name = _known_error(service, preferences["error"])
        _require_same_status(service, name, preferences.get("code"))
    elif "code" in preferences:
        name = _error_with_status(service, operation, preferences["code"])
    context.delay = delay
    effects = {"delay": delay, "error": name, "code": name}
    applied = [f"{kind}={preferences[kind]}" for kind, has in effects.items() if has and kind in preferences]
    if applied:
        context.response_headers["Preference-Applied"] = ", ".join(applied)
    if name:
        raise named_problem(service, context, name, {}, int(preferences.get("code", 0)))


def _preferences(header: str) -> dict[str, str]:
    """Return the preferences of a header; quotes around a value and parameters behind it do not matter.

    Raises:
        Declined: a name is misspelt, or given several times.
    """
    preferences: dict[str, str] = {}
    for preference in header.split(","):
        name, _, text = preference.partition(";")[0].partition("=")
        kind, value = name.strip().lower(), text.strip().strip('"')
        if kind not in NAMES and kind not in preferences and len(preferences) < MAX_COMPARED:
            word = re.split(r"[^a-z_-]", kind, maxsplit=1)[0]
            if near := get_close_matches(word, MEANT, 1, LIKE):
                raise _declined(kind, value, f"did you mean {MEANT[near[0]]}=…? Known are {', '.join(NAMES)}", NAMES)
        if kind in NAMES and kind in preferences:
            raise _declined(kind, value, f"{kind} is given several times, expected once")
        preferences[kind] = value
    return preferences


def _require_no_other(service: BoundProvider, preferences: Mapping[str, str]) -> None:
    """Require that no other preference has the name of a fault, of an error, or its status for its value.

    Raises:
        Declined: one has, such as `http=402` or `fault=reset`: its client would believe that it was honoured.
    """
    errors = service.provider.errors_by_name
    statuses = {str(error.status) for error in errors.values()}
    for kind, value in preferences.items():
        if kind in NAMES or kind in REGISTERED:
            continue
        if kind in FOR_RULES:
            raise _declined(kind, value, f"only a rule can do that. Known are {', '.join(NAMES)}", NAMES)
        if value in statuses or value.upper() in errors:
            meant = "code" if value in statuses else "error"
            raise _declined(kind, value, f"did you mean {meant}={value}? Known are {', '.join(NAMES)}", NAMES)


def _delay(text: str) -> float:
    """Return the seconds of a delay.

    Raises:
        Declined: this is not a duration, or it is too long.
    """
    try:
        seconds = duration(text).total_seconds()
    except (ValueError, OverflowError):
        raise _declined("delay", text, f"expected a duration such as 200ms or 2s, at most {MAX_DELAY / 3600:.0f}h") from None
    if seconds > MAX_DELAY:
        raise _declined("delay", text, f"expected at most {MAX_DELAY / 3600:.0f}h")
    return seconds


def _known_error(service: BoundProvider, name: str) -> str:
    """Return the name of an error of the provider.

    Raises:
        Declined: the provider has no error of this name.
    """
    known = service.provider.errors_by_name
    if name in known:
        return name
    near = nearest_names(name, known)
    hint = f"did you mean {' or '.join(near)}?" if near else "expected the name of an error;"
    raise _declined(
        "error",
        name,
        f"{hint} {service.name} has {', '.join(known)}",
        [*near, *(other for other in known if other not in near)],
    )


def _require_same_status(service: BoundProvider, name: str, code: str | None) -> None:
    """Require that a code beside an error is the status of that error.

    Raises:
        Declined: it is another, or no status at all.
    """
    status = str(service.provider.errors_by_name[name].status)
    if code not in (None, status):
        hint = f"the error {name} has the status {status}; expected code={status}, or no code"
        raise _declined("code", str(code), hint, [status])


def _error_with_status(service: BoundProvider, operation: Operation, status: str) -> str:
    """Return the name of an error of this status that is documented for the operation; the provider's own come first.

    Raises:
        Declined: no documented error of the operation has this status.
    """
    names: dict[str, str] = {}
    errors = service.provider.errors_by_name
    for name in sorted(errors, key=lambda name: name in Errors.__annotations__):  # sorting keeps the order of equals
        names.setdefault(str(errors[name].status), name)
    documented = [str(listed) for listed in sorted(operation.responses) if str(listed) in names]
    if status in documented:
        return names[status]
    expected = (
        sorted(documented, key=lambda listed: abs(int(listed) - int(status)))
        if re.fullmatch("[0-9]{1,4}", status)
        else documented
    )
    has = f"{service.name}.{operation.id} has {', '.join(f'{listed} ({names[listed]})' for listed in expected)}"
    raise _declined("code", status, f"expected the status of a documented error; {has}", expected)


def _declined(kind: str, value: str, hint: str, expected: Iterable[str] = ()) -> Declined:
    """Return the refusal of a preference; `expected` are the values that are possible, the nearest first."""
    quoted = value[:MAX_QUOTED].encode("unicode_escape").decode("ascii")
    return Declined(UNKNOWN_PREFERENCE(f"unknown preference {kind}={quoted!r}: {hint}", expected=list(expected)))
