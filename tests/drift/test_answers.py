"""What a spec says of answers and the code does not do is found at the start, or by the first call: a 500 that says so.

An answer that is shown from the schema cannot say what that does not describe, and lacks what the record lacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest

from simulator.documents import BrokenFile
from simulator.provider import Reply
from simulator.registry import provider_of
from tests.drift.drafts import Draft, Json
from tests.properties.described import strangers


def _schemas(response: Json) -> Iterator[Json]:
    return (media["schema"] for media in response["content"].values())


def _first(response: Json, change: Callable[[Json], Json]) -> None:
    """Say something else of the first property of an answer, or of all of one that is no object."""
    for each in _schemas(response):
        properties = each.get("properties", {})
        name = next(iter(properties), "")
        each.update({"properties": {**properties, name: change(properties[name])}} if name else change(each))


def _media(response: Json) -> None:
    response["content"] = {"application/xml": next(iter(response["content"].values()))}


IN_AN_ANSWER: dict[str, tuple[Callable[[Json], Any], str]] = {
    "a property is required": (
        lambda response: [each.update({"type": "object", "required": ["new"]}) for each in _schemas(response)],
        "does not match its schema",
    ),
    "a property is of another type": (
        lambda response: _first(response, lambda said: {"not": {**said}}),
        "does not match its schema",
    ),
    "an enum is narrowed": (lambda response: _first(response, lambda _: {"enum": ["new"]}), "does not match its schema"),
    "the media type is another": (_media, "as application/json, which the spec does not list"),
    "there is no body": (lambda response: response.pop("content"), "which the spec does not list"),
    "a header is required": (
        lambda response: response.update(headers={"X-New": {"required": True, "schema": {"type": "string"}}}),
        "without the header X-New, which the spec requires",
    ),
}


def _is_shown(draft: Draft) -> bool:
    """Whether the handler returns a record, not a reply that it has made itself."""
    handler = provider_of(f"simulator.providers.{draft.name}").handlers[draft.operation["operationId"]]
    return get_type_hints(handler)["return"] is not Reply


@pytest.mark.parametrize("edit", IN_AN_ANSWER)
@pytest.mark.parametrize("refused", [False, True], ids=["success", "refusal"])
def test_the_first_answer_tells_of_it(draft: Draft, edit: str, refused: bool) -> None:
    """It is not sent: the client, the log and the journal learn that the simulator broke its own spec."""
    change, said = IN_AN_ANSWER[edit]
    change(draft.response("401" if refused else draft.success))
    try:
        told = _bug(draft, key=not refused)
    except BrokenFile as broken:  # found when the server starts, as the handler says what it returns
        told, said = str(broken), f"the answer {draft.success} of '{draft.operation['operationId']}' "
        assert (_is_shown(draft), refused) == (True, False)
    assert said in told


@pytest.mark.parametrize("moved", [False, True])
def test_a_refusal_that_the_spec_lists_no_more(draft: Draft, moved: bool) -> None:
    """Be it removed or moved, what the code still answers is found."""
    response = draft.responses.pop("401")
    draft.responses |= {"418": response} if moved else {}
    assert "returns 401, which the spec does not list" in _bug(draft, key=False)


def _bug(draft: Draft, **more: Any) -> str:
    """What is said of the first answer, to the client and in the journal."""
    served = draft.serve()
    answer = served.call(**more)
    assert answer.status == 500, answer.body
    assert ("X-Simulator-Bug", "1") in answer.headers
    text: str = json.loads(answer.body)["simulator_bug"]
    assert served.journal()["bug"] == text
    return text


def test_a_property_is_described_no_more(draft: Draft) -> None:
    """It is not shown any more; in a reply as it stands an open schema lets it pass, and a closed one does not."""
    (schema,) = _schemas(draft.response(draft.success))
    name = next(iter(schema["properties"]))
    del schema["properties"][name]
    schema["required"].remove(name)
    served = draft.serve()
    answer = served.call()
    told = strangers(served.bound, draft.operation["operationId"], answer)
    assert answer.status == 500 or told == ([] if _is_shown(draft) else [f".{name}"])
    assert not _is_shown(draft) or name not in json.loads(answer.body)
