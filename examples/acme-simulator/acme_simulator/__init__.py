"""Acme: agents, of which the plan allows one. The spec beside this module describes everything else."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Error, Extension


class Errors:
    """Errors that the spec does not name."""

    LIMIT_REACHED = Error(402, "limit_reached", "The plan allows one agent", evidence="assumed")


provider = Extension(errors=Errors)


@provider.operation("createAgent")
def create_agent(call: Call[Any]) -> Any:
    """Refuse a second agent."""
    if call.state.all("agents"):
        raise Errors.LIMIT_REACHED()
    return provider.inferred(call)
