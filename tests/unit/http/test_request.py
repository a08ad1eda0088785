"""Requests as plain data."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from simulator.http import Request


@given(st.text("ab=&%2+;é", max_size=12))
@example("a=1&b=2&a=3")
@example("a&=b&&c=d=e&a=")
def test_parameters_are_those_of_a_query(query: str) -> None:
    """Decoded; of a name that is repeated, the last; one without a value is empty."""
    request = Request("GET", "/", query, {}, b"")
    assert request.parameters == dict(parse_qsl(query, keep_blank_values=True))
