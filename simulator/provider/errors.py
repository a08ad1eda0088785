"""Named errors of a provider, declared once and raised anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from simulator.openapi.evidence import Evidence
from simulator.openapi.schema_validator import Violation


class Problem(Exception):
    """An error response on its way to the client; raised by calling an `Error`."""

    def __init__(
        self,
        error: Error,
        detail: str,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(f"{error.name}: {detail}")
        self.error = error
        self.detail = detail
        self.violations = tuple(violations)
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})
        self.status = status or error.status
        self.has_own_status = bool(status)  # which is sent even if the operation does not document it

    @property
    def code(self) -> str | None:
        """The provider's machine code, where it has one."""
        return self.error.code


class Error:
    """An error that a provider can return, named by the attribute that holds it: `raise Errors.QUOTA_EXCEEDED()`.

    `detail` is the text for the client and `facts` are what else the provider's `render` needs, unless the call gives others.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        title: str,
        detail: str = "",
        *,
        evidence: Evidence = "documented",
        **facts: Any,
    ) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail or title
        self.evidence: Evidence = evidence
        self.facts = facts
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name  # an alias, such as `WRONG_KEY = INVALID_KEY`, does not rename it

    def __call__(
        self,
        detail: str | None = None,
        *,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        status: int = 0,
        **facts: Any,
    ) -> Problem:
        """Return a problem to raise."""
        return Problem(self, self.detail if detail is None else detail, violations, headers, {**self.facts, **facts}, status)


inferred, assumed = partial(Error, evidence="inferred"), partial(Error, evidence="assumed")


class Errors(Protocol):
    """The errors that the pipeline itself raises; every provider declares them in its dialect."""

    UNAUTHORIZED: Error  # no key
    INVALID_KEY: Error  # a key that is malformed, unknown or revoked
    WRONG_KEY: Error  # a key that works, but not for this operation
    NOT_FOUND: Error  # no such route
    METHOD_NOT_ALLOWED: Error
    MALFORMED: Error  # a body that cannot be read
    TOO_LARGE: Error
    INVALID: Error  # readable, but not what the spec describes
    LIMITED: Error
    REUSED_KEY: Error  # an idempotency key with another body


def errors_of(errors: type[Errors]) -> dict[str, Error]:
    """Return the errors of a class by name, those that it inherits first."""
    classes = [vars(cls).items() for cls in reversed(errors.__mro__)]
    return {name: error for members in classes for name, error in members if isinstance(error, Error)}
