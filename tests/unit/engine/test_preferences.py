"""What a client asks for in its `Prefer` header and cannot have is refused, and by nobody but the simulator."""

from __future__ import annotations

import pytest

from tests.unit.control.test_control import PROBLEM
from tests.unit.steering import AGENTS, Json, Steered

UNKNOWN = {
    "error=quota_exceeded": "unknown preference error='quota_exceeded': did you mean QUOTA_EXCEEDED?",
    "code=999, error=QUOTA_EXCEEDED": "unknown preference code='999': the error QUOTA_EXCEEDED has the status 402",
    "error=UNAVAILABLE, code=402": "unknown preference code='402': the error UNAVAILABLE has the status 503",
    "error=QUOTA_EXCEEDED, code=": "unknown preference code='': the error QUOTA_EXCEEDED has the status 402",
    "error=QUOTA_EXCEEDED, error=UNAVAILABLE": "unknown preference error='UNAVAILABLE': error is given several times",
    "code=402, code=402": "unknown preference code='402': code is given several times, expected once",
    "delay=1ms, delay=2ms": "unknown preference delay='2ms': delay is given several times, expected once",
    "error=QUOTA, code=402": "unknown preference error='QUOTA': did you mean QUOTA_EXCEEDED?",
    "error=": "unknown preference error='': expected the name of an error; cartesia has UNAUTHORIZED",
    "error=é": "unknown preference error='",
    "code=418": "unknown preference code='418': expected the status of a documented error; cartesia.phone_numbers_",
    "code=200": "unknown preference code='200'",
    "code=": "unknown preference code=''",
    "code": "unknown preference code=''",
    "code=402x": "unknown preference code='402x'",
    "code=" + "9" * 5000: "unknown preference code='99999",
    "delay=soon": "unknown preference delay='soon': expected a duration such as 200ms or 2s, at most 1h",
    "delay=2h": "unknown preference delay='2h': expected at most 1h",
    "delay=999999999999999d": "unknown preference delay=",
    "delay=1.2.3s": "unknown preference delay=",
    "delay=-1s": "unknown preference delay=",
    "delay=10s, error=NO": "unknown preference error='NO'",
    "status=402": "unknown preference status='402': did you mean code=…? Known are error, code, delay",
    "errror=QUOTA_EXCEEDED": "unknown preference errror='QUOTA_EXCEEDED': did you mean error=…?",
    "http=402": "unknown preference http='402': did you mean code=402? Known are error, code, delay",
    "respond-async, answer=quota_exceeded": "unknown preference answer='quota_exceeded': did you mean error=quota_exceeded?",
    "fault=reset": "unknown preference fault='reset': only a rule can do that.",
    "error=NO_SUCH": "unknown preference error='NO_SUCH': ",
    "error: QUOTA_EXCEEDED": "unknown preference error: quota_exceeded=''",
}


@pytest.mark.parametrize("header", ["," * 60_000, "a=b," * 15_000, ",".join(f"a{number}=1" for number in range(7_000))])
def test_a_long_header_is_read_at_once(steered: Steered, header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many preferences it has, few are compared with the known names."""
    compared: list[str] = []

    def compare(word: str, *rest: object) -> list[str]:
        compared.append(word)
        return []

    monkeypatch.setattr("simulator.engine.prefer.get_close_matches", compare)
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_demo", Cartesia_Version="2026-08-14")
    assert cartesia("GET", "/agents/phone-numbers", headers={"Prefer": header}).status_code == 200
    assert len(compared) <= 50


@pytest.mark.parametrize("preference", UNKNOWN)
def test_an_unknown_preference_is_refused(steered: Steered, preference: str) -> None:
    """With the names that there are, the nearest first; nothing is bought, and no provider is said to have refused."""
    cartesia = steered.world.api("cartesia", Authorization="Bearer sk_car_demo", Cartesia_Version="2026-08-14")
    cartesia("GET", "/agents/phone-numbers")  # opens the account
    before = steered.state("cartesia")
    refused = cartesia("POST", "/agents/phone-numbers/provision", {"label": "x"}, headers={"Prefer": preference.encode()})
    body: Json = refused.json()
    assert (refused.status_code, refused.headers["Content-Type"], body["status"]) == (400, PROBLEM, 400)
    assert body["detail"].startswith(UNKNOWN[preference])
    assert ("Preference-Applied" in refused.headers, refused.headers["X-Simulator-Evidence"]) == (False, "assumed")
    assert steered.state("cartesia") == before
    assert refused.elapsed.total_seconds() < 9
    explained = steered.explain(refused)
    assert (explained["error"], explained["changes"], explained["preference"]) == ("UNKNOWN_PREFERENCE", [], None)


def test_the_names_that_there_are_come_with_the_refusal(steered: Steered) -> None:
    """All of them, the nearest first, for errors; for statuses those of the operation."""
    refused = steered.demo("POST", "/numbers", {}, headers={"Prefer": "error=NO_NUMBER"}).json()
    assert refused["expected"][0] == "NO_NUMBERS"
    assert "UNAUTHORIZED" in refused["expected"]
    refused = steered.demo("POST", "/numbers", {}, headers={"Prefer": "code=418"}).json()
    assert set(refused["expected"]) <= {"400", "401", "402", "403", "404", "409", "413", "422", "429", "500", "503"}
    for code in refused["expected"]:
        assert steered.demo("POST", "/numbers", {}, headers={"Prefer": f"code={code}"}).status_code == int(code)


def test_an_unknown_preference_fails_a_test(steered: Steered) -> None:
    """A test that expects any error at all would otherwise pass."""
    assert steered.demo("GET", AGENTS, headers={"Prefer": "error=NOPE"}).status_code == 400
    (finding,) = steered.control("DELETE", "?only_if_clean=true").json()["findings"]
    assert (finding["kind"], finding["count"]) == ("preference", 1)


def test_a_rule_goes_before_a_preference(steered: Steered) -> None:
    """Whether or not the client asks for something that there is."""
    steered.rule({"status": 418})
    assert steered.demo("GET", AGENTS, headers={"Prefer": "error=NOPE"}).status_code == 418


def test_an_explanation_says_that_the_client_asked_for_the_refusal(steered: Steered) -> None:
    """Nobody looks for a reason in the account or in the scenario."""
    refused = steered.demo("GET", AGENTS, headers={"Prefer": "error=UNAVAILABLE, delay=1ms"})
    explained = steered.explain(refused)
    assert explained["preference"] == "delay=1ms, error=UNAVAILABLE"
    assert "The client requested this with its Prefer header: delay=1ms, error=UNAVAILABLE." in explained["story"]
    assert steered.explain(steered.demo("GET", AGENTS))["preference"] is None
