"""What the decorators of a provider register: its operations, its events, and what it charges for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.openapi.evidence import Evidence
from simulator.provider.call import Call
from simulator.provider.inbound import Kind, Receive
from simulator.provider.prices import Charge, Price, Rental, Service
from simulator.provider.resource import Resource
from simulator.store.account import Account
from simulator.store.pending import unsettled
from simulator.store.plans import StepTime
from simulator.store.records import Record

S = TypeVar("S")
R = TypeVar("R", bound=Record)

Handler = Callable[[Call[S]], Any]  # returns a record, a page or list of records, a mapping, None, or a Reply
Event = Callable[[Account[S], str, datetime], None]  # the account, the id of the subject, when it was due
TakesTime = Callable[[R], StepTime | None]  # the record; None for no time of its own
Step = Callable[[Account[S], R, datetime], None]  # the account, the record, when it was due
Lost = Callable[[Call[S], Any], None]  # the call and the number, which is gone


class Registrations(Generic[S]):
    """The functions of one provider, by what they are for."""

    def __init__(self, name: str, resources: Sequence[Resource[Any]]) -> None:
        self.name, self.resources = name, tuple(resources)
        self.handlers: dict[str, Handler[S]] = {}  # by operation, like the constants
        self.constants: dict[str, dict[str, Any]] = {}
        self.receivers: dict[Kind, Receive] = {}  # of calls and messages from outside
        self.rentals: dict[str, Rental] = {}  # by the name of a table
        self.rented_tables: dict[str, Rental] = {}  # by the names of the table and of that of records that have not settled
        self.services: list[Service] = []
        self.events: dict[str, Event[S]] = {resource.settles: resource.settle for resource in resources if resource.settles}
        self.scheduled: set[str] = set()  # events that are due at their own time
        self.step_times: dict[str, Callable[[Account[S], str], StepTime | None]] = {}
        self.ends: Lost[S] | None = None

    @property
    def lifecycles(self) -> list[str]:
        """The names of what takes time as a scenario's `lifecycles` say."""
        return [name for name in self.events if name not in self.scheduled]

    def operation(self, operation_id: str, **constants: Any) -> Callable[[Handler[S]], Handler[S]]:
        """Register the function that performs an operation of the spec.

        `constants` are members that its answers always have, such as `deleted=True`, where the schema describes them.
        """

        def register(handler: Handler[S]) -> Handler[S]:
            if operation_id in self.handlers:
                raise LookupError(f"{self.name}: operation {operation_id!r} has two handlers")
            self.handlers[operation_id] = handler
            self.constants[operation_id] = constants
            return handler

        return register

    def rental(
        self, resource: Resource[R], *, evidence: Evidence, source: str
    ) -> Callable[[Callable[[R], Price | None]], Callable[[R], Price | None]]:
        """Register the function that returns the price of a number, or None for one that is not rented from the provider.

        Records of the resource are entries of the ledger from then on; `source` says where its prices are from.

        Raises:
            ValueError: the resource has no `claims`, so its records have no phone number.
        """
        if not resource.claims:
            raise ValueError(f"{resource.name} claims no phone number; expected a resource with claims")

        def register(price: Callable[[R], Price | None]) -> Callable[[R], Price | None]:
            rental = Rental(resource.name, resource.claims, price, evidence, source)
            self.rentals[resource.name] = rental
            self.rented_tables |= {resource.name: rental, unsettled(resource.name): rental}
            return price

        return register

    def charge(
        self, kind: str, resource: Resource[R], *, evidence: Evidence, source: str
    ) -> Callable[[Callable[[R], Charge | None]], Callable[[R], Charge | None]]:
        """Register the function that returns what a record has cost, such as a call that is over; None if it is free."""

        def register(charge: Callable[[R], Charge | None]) -> Callable[[R], Charge | None]:
            self.services.append(Service(kind, resource.name, charge, evidence, source))
            return charge

        return register

    def event(self, resource: str, *, is_scheduled: bool = False) -> Callable[[Event[S]], Event[S]]:
        """Register the event of something that `Account.begin` begins; `lifecycles` say when it is due.

        An event that only `schedule` begins `is_scheduled`: it is due at its own time, and no lifecycle can name it.
        """

        def register(event: Event[S]) -> Event[S]:
            self.events[resource] = event
            if is_scheduled:
                self.scheduled.add(resource)
            return event

        return register

    def step(self, resource: Resource[R], takes: TakesTime[R] | None = None) -> Callable[[Step[S, R]], Step[S, R]]:
        """Register the next step of a resource's records, due by its `lifecycle`; it is skipped for a removed record.

        `takes` returns how long that step takes by itself: where the clock is frozen and no lifecycle is in the scenario.

        Raises:
            ValueError: the resource has no `lifecycle`.
        """
        if not resource.lifecycle:
            raise ValueError(f"{resource.name} has no lifecycle; expected a resource with one")

        def register(step: Step[S, R]) -> Step[S, R]:
            def event(account: Account[S], record_id: str, at: datetime) -> None:
                record = account.tables[resource.name].get(record_id)
                if record is not None:
                    step(account, record, at)

            self.events[resource.lifecycle] = event
            if takes is not None:
                self.step_times[resource.lifecycle] = _step_times(resource, takes)
            return step

        return register

    def inbound(self, kind: Kind) -> Callable[[Receive], Receive]:
        """Register the function that lets a call or a message from outside arrive at one of an account's numbers."""

        def register(receive: Receive) -> Receive:
            self.receivers[kind] = receive
            return receive

        return register

    def lost(self, ends: Lost[S]) -> Lost[S]:
        """Register what follows for an account from a number that its carrier has taken back, beside its removal."""
        self.ends = ends
        return ends


def _step_times(resource: Resource[R], takes: TakesTime[R]) -> Callable[[Account[Any], str], StepTime | None]:
    """Return the function that returns how long the next step of a record takes, by the id of the record."""

    def step_time(account: Account[Any], record_id: str) -> StepTime | None:
        record = account.tables[resource.name].get(record_id)
        return None if record is None else takes(record)

    return step_time
