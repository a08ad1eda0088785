"""A provider: its operations, its errors, and how its responses are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from simulator.provider.assumption import Assumptions, Value
from simulator.provider.call import Call
from simulator.provider.errors import Errors, Problem, errors_of
from simulator.provider.naming import as_named
from simulator.provider.pagination import AllPages, Pages
from simulator.provider.registrations import Registrations
from simulator.provider.reply import Reply
from simulator.provider.request_info import RequestInfo
from simulator.provider.resource import Resource
from simulator.provider.seeding import Seeding
from simulator.provider.views import Views
from simulator.provider.webhooks import Webhooks
from simulator.store.account import Account
from simulator.store.clock import seconds
from simulator.store.environment import Environment
from simulator.store.seed import Seed

S = TypeVar("S")

Render = Callable[[Problem, RequestInfo], Reply]
Succeed = Callable[[Reply, RequestInfo], Reply]
Prepare = Callable[[RequestInfo], Mapping[str, str]]  # returns the headers by which the request is read
Compute = Callable[[Call[S], Any], Any]  # the call and the record


class Provider(Registrations[S]):
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
        super().__init__(name, resources)
        self.state, self.seed = state, seed
        self.errors: type[Errors] = errors
        self.errors_by_name = errors_of(errors)
        self.render, self.succeed, self.prepare = render, succeed, prepare
        self.keys, self.example_operation = tuple(keys), example_operation
        self.seeding = seeding
        self.pages: Pages = pages or AllPages()
        self.views = Views(times, names, envelope, members or {})
        self.webhooks, self.has_subscription = webhooks, has_subscription
        # What its spec says, once the two are joined.
        self.assumptions = Assumptions(name, ())
        self.default_bodies: dict[str, dict[str, Any]] = defaultdict(dict)  # by operation: what {} stands for
        self.presenters: Mapping[str, Any] = {}  # by operation and status

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

    def resource(self, name: str) -> Resource[Any] | None:
        """Return the resource whose table has a name."""
        return next((resource for resource in self.resources if resource.name == name), None)

    @property
    def numbers(self) -> Resource[Any] | None:
        """The resource that holds the phone numbers of an account."""
        return next((resource for resource in self.resources if resource.claims), None)

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
