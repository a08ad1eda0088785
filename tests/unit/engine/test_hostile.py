"""What no honest client sends: every provider refuses it in its own words, never fails, and does nothing by half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx
import pytest

from simulator import Simulator
from simulator.openapi.operation import Operation
from tests.conftest import new_world
from tests.unit.subject import PROVIDERS, RuleInput

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module", params=PROVIDERS)
def provider(request: pytest.FixtureRequest, simulator: Simulator, http: httpx.Client) -> tuple[RuleInput, dict[str, Any]]:
    """Each provider in a world for all tests, none of which changes it; and what its accounts hold."""
    one = RuleInput(new_world(simulator, http), request.param)
    return one, one.state()


@pytest.fixture
def subject(provider: tuple[RuleInput, dict[str, Any]]) -> Iterator[RuleInput]:
    """Each provider; whatever a test sends it, what its accounts hold must be the same afterwards."""
    one, before = provider
    yield one
    after = one.state()
    assert {account: after[account] for account in before} == before


def _shape(answer: httpx.Response) -> Any:
    return set(answer.json()) if "json" in answer.headers["Content-Type"] else type(answer.text)


def _refuses(subject: RuleInput, answer: httpx.Response, *errors: str) -> None:
    """The answer is a refusal in the provider's own dialect, with the status of one of the errors."""
    assert "X-Simulator-Bug" not in answer.headers, answer.text
    assert 400 <= answer.status_code < 500, answer.text
    assert not errors or answer.status_code in {subject.status(error) for error in errors}, answer.text
    pattern = subject.refused
    assert answer.headers["Content-Type"] == pattern.headers["Content-Type"]
    assert _shape(answer) >= _shape(pattern) if isinstance(_shape(pattern), set) else answer.text
    assert answer.headers["X-Simulator-Request"]


def _spread(operations: Iterable[Operation], values: Sequence[Any], value: Any) -> list[Operation]:
    """One in three of some operations, others for each value: all pairs are too many, and the code that reads is one."""
    return [*operations][values.index(value) % 3 :: 3]


def _padded(size: int) -> bytes:
    return b'{"x": "' + b"a" * (size - 9) + b'"}'


NOT_JSON = {
    "nothing but a space": b" ",
    "half a document": b'{"x": ',
    "two documents": b"{} {}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "broken UTF-8": b'{"x": "\xff"}',
    "an encoded surrogate": b'{"x": "\xed\xa0\x80"}',
    "an escaped lone surrogate": b'{"x": "\\ud800"}',
    "an escaped lone surrogate as a key": b'{"\\udfff": 1}',
    "NaN": b'{"x": NaN}',
    "Infinity": b'{"x": Infinity}',
    "-Infinity": b'{"x": -Infinity}',
    "1e400": b'{"x": 1e400}',
    "a number of 5000 digits": b'{"x": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"x": 1, "x": 1}',
    "a key twice, once escaped": b'{"x": 1, "\\u0078": 1}',
    "a key twice, deep inside": b'[{"x": {"y": ":", "y": ":"}}]',
    "a key twice, once with a list": b'{"x": [1], "x": 1}',
    "a key twice beside a list": b'{"x": 1, "x": 1, "y": [1]}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets, closed": b"[" * 100_000 + b"]" * 100_000,
    "100,000 braces": b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
    "65 levels": b'{"x":' * 65 + b"1" + b"}" * 65,
    "65 levels of lists in an object": b'{"x":' + b"[" * 64 + b"]" * 64 + b"}",
    "65 levels, the last an object": b'{"x":' + b"[" * 63 + b"{}" + b"]" * 63 + b"}",
    "single quotes": b"{'x': 1}",
    "a comment": b'{"x": 1 /* one */}',
    "a control character": b'{"x": "\n"}',
    "a NUL": b'{"x": 1}\x00',
    "a form": b"x=1",
}


