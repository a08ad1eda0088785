"""A provider as its customers use it, in the fewest words, so that one test of a kind of scenario holds for all of them."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import httpx

from tests.conftest import World

BEGUN_WITH = {"550e8400-e29b-41d4-a716-446655440000", "d0845d54-d96d-4cb8-8cc3-eac55f94c2c0", "pn_55ad12"}  # by scenarios


class Order(NamedTuple):
    """A purchase that can be sent, and sent again."""

    path: str
    body: dict[str, Any]


class Number(NamedTuple):
    """A number as its owner knows it."""

    id: str
    number: str


class Shop:
    """A provider in a world, seen by a customer with one key."""

    name: ClassVar[str]
    key: ClassVar[str]
    agent: ClassVar[str]  # the one that clients are configured with; at Chirp an app
    down: ClassVar[int]  # the status of an outage
    sold: ClassVar[int] = 201  # the status of a purchase
    lists: ClassVar[bool] = True  # whether the provider tells which numbers one has
    numbers: ClassVar[str]  # where it does, and where each of them is
    fields: ClassVar[tuple[str, str]]  # how it names a number's id and the number

    def __init__(self, world: World, key: str = "") -> None:
        self.world = world
        self.api = world.api(self.name, **self.credentials(key or self.key))

    def credentials(self, key: str) -> dict[str, str]:
        """The headers that carry a key."""
        return {"Authorization": f"Bearer {key}"}

    def order(self, area: str = "415") -> Order:
        """A purchase in an area code."""
        raise NotImplementedError

    def send(self, order: Order, **more: Any) -> httpx.Response:
        """Send a purchase."""
        return self.api("POST", order.path, order.body, **more)

    def buy(self, area: str = "415") -> httpx.Response:
        """Order a number and send the order."""
        return self.send(self.order(area))

    def bought(self, answer: httpx.Response) -> Number:
        """What a purchase that succeeded has bought."""
        assert answer.status_code == self.sold, answer.text
        return self.number(answer.json())

    def number(self, record: dict[str, Any]) -> Number:
        """A number in the provider's words."""
        record = record.get("data", record)
        number_id, number = (record[field] for field in self.fields)
        return Number(number_id, number)

    def ask(self, **more: Any) -> httpx.Response:
        """A request that changes nothing."""
        return self.api("GET", self.numbers, **more)

    def page(self, **more: Any) -> list[Number]:
        """One page of the provider's list, the newest first."""
        answer = self.ask(params=more)
        assert answer.status_code == 200, answer.text
        return [self.number(each) for each in next(each for each in answer.json().values() if isinstance(each, list))]

    def owned(self) -> list[Number]:
        """What the provider says that one has, but for what the scenario begins with."""
        return [each for each in self.page() if each.id not in BEGUN_WITH]

    def release(self, number_id: str) -> httpx.Response:
        """Give a number back."""
        return self.api("DELETE", f"{self.numbers}/{number_id}")

    def take(self, number: str) -> httpx.Response:
        """Buy a certain number, or import it where one cannot say which to buy."""
        raise NotImplementedError

    def employ(self, agent_id: str) -> httpx.Response:
        """Let an agent have a number that is bought for it."""
        raise NotImplementedError

    def hire(self) -> str:
        """A new agent."""
        raise NotImplementedError

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """What the control API says of this world."""
        answer = self.world.http.request(method, self.world.control + path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def held(self) -> list[Number]:
        """The same by the provider's tables, settled or not, whatever it tells the customer."""
        accounts = self.control("GET", f"/state?provider={self.name}")["accounts"]
        tables = [account["tables"].get(name) for account in accounts for name in ("unsettled_numbers", "numbers")]
        records = [record for table in tables if table for record in table["records"]]
        found = [Number(record["id"], record.get("number") or record["phone_number"]) for record in records]
        return [each for each in found if each.id not in BEGUN_WITH]

    def last(self) -> dict[str, Any]:
        """The journal's line for the last request."""
        line: dict[str, Any] = self.control("GET", f"/requests?provider={self.name}")["requests"][-1]
        return line
