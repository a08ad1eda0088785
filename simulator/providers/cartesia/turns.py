"""What is said in a call: turn by turn while it lasts, as the world's clock goes on (agents/transcripts-and-recordings)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.provider import Account, schedule
from simulator.providers.cartesia.account import State
from simulator.providers.cartesia.records import PhoneCall

ROLES = {"agent": "assistant", "callee": "user"}

Spoken = tuple[dict[str, Any], ...]


def all_turns(call: PhoneCall, end: datetime) -> Spoken:
    """Return the turns of a call that ends at a time; theirs are seconds from its answer."""
    return tuple(
        {"role": ROLES[turn.role], "text": turn.text, "start_timestamp": start, "end_timestamp": stop}
        for turn, start, stop in call.plan.timed_turns(call.greeting, end - call.started_at)
    )


def said(account: Account[State], call: PhoneCall, at: datetime) -> Spoken:
    """Return the turns that are over by a time; those of a call that is over are in its record."""
    end = account.due("call", call.id)
    if call.status != "started" or end is None:
        return call.transcript
    return tuple(turn for turn in all_turns(call, end) if over_at(call, turn) <= at)


def over_at(call: PhoneCall, turn: dict[str, Any]) -> datetime:
    """Return the time at which a turn of a call ends."""
    return call.started_at + timedelta(seconds=turn["end_timestamp"])


def await_turn(account: Account[State], call: PhoneCall, turns: Spoken) -> None:
    """Wait for the end of the next turn that has not been told; the last one is told when the call ends."""
    if call.turns_told < len(turns) - 1:
        schedule(account, "turn", call.id, over_at(call, turns[call.turns_told]))
