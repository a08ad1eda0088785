"""The webhooks of a world, for assertions, and where they go in a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, overload

from simulator.testing.control_transport import Json


@dataclass(frozen=True)
class WebhookAttempt:
    """One attempt to deliver a webhook."""

    at: datetime  # on the clock of the world
    headers: dict[str, str]  # names in lower case; secrets are masked
    status: int | None  # of the answer; None if there was none
    answer: str | None  # the beginning of its body
    error: str | None  # why there was no answer


BLOCKED = ": the host is not in webhook_hosts; world.webhooks.to(receiver) takes it without one"


@dataclass(frozen=True)
class Webhook:
    """One event for one receiver."""

    id: str
    provider: str
    account: str
    event: str
    receiver: str  # the id of the registration
    url: str
    status: str  # pending, delivered, failed, blocked (nothing may be sent there) or dropped (by a rule)
    made_at: datetime
    due: datetime | None  # the next attempt
    rule: str | None  # the id of the rule that changes how it is sent
    body: Any  # decoded JSON
    attempts: tuple[WebhookAttempt, ...]

    @classmethod
    def of(cls, shown: Json) -> Webhook:
        """Return a webhook as the control API shows it."""
        attempts = tuple(WebhookAttempt(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in shown["attempts"])
        due = datetime.fromisoformat(shown["due"]) if shown["due"] else None
        return cls(**{**shown, "made_at": datetime.fromisoformat(shown["made_at"]), "due": due, "attempts": attempts})

    def __str__(self) -> str:
        last = self.attempts[-1] if self.attempts else None
        outcome = f", last attempt: {last.status or last.error}" if last else BLOCKED if self.status == "blocked" else ""
        return f"{self.id} {self.provider}.{self.event} to {self.url} {self.status}{outcome}"


class Outbox(Sequence[Webhook]):
    """Webhooks that match a filter, the oldest first."""

    def __init__(self, listed: Json) -> None:
        self._webhooks = [Webhook.of(shown) for shown in listed["deliveries"]]

    def __len__(self) -> int:
        return len(self._webhooks)

    @overload
    def __getitem__(self, index: int) -> Webhook: ...
    @overload
    def __getitem__(self, index: slice) -> list[Webhook]: ...
    def __getitem__(self, index: int | slice) -> Webhook | list[Webhook]:
        return self._webhooks[index]

    def __eq__(self, other: object) -> bool:
        return self._webhooks == list(other) if isinstance(other, (list, Outbox)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list has none

    def __repr__(self) -> str:
        lines: list[str] = [str(webhook) for webhook in self._webhooks] or ["none"]
        return "\n  ".join([f"{len(self)} webhooks:", *lines])

    def one(self) -> Webhook:
        """Return the only webhook.

        Raises:
            AssertionError: there is none, or there are several.
        """
        if len(self) != 1:
            raise AssertionError(f"expected exactly one webhook, and there are {self!r}")
        return self._webhooks[0]

    @property
    def last(self) -> Webhook:
        """The newest webhook.

        Raises:
            AssertionError: there is none.
        """
        if not self._webhooks:
            raise AssertionError(f"expected a webhook, and there are {self!r}")
        return self._webhooks[-1]


class LeadsWebhooks(Protocol):
    """What can lead the webhooks of a world to a receiver in this process."""

    def lead_webhooks(self, world: str, target: Callable[..., Any] | None) -> list[BaseException]:
        """Hand the webhooks of a world to a target, or end that with None; return what it will have raised."""


class WebhookTarget:
    """Where the webhooks of a world go: over HTTP to their URLs, unless `to` leads them to a receiver in this process."""

    def __init__(self, transport: LeadsWebhooks, world: str) -> None:
        self._transport = transport
        self._world = world
        self._receiver: Callable[..., Any] | None = None
        self._raised: list[list[BaseException]] = []

    def to(self, receiver: Callable[..., Any] | None) -> None:
        """Hand every webhook of the world to a receiver in this process, without a socket and whatever its URL is.

        `receiver` is an ASGI application, or a function (sync or async) of a request with `url`, `headers`, `body`, `json()`
        and `event`, which returns a status, or None for 200. It is called in a thread of its own; each request of the test, and
        each `advance`, waits until what is due has been handed over. What it raises fails the test. None ends that.

        Raises:
            RuntimeError: the simulator is not in this process.
            TypeError: this is neither an ASGI application nor a function of one request.
        """
        if receiver is not None and not callable(receiver):
            raise TypeError(f"{receiver!r} is not a receiver; expected an ASGI application, a function of a request, or None")
        self._raised.append(self._transport.lead_webhooks(self._world, receiver))
        self._receiver = receiver

    def lend(self, receiver: Callable[..., Any] | None) -> list[BaseException]:
        """Hand the webhooks to another receiver for a while, until None; return what it will have raised.

        Raises:
            RuntimeError: the simulator is not in this process.
        """
        if receiver is not None:
            return self._transport.lead_webhooks(self._world, receiver)
        self.to(self._receiver)
        return []

    def errors(self) -> list[BaseException]:
        """Return what receivers raised."""
        return [error for raised in self._raised for error in raised]
