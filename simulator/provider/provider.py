"""A provider: its operations, its errors, and how its responses are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from simulator.openapi.evidence import Evidence
from simulator.provider.assumption import Assumptions, Value
from simulator.provider.call import Call
from simulator.provider.errors import Errors, Problem, errors_of
from simulator.provider.inbound import Kind, Receive
from simulator.provider.naming import as_named
from simulator.provider.pagination import AllPages, Pages
from simulator.provider.prices import Charge, Price, Rental, Service
from simulator.provider.reply import Reply
from simulator.provider.request_info import RequestInfo
from simulator.provider.resource import Resource
from simulator.provider.seeding import Seeding
from simulator.provider.views import Views
from simulator.provider.webhooks import Webhooks
from simulator.store.account import Account
from simulator.store.clock import seconds
from simulator.store.environment import Environment
from simulator.store.pending import unsettled
from simulator.store.plans import StepTime
from simulator.store.records import Record
from simulator.store.seed import Seed

S = TypeVar("S")
R = TypeVar("R", bound=Record)

Handler = Callable[[Call[S]], Any]  # returns a record, a page or list of records, a mapping, None, or a Reply
Event = Callable[[Account[S], str, datetime], None]  # the account, the id of the subject, when it was due
TakesTime = Callable[[R], StepTime | None]  # the record; None for no time of its own
Step = Callable[[Account[S], R, datetime], None]  # the account, the record, when it was due
Render = Callable[[Problem, RequestInfo], Reply]
Succeed = Callable[[Reply, RequestInfo], Reply]
Prepare = Callable[[RequestInfo], Mapping[str, str]]  # returns the headers by which the request is read
Lost = Callable[[Call[S], Any], None]  # the call and the number, which is gone
Compute = Callable[[Call[S], Any], Any]  # the call and the record


class Provider(Generic[S]):
    """A provider: its operations by the ids of its spec, its errors, and how its answers are shown.

    Args:
        name: The name of its spec, and the first part of its addresses here.
        state: Opens an account: creates its tables.
        errors: Its errors, those that the pipeline raises among them.
        render: Returns the body of an error.
        succeed: Reshapes an answer; for what no declaration can express.
        seed: The type of a scenario's section for an account.
        keys: The keys that work in every open world.
        example_operation: The operation that the banner shows.
        prepare: Returns the headers by which a request is read.
        resources: Its collections of records; those that others refer to come first.
        seeding: Fills a new account; by default every list of the seed that is called like a resource.
        pages: The dialect of its pages.
        envelope: The member of an answer in which the result stands; an answer without it is the result itself.
        members: Members that all answers have whose schema describes them: a value, or a function of the request.
        times: The format of times in answers.
        names: The attribute for a member, such as `snake_case`.
        has_subscription: Whether some operations depend on `account.has_lapsed`: scenarios let the subscription lapse.
        webhooks: How it signs and repeats its webhooks; without it, it sends none.
    """

    def __init__(
        self,
        name: str,
        *,
        state: Callable[[Account[S], Any], S],
        errors: type[Errors],
        render: Render,
        succeed: Succeed | None = None,
        seed: type[Seed] = Seed,
        keys: Sequence[str] = (),
        example_operation: str = "",
        prepare: Prepare | None = None,
        resources: Sequence[Resource[Any]] = (),
        seeding: Callable[[Seeding[S], Any], None] | None = None,
        pages: Pages | None = None,
        envelope: str = "",
        members: Mapping[str, Any] | None = None,
        times: Callable[[datetime], Any] = seconds,
        names: Callable[[str], str] = as_named,
        webhooks: Webhooks | None = None,
        has_subscription: bool = False,
    ) -> None:
        self.name, self.state, self.seed = name, state, seed
        self.errors: type[Errors] = errors
        self.errors_by_name = errors_of(errors)
        self.render, self.succeed, self.prepare = render, succeed, prepare
        self.keys, self.example_operation = tuple(keys), example_operation
        self.resources, self.seeding = tuple(resources), seeding
        self.pages: Pages = pages or AllPages()
        self.views = Views(times, names, envelope, members or {})
        self.webhooks, self.has_subscription = webhooks, has_subscription
        # What the decorators below register.
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
        # What its spec says, once it is bound to one.
        self.assumptions = Assumptions(name, ())
        self.default_bodies: dict[str, dict[str, Any]] = defaultdict(dict)  # by operation: what {} stands for
        self.presenters: Mapping[str, Any] = {}  # by operation and status

    @property
    def lifecycles(self) -> list[str]:
        """The names of what takes time as a scenario's `lifecycles` say."""
        return [name for name in self.events if name not in self.scheduled]

    def assumed(self, world: Environment, name: str) -> Value:
        """Return the value of a switch in a world: that of its scenario, or the default."""
        return self.assumptions.value(world, name)

    def fill(self, account: Account[S], seed: Seed) -> None:
        """Give a new account the records that its scenario lists.

        Raises:
            SeedError: no account can start like that.
        """
        seeding = Seeding(account, seed, self.default_bodies)
        if self.seeding is not None:
            self.seeding(seeding, seed)
        else:
            seeding.fill(self.resources)
        seeding.restore(self.resources, getattr(seed, "records", {}))

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

    def resource(self, name: str) -> Resource[Any] | None:
        """Return the resource whose table has a name."""
        return next((resource for resource in self.resources if resource.name == name), None)

    @property
    def numbers(self) -> Resource[Any] | None:
        """The resource that holds the phone numbers of an account."""
        return next((resource for resource in self.resources if resource.claims), None)

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

    def alias(self, record: type, **members: str) -> None:
        """Take members of a type of record from attributes of other names: `provider.alias(App, appId="id")`."""
        self.views.alias(record, members)

    def times(self, record: type, times: Callable[[datetime], Any]) -> None:
        """Show the times of a type of record in a format of their own."""
        self.views.set_times(record, times)

    def member(self, record: type, member: str) -> Callable[[Compute[S]], Compute[S]]:
        """Register the function that computes a member of a type of record; UNSET leaves it out."""

        def register(compute: Compute[S]) -> Compute[S]:
            self.views.compute(record, member, compute)
            return compute

        return register

    def reference(self, record: type, member: str, resource: Resource[Any], field: str) -> None:
        """Show the record of a resource whose id a field has; None if there is none. Counts as no read."""
        self.views.compute(record, member, lambda call, one: resource.table(call.account).get(getattr(one, field) or ""))

    def collection(self, record: type, member: str, resource: Resource[Any], field: str) -> None:
        """Show the records of a resource whose indexed field has the record's id, the newest first."""
        self.views.compute(record, member, lambda call, one: resource.having(call, field, one.id))

    def count(self, record: type, member: str, resource: Resource[Any], field: str, **filters: Any) -> None:
        """Show how many records `collection` would show, or as many of them as have the values of `filters`.

        With `filters`, which are some of the resource's, the field must be one of them too.
        """

        def count(call: Call[S], one: Any) -> int:
            if filters:
                return len(resource.narrowed(call, **{field: one.id}, **filters))
            return len(resource.having(call, field, one.id))

        self.views.compute(record, member, count)

    def view(self, record: type) -> Callable[[Compute[S]], Compute[S]]:
        """Register the function that returns what answers show instead of a type of record: a mapping, or another record."""
        return self.member(record, "")


def _step_times(resource: Resource[R], takes: TakesTime[R]) -> Callable[[Account[Any], str], StepTime | None]:
    """Return the function that returns how long the next step of a record takes, by the id of the record."""

    def step_time(account: Account[Any], record_id: str) -> StepTime | None:
        record = account.tables[resource.name].get(record_id)
        return None if record is None else takes(record)

    return step_time
