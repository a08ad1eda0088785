"""A project may have a `simulator.py` or a folder `simulator` of its own: its tests find it, and pytest works."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest

from tests.plugin.conftest import LEAN

OWN = {
    "a module": {"simulator": "ANSWER = 42"},
    "a package": {"simulator/__init__": "ANSWER = 42"},
    "a folder": {"simulator/answers": "ANSWER = 42"},
}


def test_the_entry_point_has_an_unmistakable_name() -> None:
    """No folder of a user's is called like it."""
    (point,) = entry_points(group="pytest11", name="simulator")
    assert point.value == "pytest_provider_simulator"


@pytest.mark.parametrize("kind", ["a module", "a package"])
def test_a_users_own_simulator_is_found(pytester: pytest.Pytester, kind: str) -> None:
    """By the user's tests, as the plugin does not import ours.

    Our fixtures then say what is wrong: in a line that names the file and what to do, without a traceback.
    """
    for name, text in OWN[kind].items():
        path = pytester.path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    own, ours = "def test_own():\n    assert simulator.ANSWER == 42", "def test_ours(world):\n    assert simulator"
    pytester.makepyfile(test_it=f"import simulator\n\n{own}\n\n{ours}")
    result = pytester.runpytest_subprocess(*LEAN.split())
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_ours*"])
    result.stdout.fnmatch_lines([f"*`import simulator` finds {pytester.path}/simulator*; rename that*"])
    assert "Traceback" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()


def test_a_failing_verdict_prints_no_inner_exception(pytester: pytest.Pytester) -> None:
    """Neither a traceback of the plugin nor the exception of its client."""
    pytester.makepyfile(
        test_it="import httpx\n\ndef test_it(world):\n"
        "    with httpx.Client(transport=world.cald.transport) as client:\n        client.get(world.cald.base_url + '/nothing')"
    )
    result = pytester.runpytest_inprocess(*LEAN.split(), "-pno:asyncio")
    result.assert_outcomes(passed=1, errors=1)
    assert "During handling" not in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_folder_without_init_does_not_matter(pytester: pytest.Pytester) -> None:
    """Python prefers a package: the fixtures work."""
    (pytester.path / "simulator").mkdir()
    (pytester.path / "simulator" / "answers.py").write_text(OWN["a folder"]["simulator/answers"])
    pytester.makepyfile(test_it="def test_it(world):\n    assert world.cald.api_key")
    pytester.runpytest_subprocess(*LEAN.split()).assert_outcomes(passed=1)
