"""What fails a test that has passed, and what the report of a failure tells."""

from __future__ import annotations

import pytest

from simulator.provider.reply import Reply
from simulator.registry import built_in_registry
from tests.plugin.conftest import Run


def test_an_unknown_route_fails_the_test(run: Run) -> None:
    """Once it is over, with the routes that are like it; a client with a misspelt path would else go unnoticed."""
    result = run("""
    def test_it(world):
        cartesia(world).get("/agent/phone-numbers")
        httpx.Client(transport=world.cartesia.transport).get("https://api.example.com/v1/numbers")
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([
        "*ERROR at teardown of test_it*",
        "The client called endpoints that are not in the provider's spec:",
        "  req-* *GET*/cartesia/agent/phone-numbers *404*nearest: GET /agents/phone-numbers*",
        "  req-* *GET*/v1/numbers *404  api.example.com is not the host of a provider (these are *",
        'If that is intended: @pytest.mark.simulator(unmatched="ignore").',
        "*- simulator -*",
        "world test-it-*, scenario default: *",
        "  req-* *GET*/cartesia/agent/phone-numbers*404*no such route",
    ])  # fmt: skip
    assert "plugin.py" not in result.stdout.str()


def test_an_unknown_route_may_be_meant(run: Run) -> None:
    """By the mark; or by a rule, which answers in the place of what the spec does not know."""
    run("""
    @pytest.mark.simulator(unmatched="ignore")
    def test_mark(world):
        assert cartesia(world).get("/agent/phone-numbers").status_code == 404

    def test_rule(world):
        world.rule(when={"provider": "cartesia", "path": "/agents/new"}, then={"status": 200, "body": {"new": True}})
        assert cartesia(world).get("/agents/new").json() == {"new": True}
    """).assert_outcomes(passed=2)


def test_a_wrong_method_is_an_unknown_route(run: Run) -> None:
    """The path alone is not enough."""
    result = run("""
    def test_it(world):
        assert cartesia(world).put("/agents/phone-numbers").status_code == 405
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["  req-* *PUT*/cartesia/agents/phone-numbers*405*nearest: *GET /agents/phone-numbers*"])


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator whose purchases at Cartesia answer what its own spec does not know."""
    handlers = built_in_registry().providers["cartesia"].provider.handlers
    monkeypatch.setitem(handlers, "phone_numbers_provision", lambda call: Reply({"id": "ap_1"}))


@pytest.mark.parametrize("mark", ["", "@pytest.mark.simulator(unmatched='ignore')"])
def test_a_fault_of_the_simulator_fails_the_test(run: Run, broken: None, mark: str) -> None:
    """Whatever the client made of it: a test must not pass on an answer that no provider would give."""
    result = run(f"""
    {mark}
    def test_it(world):
        assert buy(world).status_code == 500
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([
        "The simulator broke its own spec, which is its fault and not the client's:",
        "  req-* *POST*/cartesia/agents/phone-numbers/provision*500*The simulator failed at POST /agents/*: OffSpec: *",
        "  req-* *POST*/cartesia/agents/phone-numbers/provision*500*a fault of the simulator",
        "  Simulator bug: *",
    ])  # fmt: skip


