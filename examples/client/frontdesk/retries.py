"""Trying again: what is worth it, how often, and how long to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import httpx

T = TypeVar("T")

WAITS = (0.5, 1.0, 2.0)  # seconds before each further try
PASSING = {429, 500, 502, 503, 504}


class PlanFull(Exception):
    """The plan has no number left: somebody has to pay for more, and to try again does not help."""


class Unavailable(Exception):
    """The provider could not be reached, or only answered that it cannot now; to try again later may help."""


class Busy(Exception):
    """The provider asks us to come back, in `wait` seconds if it says when."""

    def __init__(self, status: int, wait: float) -> None:
        super().__init__(f"the provider answered {status}")
        self.wait = wait


def checked(response: httpx.Response) -> httpx.Response:
    """An answer that is a success.

    Raises:
        PlanFull: on 402.
        Busy: on a status that passes.
        httpx.HTTPStatusError: on any other that is no success: the mistake is ours.
    """
    if response.status_code == 402:
        raise PlanFull(response.text)
    if response.status_code in PASSING:
        raise Busy(response.status_code, float(response.headers.get("Retry-After", 0)))
    return response.raise_for_status()


def patiently(step: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Do a step, and again when it fails for reasons that pass. It must be one that is safe to repeat.

    An answer that was lost says nothing about whether the request was performed, so a bare purchase is no such step.

    Raises:
        Unavailable: it failed each time.
    """
    for wait in WAITS:
        try:
            return step()
        except httpx.TransportError:
            sleep(wait)
        except Busy as busy:
            sleep(max(wait, busy.wait))
    try:
        return step()
    except (httpx.TransportError, Busy) as error:
        raise Unavailable(str(error)) from error
