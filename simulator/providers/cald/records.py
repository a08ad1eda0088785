"""What a Cald account holds, and what a scenario may say of it."""

from __future__ import annotations

from typing import Any

from simulator.provider import Record, Seed


class Agent(Record, frozen=True):
    """An agent: its settings are kept as the client sent them, defaults filled in."""

    settings: dict[str, Any]


class Number(Record, frozen=True):
    """A number that the account rents."""

    number: str
    agent_id: str | None = None


class AgentSeed(Seed, frozen=True):
    """An agent of a scenario."""

    id: str
    name: str = ""


class NumberSeed(Seed, frozen=True):
    """A number of a scenario; any free one when it names none."""

    id: str
    number: str | None = None
    agent_id: str | None = None


class CaldSeed(Seed, frozen=True):
    """What a scenario may say of a Cald account."""

    agents: list[AgentSeed] = []
    numbers: list[NumberSeed] = []
