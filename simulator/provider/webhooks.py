"""Webhooks: how a provider signs and repeats them, and the function with which it announces an event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from simulator.provider.call import Call
from simulator.store.account import Account
from simulator.store.duration import duration
from simulator.store.outbox import FULL, MAX_DELIVERIES, Delivery
from simulator.store.records import Record

log = logging.getLogger("simulator")


class Outgoing(NamedTuple):
    """One request on its way to a receiver, as `Webhooks.sign` sees it."""

    at: datetime  # the time of the attempt on the world's clock
    body: bytes  # the exact bytes that are sent
    secret: str
    delivery: Delivery


class Receiver(NamedTuple):
    """One address that has subscribed to events."""

    id: str  # of the webhook, or of what else names the address
    url: str
    secret: str = ""
    headers: Mapping[str, str] = {}  # that the settings of the webhook add to each request


def unsigned(outgoing: Outgoing) -> Mapping[str, str]:
    """Return no headers: the provider does not sign its webhooks."""
    return {}


def is_success(status: int) -> bool:
    """Return whether a receiver took an event: any status from 200 to 299."""
    return 200 <= status < 300


def has_webhooks(state: Any) -> bool:
    """Return whether the table `webhooks` of an account has any."""
    return len(state.webhooks) > 0


class Webhooks(msgspec.Struct, frozen=True):
    """The dialect of a provider's webhooks.

    `events` are the names of its events. `retries` are the pauses before the second, third, … attempt, on the world's clock;
    `timeout` is what a receiver has to answer, in seconds. `takes` returns whether a status means that the event was taken;
    after one of `ends` the provider does not try again. `time_member` names the member of payloads that tells when an event was
    sent, where nothing else of a request does. `is_listened_to` returns whether the state of an account has a
    receiver, so that the clock of a world without any need not be watched; by default its table `webhooks` has one.
    """

    events: tuple[str, ...]
    retries: tuple[str, ...]
    timeout: float
    is_listened_to: Callable[[Any], bool] = has_webhooks
    sign: Callable[[Outgoing], Mapping[str, str]] = unsigned
    takes: Callable[[int], bool] = is_success
    ends: frozenset[int] = frozenset()
    media: str = "application/json"
    time_member: str = ""

    @property
    def has_secret(self) -> bool:
        """Whether a receiver can tell that a request is the provider's, by a signature or a secret."""
        return self.sign is not unsigned

    @property
    def has_time(self) -> bool:
        """Whether a receiver may be able to tell when a request was sent."""
        return self.has_secret or bool(self.time_member)

    def pause(self, failures: int) -> timedelta | None:
        """Return the pause after a number of failed attempts; None where it was the last one."""
        return duration(self.retries[failures - 1]) if failures <= len(self.retries) else None


def announce(account: Account[Any], receivers: Iterable[Receiver], event: str, payload: Any, at: datetime) -> None:
    """Send an event to every receiver, as JSON, at a time on the world's clock: `provider.event` is its name in rules.

    If the outbox is full, the remaining receivers get nothing, as they would push out the webhooks that wait.
    """
    outbox = account.world.outbox
    body = msgspec.json.encode(payload) if outbox.has_room else b""
    for receiver in receivers:
        if not outbox.has_room:
            log.warning(FULL, MAX_DELIVERIES)
            return
        delivery = Delivery(
            id=f"dlv_{account.world.ids.hex('delivery', 8)}",
            provider=account.provider.name,
            tenant=account.tenant,
            event=event,
            receiver=receiver.id,
            url=receiver.url,
            secret=receiver.secret,
            headers=tuple(receiver.headers.items()),
            body=body,
            made_at=at,
            due=at,
        )
        outbox.put(delivery)


def is_receiver_url(account: Account[Any], url: str) -> bool:
    """Return whether a provider that wants https takes the URL of a webhook.

    Plain http is taken too for this machine and for the hosts that the user of the simulator named, so that a test can listen.
    """
    return url.startswith("https://") or account.world.receivers.allows(url)


def shown(account: Account[Any], operation_id: str, record: Record, at: datetime) -> Any:
    """Return a record as the answer of an operation shows it, without envelope; for the payload of a webhook."""
    provider: Any = account.provider
    presenter = next(iter(provider.presenters[operation_id].values()))
    return presenter.shown(Call.without_request(account, at, operation_id), record)