def test_a_failure_tells_the_story(run: Run) -> None:
    """The journal of the world, rules that never fired, and why the last refusal came."""
    result = run("""
    @pytest.mark.simulator(scenario="cartesia/plan-full")
    def test_it(world):
        world.rule(name="lost", when={"operation": BUY, "body": {"label": "y"}}, then={"fault": "reset"})
        world.rule(name="busy", when={"provider": "cartesia"}, then={"error": "LIMITED"}, times=1)
        cartesia(world).get("/agents/phone-numbers")
        cartesia(world).get("/agents/phone-numbers")
        assert buy(world).status_code == 201
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*- simulator -*",
        "world test-it-*, scenario cartesia/plan-full: *",
        "  req-* *GET*/cartesia/agents/phone-numbers *429*LIMITED by the rule 'busy'",
        "  req-* *GET*/cartesia/agents/phone-numbers *200",
        "  req-* *POST*/cartesia/agents/phone-numbers/provision *402*QUOTA_EXCEEDED",
        "The rule 'lost' never fired. Nearest to it was req-*, *: the body is {'label': 'x'}, the rule expects {'label': 'y'}.",
        "The story of req-*, the last that went wrong:",
        "  Matched operation cartesia.phone_numbers_provision.",
        "  Rejected with error QUOTA_EXCEEDED: You have reached your plan's phone number limit.*",
        "  Response: 402, *",
    ], consecutive=False)  # fmt: skip


def test_a_lost_answer_is_in_the_story(run: Run) -> None:
    """The client saw an error of its connection; the journal says what became of the request."""
    result = run("""
    @pytest.mark.simulator(scenario="cartesia/lost-answer")
    def test_it(world):
        buy(world)
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "  req-* *POST*/cartesia/agents/phone-numbers/provision *201*by the rule 'lost answer' and on the wire: reset",
        "  Changes: added *",
        "  Connection fault: reset.",
    ])  # fmt: skip


def test_a_failure_without_requests_says_so(run: Run) -> None:
    """The client may have gone to the real provider, or nowhere."""
    result = run("def test_it(world): assert False")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- simulator -*", "  no request reached it"])


def test_a_failure_is_told_once(run: Run) -> None:
    """A test that failed is not failed again for what it called, nor warned of rules; its report has both."""
    result = run("""
    def test_it(world):
        world.rule(when={"operation": BUY}, then={"fault": "reset"})
        cartesia(world).get("/agent/phone-numbers")
        assert False

    @pytest.mark.xfail(strict=True)
    def test_expected(world):
        cartesia(world).get("/agent/phone-numbers")
        assert False
    """)
    result.assert_outcomes(failed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        ["*no such route", 'The rule {"when": {"operation": "*"}, "then": {"fault": "reset"}} never fired. *req-**']
    )


def test_a_failing_fixture_has_the_story_too(run: Run) -> None:
    """A client that cannot even start is a failure as any other."""
    result = run("""
    @pytest.fixture
    def client(world):
        assert cartesia(world).get("/agents/phone-numbers").status_code == 201

    def test_it(client):
        pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*- simulator -*", "  req-* *GET*/cartesia/agents/phone-numbers  200"])


def test_a_long_journal_is_cut(run: Run) -> None:
    """The newest fifty lines are shown."""
    result = run("""
    def test_it(world):
        for _ in range(60):
            cartesia(world).get("/agent/phone-numbers")
    """)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["  req-* *", "  and 55 more", "  10 earlier requests", "  req-* *", "  req-* *"])


IDLE = {
    "buy(world)": "Nearest to it was req-*, POST /agents/phone-numbers/provision: skip is 1 and this was match 1.",
    "pass": "there was no request.",
    'cartesia(world).get("/agents/phone-numbers")': "Nearest to it was req-*, GET /agents/phone-numbers: the operation is "
    "'cartesia.phone_numbers_list', the rule expects 'cartesia.phone_numbers_provision'.",
}


@pytest.mark.parametrize("done", IDLE)
def test_a_rule_that_never_fired_is_reported(run: Run, done: str) -> None:
    """As a warning, with the request that came nearest: the test does not test what it seems to."""
    result = run(
        f"""
    def test_it(world):
        world.rule(name="lost answer", when={{"operation": BUY}}, then={{"fault": "reset"}}, skip=1)
        {done}
    """,
        "-W",
        "default::simulator.testing.plugin.SimulatorWarning",
    )
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*test_it.py:*: SimulatorWarning: The rule 'lost answer' never fired*{IDLE[done]}"])


def test_a_rule_that_fired_or_is_gone_is_no_matter(run: Run) -> None:
    """Nor is one of the scenario: only what the test itself asked for has to happen."""
    run("""
    @pytest.mark.simulator(scenario="cartesia/lost-answer")
    def test_it(world):
        world.rule(when={"operation": BUY}, then={"error": "QUOTA_EXCEEDED"})
        world.remove_rule(world.rule(when={"provider": "cald"}, then={"fault": "reset"}))
        assert buy(world).status_code == 402
    """).assert_outcomes(passed=1)
