"""Validation of rules for webhooks: those that can never fire, or that say what only a request can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET

from simulator.documents import suggestion
from simulator.provider.bound import BoundProvider
from simulator.scenario.absent_rules import contradictions
from simulator.scenario.format import Manner, RuleFile, Then, When
from simulator.scenario.matching import glob

Fault = tuple[list[str | int], str]

OF_REQUESTS = ("operation", "method", "path", "key", "headers", "query")
OF_RESPONSES = ("error", "status", "headers", "body", "amend", "fault", "hold", "stage")
OF_REQUEST = "is for requests; a rule with when.event is for webhooks"
TAKE_TIME = ("late", "twice", "stale")  # the manners with a `delay`
WITH_SECRET = ("wrong_secret", "rotated_secret")


def event_faults(rule: RuleFile, providers: Mapping[str, BoundProvider]) -> Iterator[Fault]:
    """Yield every reason why a rule with `when.event` or `then.delivery` can never have its effect."""
    when, then = rule.when, rule.then
    if not when.event:
        yield ["then", "delivery"], "is for webhooks; expected when.event beside it, such as truedy.call.ended"
    elif then.delivery is UNSET:
        yield ["then"], "expected delivery beside when.event: how the webhook is sent, such as late or wrong_secret"
    else:
        yield from _foreign_parts(rule)
        yield from contradictions(when)
        yield from _event(when, providers)
        yield from _manner(then.delivery, then)
        yield from _without_effect(when, then.delivery, providers)


def _foreign_parts(rule: RuleFile) -> Iterator[Fault]:
    """Yield the parts of a rule that are for requests."""
    for place, part, names in (("when", rule.when, OF_REQUESTS), ("then", rule.then, OF_RESPONSES)):
        given = msgspec.to_builtins(part)
        for name in names:
            if name in given:
                yield [place, name], OF_REQUEST
    for name in ("headers", "query"):
        if rule.when.absent is not UNSET and getattr(rule.when.absent, name):
            yield ["when", "absent", name], OF_REQUEST


def _event(when: When, providers: Mapping[str, BoundProvider]) -> Iterator[Fault]:
    """Yield the faults of the event that a rule names."""
    known = [f"{name}.{event}" for name, bound in providers.items() for event in events_of(bound)]
    fits = glob(when.event)
    matching = [event for event in known if fits(event)]
    if not matching:
        yield ["when", "event"], f"no webhook is called {when.event!r}{suggestion(when.event, known)}"
    elif when.provider and not any(event.startswith(f"{when.provider}.") for event in matching):
        yield ["when", "provider"], f"{when.event!r} is not an event of {when.provider!r}"


def _manner(manner: Manner, then: Then) -> Iterator[Fault]:
    """Yield the faults of the `delivery` of a rule."""
    if then.delay is not UNSET and manner not in TAKE_TIME:
        yield ["then", "delay"], f"a delay goes with {', '.join(TAKE_TIME)}, not with {manner}"
    if manner == "late" and then.delay is UNSET:
        yield ["then", "delay"], "is required with late: by how much, such as 30s"
    if then.secret and manner not in WITH_SECRET:
        yield ["then", "secret"], f"a secret goes with {' and '.join(WITH_SECRET)}, not with {manner}"
    if manner == "rotated_secret" and not then.secret:
        yield ["then", "secret"], "is required with rotated_secret: the new secret, with which the webhook is signed"


def _without_effect(when: When, manner: Manner, providers: Mapping[str, BoundProvider]) -> Iterator[Fault]:
    """Yield that a rule gives another secret to webhooks that have none, or makes those old that have no time."""
    fits = glob(when.event)
    named = [name for name, bound in providers.items() if any(fits(f"{name}.{event}") for event in events_of(bound))]
    senders = [webhooks for name in named if (webhooks := providers[name].provider.webhooks)]
    missing = ""
    if manner in WITH_SECRET and not any(webhooks.has_secret for webhooks in senders):
        missing = "a secret"
    elif manner == "stale" and not any(webhooks.has_time for webhooks in senders):
        missing = "a time"
    if missing and senders:
        what = f"{manner} has no effect, as {' and '.join(named)} sends webhooks without {missing}"
        yield ["then", "delivery"], f"{what}; expected another value, such as changed_body or never"


def events_of(bound: BoundProvider) -> tuple[str, ...]:
    """Return the names of the events of a provider's webhooks."""
    webhooks = bound.provider.webhooks
    return webhooks.events if webhooks is not None else ()
