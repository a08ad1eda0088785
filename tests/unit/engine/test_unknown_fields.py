"""What an operation does not know is dropped as the provider drops it, but not without a word."""

from __future__ import annotations

import pytest

from tests.unit.steering import AGENTS, Steered

HEADER = "X-Simulator-Unknown-Fields"
CASES = [
    ({"name": "x", "agent_id": "a"}, "", "agent_id"),
    ({"name": "x", "agentNme": "a"}, "", "agentNme"),
    ({"name": "x"}, "?limt=3", "limt (in the query)"),
    ({"name": "x", "a": 1, "b": 2}, "?c=3", "c (in the query), a, b"),
    ({"name": "x", " ": 1}, "?=3", '"" (in the query), " "'),
    ({"name": "x"}, "", None),
]


@pytest.mark.parametrize(("body", "query", "shown"), CASES)
def test_an_unknown_field_is_named(steered: Steered, body: dict[str, object], query: str, shown: str | None) -> None:
    """In a header, in the journal and in the verdict; the response is what the provider would send."""
    plain = steered.cald("POST", AGENTS, {"name": "x"})
    response = steered.cald("POST", f"{AGENTS}{query}", body)
    assert (response.status_code, response.json().keys()) == (plain.status_code, plain.json().keys())
    named = [field.partition(" (did you mean")[0] for field in steered.journal()[-1]["unknown_fields"]]
    assert (", ".join(named) or None) == shown
    assert (HEADER in response.headers) == (shown is not None)
    assert response.headers.get(HEADER, "") == ", ".join(steered.journal()[-1]["unknown_fields"])
    kinds = [finding["kind"] for finding in steered.told("GET", "/verdict")["findings"]]
    assert ("unknown_fields" in kinds) == (shown is not None)


def test_the_nearest_name_is_shown(steered: Steered) -> None:
    """Of a field that is spelt otherwise elsewhere."""
    response = steered.cald("POST", "/phonenumbers", {"prefx": "+1415"})
    assert response.headers[HEADER] == "prefx (did you mean prefix?)"
