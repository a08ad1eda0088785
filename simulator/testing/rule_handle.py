"""A rule that a test has added to its world."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from simulator.testing.control_transport import Json
from simulator.testing.records import RecordedRequest, Requests


class RuleHandle:
    """A rule that a test has added: how often it fired, and for which requests. Its text is the id of the rule."""

    def __init__(self, call: Callable[..., Json], requests: Callable[..., Requests], rule_id: str, name: str) -> None:
        self._call = call
        self._requests = requests
        self.id = rule_id
        self.name = name  # the id, unless the rule was given a name

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return f"<rule {self.id}>" if self.name == self.id else f"<rule {self.id} {self.name!r}>"

    def __eq__(self, other: object) -> bool:
        return self.id == other if isinstance(other, str) else other is self

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def count(self) -> int:
        """How often the rule has fired.

        Raises:
            ControlError: the rule was removed.
        """
        fired: int = self._call("GET", f"/rules/{quote(self.id)}")["fired"]
        return fired

    @property
    def requests(self) -> Requests:
        """The requests in the journal for which the rule fired."""
        return self._requests(rule_id=self.id)

    @property
    def last(self) -> RecordedRequest | None:
        """The last request for which the rule fired; None if there is none in the journal."""
        requests = self.requests
        return requests[-1] if requests else None

    def remove(self) -> None:
        """Remove the rule."""
        self._call("DELETE", f"/rules/{quote(self.id)}")
