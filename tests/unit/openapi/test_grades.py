"""Evidence levels within the schemas of responses: on a member, on the items of a list, on a branch of a union."""

from __future__ import annotations

import pytest

from tests.demo_provider import SPEC, Toy

THING = "properties: {id: {type: string}, colour: {type: string}}"
ASSUMED = "{type: string, x-evidence: assumed}"


@pytest.mark.parametrize(
    "schema",
    [
        f"properties: {{id: {{type: string}}, colour: {ASSUMED}}}",
        f"oneOf: [{{required: [other]}}, {{properties: {{colour: {ASSUMED}}}}}]",
        f"anyOf: [{{allOf: [{{properties: {{colour: {ASSUMED}}}}}]}}]",
    ],
)
def test_a_member_with_a_weaker_level_weakens_the_response(schema: str) -> None:
    """The level counts wherever in the schema it stands, as long as the value has the member and fits the branch."""
    made = Toy(spec=SPEC.replace(THING, schema))("POST", "/things", json={})
    assert (made.status_code, made.headers["X-Simulator-Evidence"]) == (201, "assumed")


@pytest.mark.parametrize(
    "schema",
    [
        THING,
        f"properties: {{id: {{type: string}}, size: {ASSUMED}}}",
        f"oneOf: [{{required: [other], properties: {{colour: {ASSUMED}}}}}, {{required: [colour]}}]",
    ],
)
def test_a_level_of_what_the_response_does_not_have_is_ignored(schema: str) -> None:
    """A member that was left out, or a branch that the value does not fit, says nothing of the response."""
    made = Toy(spec=SPEC.replace(THING, schema))("POST", "/things", json={})
    assert (made.status_code, made.headers["X-Simulator-Evidence"]) == (201, "documented")
