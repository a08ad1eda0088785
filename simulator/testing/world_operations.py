"""What a test does in a world by the control API: rules, the request log, the clock, snapshots, the state."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, Never
from urllib.parse import quote, urlencode

from simulator.documents import nearest_names
from simulator.testing.addresses import ControlError
from simulator.testing.control_transport import Json
from simulator.testing.gate import Gate
from simulator.testing.ledger import Ledger
from simulator.testing.moments import advance_of, time_of
from simulator.testing.outcome import Outcome, then_of
from simulator.testing.records import Difference, Requests
from simulator.testing.rule_handle import RuleHandle
from simulator.testing.webhooks import Outbox, Webhook

FILTERS = ("provider", "operation", "status", "matched")
_snapshots = itertools.count(1)


class WorldOperations:
    """The operations of one world; what sends them is left to the class that inherits them."""

    name: str
    added_rules: list[RuleHandle]

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request to the control API; `path` is below the world."""
        raise NotImplementedError

    def requests(
        self,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        *,
        matched: bool | None = None,
        **unknown: Never,
    ) -> Requests:
        """Return the requests in the journal, the newest last; `matched` is whether they matched a route.

        Raises:
            ControlError: there is no such provider or operation; the text names the nearest.
            TypeError: there is no such filter.
        """
        for name in unknown:
            near = nearest_names(name, FILTERS, 1) or FILTERS
            raise TypeError(f"requests() has no filter {name!r}; did you mean {' or '.join(near)}?")
        text = None if matched is None else str(matched).lower()
        return self._requests(provider=provider, operation=operation, status=status, matched=text)

    def _requests(self, **filters: Any) -> Requests:
        given = {key: value for key, value in {**filters, "details": "true", "limit": 10_000}.items() if value is not None}
        return Requests(self._call("GET", f"/requests?{urlencode(given)}"), self.name)

    def explain(self, request_id: str) -> Json:
        """Explain one request; `story` has the explanation in sentences."""
        return self._call("GET", f"/requests/{quote(request_id)}")

    def forget_requests(self) -> None:
        """Delete all requests from the journal."""
        self._call("DELETE", "/requests")

    def rule(
        self,
        *,
        then: Mapping[str, Any],
        when: Mapping[str, Any] | None = None,
        times: int | None = None,
        skip: int = 0,
        every: int = 1,
        probability: float = 1.0,
        name: str = "",
    ) -> RuleHandle:
        """Add a rule and return a handle of it; the arguments are the members of a rule in a scenario file.

        Added rules are tried in the order in which they were added, and before those of the scenario.

        Raises:
            ControlError: the rule is not valid, or can never fire; the text says where and what was expected.
            TypeError: `when` or `then` is not a mapping.
        """
        if not isinstance(then, Mapping):
            raise TypeError(f"then is {then!r}, expected a mapping such as {then_of(then)}")
        if not isinstance(when or {}, Mapping):
            raise TypeError(f"when is {when!r}, expected a mapping such as {{'operation': {when!r}}}")
        rule = {
            "when": dict(when or {}),
            "name": name,
            "skip": skip,
            "every": every,
            "probability": probability,
            "then": dict(then),
        }
        added = self._call("POST", "/rules", rule if times is None else {**rule, "times": times})
        handle = RuleHandle(self._call, self._requests, added["id"], added["name"])
        self.added_rules.append(handle)
        return handle

    def gate(
        self,
        operation: str = "",
        *,
        when: Mapping[str, Any] | None = None,
        until: int | None = None,
        order: Literal["arrival", "reversed"] | Sequence[Mapping[str, Any]] = "arrival",
        after_commit: bool = False,
        times: int | None = None,
        name: str = "",
    ) -> Gate:
        """Hold the requests to an operation, or those that `when` describes, until the gate that is returned releases them.

        As the context manager of a `with` block it is removed at the end, and what it holds passes. With `until` the gate opens
        as soon as so many requests wait, in an order as in scenario files. With `after_commit` the requests take effect at
        once, and their responses are held.
        """
        hold = (
            "until-released" if until is None else {"until": until, "order": order if isinstance(order, str) else list(order)}
        )
        conditions = {**({"operation": operation} if operation else {}), **(when or {})}
        then = {"hold": hold, **({"stage": "after_commit"} if after_commit else {})}
        rule = {"when": conditions, "name": name, "then": then}
        added = self._call("POST", "/rules", rule if times is None else {**rule, "times": times})
        gate = Gate(self._call, self._requests, added["id"], added["name"])
        self.added_rules.append(gate)
        return gate

    def sequence(self, operation: str, outcomes: Sequence[Outcome]) -> list[RuleHandle]:
        """Answer the next requests to an operation one after another: `[503, "QUOTA_EXCEEDED", OK]`.

        A number is a status, a text the name of an error, a mapping the `then` of a rule, and `OK` the real response. After the
        last one all responses are real.

        Raises:
            ValueError: there are no outcomes.
        """
        if not outcomes:
            raise ValueError("at least one outcome is needed: a status, the name of an error, the `then` of a rule, or OK")
        handles: list[RuleHandle] = []
        try:
            for then in map(then_of, outcomes):
                handle = self.rule(when={"operation": operation}, then=then, times=1)
                handles.append(handle)
        except (ControlError, TypeError):
            for handle in handles:
                handle.remove()
            raise
        return handles

    def rules(self) -> list[Json]:
        """Return the rules, with the numbers of requests that each matched and fired for."""
        rules: list[Json] = self._call("GET", "/rules")["rules"]
        return rules

    def explain_rule(self, rule_id: str | RuleHandle) -> Json:
        """Return one rule, with the `nearest` request that did not fire it and the reason."""
        return self._call("GET", f"/rules/{quote(str(rule_id))}")

    def remove_rule(self, rule_id: str | RuleHandle) -> None:
        """Remove a rule."""
        self._call("DELETE", f"/rules/{quote(str(rule_id))}")

    def remove_rules(self) -> None:
        """Remove all rules, including those of the scenario."""
        self._call("DELETE", "/rules")

    def clock(self) -> Json:
        """Return the time of the world, and the pending events."""
        return self._call("GET", "/clock")

    def advance(self, by: str | float | Decimal | timedelta) -> list[Json]:
        """Advance the clock by a text such as `30s`, by seconds or by a timedelta; return the events that fired, in order.

        Raises:
            ControlError: the text is no duration, or the time is out of range.
            TypeError: this is no duration.
        """
        fired: list[Json] = self._call("POST", "/clock", {"advance": advance_of(by)})["fired"]
        return fired

    def freeze(self, at: str | datetime | None = None) -> None:
        """Freeze the clock, at the current time or at a time: a datetime with a time zone, or a text in RFC 3339.

        Raises:
            ControlError: the text is no time, or the time is out of range.
            TypeError: this is no time.
            ValueError: the datetime has no time zone.
        """
        self._call("POST", "/clock", {"freeze": True} | ({} if at is None else {"set": time_of(at)}))

    def unfreeze(self) -> None:
        """Unfreeze the clock."""
        self._call("POST", "/clock", {"freeze": False})

    def reset(self) -> None:
        """Reset the world to its scenario."""
        self._call("POST", "/reset")

    def clear(self) -> None:
        """Reset the world to the accounts of its scenario, without their records."""
        self._call("POST", "/clear")

    def snapshot(self, name: str = "") -> str:
        """Save a snapshot of the world and return its name."""
        name = name or f"snapshot-{next(_snapshots)}"
        saved: str = self._call("PUT", f"/snapshots/{quote(name)}")["name"]
        return saved

    def restore(self, name: str) -> None:
        """Restore a snapshot, which is kept."""
        self._call("POST", f"/snapshots/{quote(name)}/restore")

    def diff(self, name: str) -> list[Difference]:
        """Return the records that were added, changed or removed since a snapshot."""
        changes = self._call("GET", f"/snapshots/{quote(name)}/diff")["changes"]
        return [Difference(**change) for change in changes]

    def outbox(self, provider: str | None = None, event: str | None = None, status: str | None = None) -> Outbox:
        """Return the webhooks of the world with all attempts, the oldest first.

        Raises:
            ControlError: there is no such provider, event or status; the text names the nearest.
        """
        given = {"provider": provider, "event": event, "status": status, "limit": 10_000}
        return Outbox(
            self._call("GET", f"/outbox?{urlencode({key: value for key, value in given.items() if value is not None})}")
        )

    def deliver(self) -> Outbox:
        """Send the webhooks that are due, wait until that is done, and return all of them."""
        self._call("POST", "/outbox/deliver")
        return self.outbox()

    def redeliver(self, webhook: Webhook | str) -> Webhook:
        """Send a webhook again, with the same body and a fresh signature, and return it."""
        webhook_id = quote(webhook if isinstance(webhook, str) else webhook.id)
        self._call("POST", f"/outbox/{webhook_id}/redeliver")
        return Webhook.of(self._call("GET", f"/outbox/{webhook_id}"))

    def inbound_call(
        self,
        *,
        from_: str,
        to: str,
        turns: Sequence[tuple[str, str]] = (),
        text: str | None = None,
        outcome: str | None = None,
        duration: float | None = None,
        provider: str | None = None,
    ) -> Json:
        """Let a call from outside reach a number; its webhooks are sent.

        `turns` are pairs of `agent` or `caller` and the text; `text` is short for one turn of the caller. `duration` is in
        seconds, from the answer to the end. Returns `provider`, `account`, `number`, and the ids of the `records` and the
        `deliveries`.

        Raises:
            ControlError: 404 if no account has the number, 409 if it takes no calls as it is.
        """
        said = [{"role": role, "text": words} for role, words in turns] or None
        given = {"from": from_, "to": to, "turns": said, "text": text, "outcome": outcome, "duration": duration}
        given |= {"provider": provider}
        return self._call("POST", "/inbound/calls", {key: value for key, value in given.items() if value is not None})

    def inbound_message(
        self,
        *,
        from_: str,
        to: str,
        text: str,
        subject: str | None = None,
        media: Sequence[str] = (),
        provider: str | None = None,
    ) -> Json:
        """Let a message from outside reach a number; its webhooks are sent. `media` are URLs; returns what `inbound_call` does.

        Raises:
            ControlError: 404 if no account has the number, 409 if it takes no messages as it is.
        """
        given = {"from": from_, "to": to, "text": text, "subject": subject, "media": list(media) or None, "provider": provider}
        return self._call("POST", "/inbound/messages", {key: value for key, value in given.items() if value is not None})

    def act(self, name: str, **details: Any) -> str:
        """Perform an event outside the API now, and return its effect in words.

        `number_lost` with `number` and `provider`, `agent_deleted` with `provider` and `id`, `subscription_lapsed` and
        `subscription_renewed` with `provider` and `key`; without number, id or key: the newest, or all accounts.

        Raises:
            ControlError: 409 if there is nothing that it could concern, 422 if there is no such act.
        """
        effect: str = self._call("POST", "/acts", {name: details})["effect"]
        return effect

    def acts(self) -> list[Json]:
        """Return the acts of the scenario's timeline and then those of `act`, each with its `status` and its effect."""
        acts: list[Json] = self._call("GET", "/acts")["acts"]
        return acts

    def state(self, provider: str | None = None) -> list[Json]:
        """Return the tables of every account, or of those of one provider.

        Raises:
            ControlError: there is no such provider; the text names the nearest.
        """
        query = urlencode({"limit": 10_000} | ({} if provider is None else {"provider": provider}))
        accounts: list[Json] = self._call("GET", f"/state?{query}")["accounts"]
        return accounts

    def ledger(self, provider: str | None = None) -> Ledger:
        """Return what was bought, rented, called and sent, with prices; `spent` is the sum, `rented` what is still rented.

        Raises:
            ControlError: there is no such provider; the text names the nearest.
        """
        return Ledger(self._call("GET", "/ledger" if provider is None else f"/ledger?{urlencode({'provider': provider})}"))

    def spend(self, provider: str | None = None) -> Decimal:
        """Return the sum of the ledger, in USD.

        Raises:
            ControlError: there is no such provider; the text names the nearest.
        """
        return self.ledger(provider).spent
