"""The command that a newcomer is given to paste: for any operation that a provider may want to be tried first."""

from __future__ import annotations

import shlex

import pytest

from simulator.quickstart import QuickstartContext, text
from tests.demo_provider import SPEC, Toy

BY_COLOUR = "{name: colour, in: query, required: true, schema: {type: string}, example: dark red}"
NARROWED = SPEC.replace("operationId: list", f"operationId: list\n      parameters: [{BY_COLOUR}]")
KEY = "Authorization: Bearer toy_demo"


@pytest.mark.parametrize(
    ("operation", "spec", "command"),
    [
        ("list", SPEC, ["GET", "/toy/v1/things", KEY]),
        ("drop", SPEC, ["DELETE", "/toy/v1/things/id", KEY]),
        ("make", SPEC, ["POST", "/toy/v1/things", KEY, "Content-Type: application/json", "{}"]),
        ("list", NARROWED, ["GET", "/toy/v1/things?colour=dark+red", KEY]),
    ],
)
def test_a_command_to_paste(operation: str, spec: str, command: list[str]) -> None:
    """It names what the operation cannot do without: its key, and the parts of its path, its query and its body."""
    application = Toy(spec=spec, example_operation=operation).app
    shown = text(QuickstartContext(application.registry, "http://here", application.worlds.first))
    pasted = shlex.split(shown.partition("curl ")[2].partition("\n\n")[0])
    assert [word.removeprefix("http://here") for word in pasted if word not in ("-X", "-H", "-d", "\n")] == command
