"""Idempotency keys, as a spec switches them on."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from simulator.provider.reply import Reply
from tests.demo_provider import SPEC, Errors, Toy, ToyCall, make


@pytest.fixture
def toy() -> Toy:
    """A toy in which the same key with another body is a conflict."""
    return Toy()


def _post(toy: Toy, key: str, colour: str = "red") -> httpx.Response:
    return toy("POST", "/things", json={"colour": colour}, headers={"Idempotency-Key": key})


def _count(toy: Toy) -> int:
    return len(toy("GET", "/things").json()) - 1


def test_the_same_request_again_does_nothing_twice(toy: Toy) -> None:
    """The reply is the first one's, and one thing was made; the answer has a request id of its own."""
    first, again = _post(toy, "a"), _post(toy, "a")
    assert (again.status_code, again.json(), _count(toy)) == (201, first.json(), 1)
    assert again.headers["X-Simulator-Request"] != first.headers["X-Simulator-Request"]


def test_another_key_or_none_is_another_request(toy: Toy) -> None:
    """Only a key makes requests one."""
    _post(toy, "a")
    _post(toy, "b")
    toy("POST", "/things", json={"colour": "red"})
    toy("POST", "/things", json={"colour": "red"})
    assert _count(toy) == 4


def test_keys_belong_to_an_account(toy: Toy) -> None:
    """Two accounts may use the same idempotency key."""
    _post(toy, "a")
    other = toy("POST", "/things", "toy_other", json={"colour": "red"}, headers={"Idempotency-Key": "a"})
    assert other.status_code == 201
    assert len(toy("GET", "/things", "toy_other").json()) == 2


def test_another_body_is_a_conflict(toy: Toy) -> None:
    """Where the spec says so, the same key with another body is refused."""
    _post(toy, "a", "red")
    answer = _post(toy, "a", "blue")
    assert (answer.status_code, answer.json(), _count(toy)) == (409, {"error": "Another body"}, 1)


def test_another_body_is_a_new_request() -> None:
    """Where the spec says so, key and body together make the request."""
    toy = Toy(spec=SPEC.replace("changed-body: conflict", "changed-body: new"))
    made = [_post(toy, "a", colour).json()["id"] for colour in ("red", "blue", "red", "blue")]
    assert (made[:2], _count(toy)) == (made[2:], 2)


def test_a_key_is_forgotten_in_time(toy: Toy) -> None:
    """After the time that the spec gives, counted on the world's clock, the request is a new one."""
    world = toy.app.worlds.get("default")
    assert world is not None
    world.store.environment.clock.freeze()
    first = _post(toy, "a").json()
    world.store.environment.clock.advance(timedelta(seconds=60))
    assert _post(toy, "a").json() == first
    world.store.environment.clock.advance(timedelta(seconds=1))
    assert _post(toy, "a", "blue").status_code == 201


def test_a_refusal_is_not_remembered() -> None:
    """What was refused can be tried again with the same key, as nothing was done."""
    refusals = iter([Errors.INVALID("not now")])

    def moody(call: ToyCall) -> Reply:
        for refusal in refusals:
            raise refusal
        return make(call)

    toy = Toy({"make": moody})
    assert _post(toy, "a").status_code == 422
    assert _post(toy, "a").status_code == 201