def test_a_body_that_is_not_json_is_malformed(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """JSON is read strictly, as RFC 8259 has it, and to a depth that no honest body has."""
    for name, body in NOT_JSON.items():
        with subtests.test(body=name):
            _refuses(subject, subject.send(body), "MALFORMED")


def test_a_body_that_is_no_object_is_invalid(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """JSON it is, but not what the operation takes; `null` is not the same as no body."""
    for body in (b"null", b"true", b"0", b"1.5", b'"x"', b"[]", b"[{}]"):
        with subtests.test(body=body):
            _refuses(subject, subject.send(body), "INVALID")


def test_a_body_of_more_than_a_mebibyte_is_too_large(subject: RuleInput) -> None:
    """One byte more is refused however sound the body, and so is much more, sent in chunks."""
    _refuses(subject, subject.send(_padded(MEBIBYTE + 1)), "TOO_LARGE")
    headers = {"Content-Type": "application/json"}
    chunks = (b"a" * 65536 for _ in range(64))
    _refuses(subject, subject.ask(subject.writer, content=chunks, headers=headers), "TOO_LARGE")


def test_a_body_of_a_mebibyte_is_read(subject: RuleInput) -> None:
    """The limit itself is allowed: what is refused is the content."""
    _refuses(subject, subject.send(b"[" + _padded(MEBIBYTE - 2) + b"]"), "INVALID")


def test_a_deep_body_is_read(subject: RuleInput) -> None:
    """64 levels are no malformed JSON."""
    for depth in (63, 64):
        _refuses(subject, subject.send(b"[" * depth + b"]" * depth), "INVALID")


def test_a_body_of_another_media_type_is_malformed(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """JSON that is not called JSON is refused, as a provider's framework would."""
    for media in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ";"):
        with subtests.test(media=media):
            _refuses(subject, subject.send(b"[]", media), "MALFORMED")


def test_the_media_type_may_be_written_in_other_ways(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """Case and parameters do not matter: what is refused is the content."""
    for media in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"):
        with subtests.test(media=media):
            _refuses(subject, subject.send(b"[]", media), "INVALID")


def test_an_operation_that_needs_a_body_refuses_none(subject: RuleInput) -> None:
    """An empty body is no body; where every field is optional it may be left out."""
    for operation in subject.operations:
        if operation.body and operation.body.required:
            _refuses(subject, subject.ask(operation, content=b""), "INVALID")
            _refuses(subject, subject.ask(operation, content=b"", headers={"Content-Type": "application/json"}), "INVALID")


IDS = ["%0A", "x%0A", "%00", "%FF", "%2F", "..%2F..%2Fx", "%", "%zz", "%E2%80%AE", "%F0%9F%98%80", "a;b=c", "*", "x" * 10_000]


def test_an_id_may_be_anything(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """Whatever stands in the place of an id, the operation refuses it and touches nothing."""
    for segment in IDS:
        with subtests.test(segment=segment[:12]):
            for operation in _spread((each for each in subject.operations if each.arguments), IDS, segment):
                response = subject.ask(operation, subject.path(operation, segment))
                if operation.id == "call_agent" and response.status_code == 200:
                    assert response.json() == {"status": "failed"}  # Cald's words for an agent that does not exist
                else:
                    _refuses(subject, response)


VALUES = ["", "%00", "%0A", "%FF", "9" * 400, "-1", "0", "1e400", "NaN", "null", "%5B%5D", "%D9%A1", "true", "*" * 5000]


def test_a_query_may_be_anything(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """Reading with odd parameters gives an answer or a refusal, never a failure."""
    for value in VALUES:
        with subtests.test(value=value[:12]):
            for operation in _spread((each for each in subject.operations if each.method == "GET"), VALUES, value):
                answer = subject.ask(operation, query=subject.query(operation, value))
                assert "X-Simulator-Bug" not in answer.headers, answer.text
                assert answer.status_code < 500


QUERIES = ["?", "?&&&", "?=", "?%", "?%=%", "?x", "?" + "x&" * 5000, "?x=1;x=2"]


def test_a_query_may_be_broken(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """What is no parameter of the operation changes nothing."""
    for query in QUERIES:
        with subtests.test(query=query[:8]):
            lists = [
                each for each in subject.operations if each.method == "GET" and not each.arguments and not subject.query(each)
            ]
            for operation in _spread(lists, QUERIES, query):
                assert subject.ask(operation, query=query).status_code == subject.ask(operation).status_code


KEYS: list[str | bytes] = ["", "Bearer", "Basic eA==", "x" * 8000, "é".encode(), b"\xff", "Bearer \t", "null", "Bearer null"]


def test_no_such_key_opens_anything(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """Every operation that wants a key refuses a broken one."""
    for key in KEYS:
        with subtests.test(key=key[:12]):
            for operation in _spread((each for each in subject.operations if each.schemes), KEYS, key):
                headers: Any = {operation.schemes[0].header: key.strip()}
                _refuses(subject, subject.ask(operation, headers=headers), "UNAUTHORIZED", "INVALID_KEY")


def test_every_key_that_a_world_lists_opens_something(subject: RuleInput) -> None:
    """A key from the list is never called unknown."""
    for key in subject.keys:
        fitting = [each for each in subject.operations for scheme in each.schemes[:1] if scheme.pattern.fullmatch(key)]
        readers = [each for each in fitting if each.method == "GET" and not each.arguments]
        statuses = [subject.ask(each, headers=subject.headers(each, key)).status_code for each in readers]
        assert statuses
        assert 401 not in statuses


def test_an_unknown_method_names_those_there_are(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """The Allow header lists what the path has."""
    path = subject.path(subject.writer)
    for method in ("BREW", "PROPFIND", "TRACE", "M-SEARCH"):
        with subtests.test(method=method):
            answer = subject.world.http.request(method, subject.root + path, headers=subject.headers(subject.writer))
            _refuses(subject, answer, "METHOD_NOT_ALLOWED")
            assert subject.writer.method in answer.headers["Allow"].split(", ")


CHANGES = ["{}/", "{}//", "/{}", "/{}/x", "{}%2F", "{}%0A", "{}%00", "{}x", "{};a=b", "", "//"]


def test_what_is_no_route_is_not_found(subject: RuleInput, subtests: pytest.Subtests) -> None:
    """A slash more, an encoded character, an empty path: the provider knows only what its spec lists."""
    for change in CHANGES:
        with subtests.test(change=change):
            for operation in _spread((each for each in subject.operations if not each.arguments), CHANGES, change):
                path = change.format(operation.path)
                if subject.spec.router.find(path or "/") is None:  # else it is another operation's
                    _refuses(subject, subject.ask(operation, path), "NOT_FOUND")


def test_the_head_of_an_answer_has_no_body(subject: RuleInput) -> None:
    """HEAD is a method like any other; whatever it is answered, no bytes follow."""
    answer = subject.world.http.head(subject.root + subject.writer.path)
    assert (answer.content, answer.status_code < 500) == (b"", True)
