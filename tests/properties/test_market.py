"""Numbers change hands, held against a small model: each has one owner or is for sale; what a search finds can be bought."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator import Simulator
from simulator.testing.client import Json
from tests.properties.market import ABROAD, ELSEWHERE, FOR_SALE, LOCAL, SCENARIO, TOLL_FREE, customers, made
from tests.properties.states import owned, taken
from tests.scenarios.shop import Number, Shop
from tests.scenarios.shops import Truedy

AREAS = ["415", "212", "907", "305"]
SEARCHES: list[tuple[Json, list[str]]] = [
    ({}, LOCAL),
    ({"area_code": "415"}, [number for number in LOCAL if number.startswith("+1415")]),
    ({"administrative_area": "AK"}, [number for number in LOCAL if number.startswith("+1907")]),
    ({"phone_number_type": "toll-free"}, TOLL_FREE),
    ({"country_code": "GB"}, ABROAD[:1]),
    ({"country_code": "GB", "phone_number_type": "mobile"}, ABROAD[1:]),
]


class Market(RuleBasedStateMachine):
    """Ten customers and ten numbers; the model knows who has which."""

    simulator = Simulator()

    @initialize(seed=st.integers(0, 3))
    def open(self, seed: int) -> None:
        """Everything is for sale."""
        self.world = made(self.simulator, SCENARIO, seed)
        self.customers = customers(self.world)
        self.owners: dict[str, tuple[Shop, Number]] = {}
        self.released: set[str] = set()

    def free(self, numbers: list[str]) -> list[str]:
        """What nobody has: first what nobody has had."""
        free = [number for number in numbers if number not in self.owners]
        return sorted(free, key=lambda number: number in self.released)

    def next(self, numbers: list[str]) -> list[str]:
        """The numbers of which one is handed out next."""
        free = self.free(numbers)
        return [number for number in free if number not in self.released] or free

    @rule(customer=st.integers(0, 9), area=st.sampled_from(AREAS))
    def buy(self, customer: int, area: str) -> None:
        """Whatever there is in an area code: there is one if and only if one is free."""
        shop = self.customers[customer]
        fitting = self.next([each for each in LOCAL if each.startswith(f"+1{area}") or shop.name == "cartesia"])
        answer = shop.buy(area) if shop.name != "chirp" else shop.take(fitting[0] if fitting else f"+1{area}5550100")
        assert answer.is_success is bool(fitting), answer.text
        if fitting:
            self.sold(shop, shop.bought(answer), fitting)

    @rule(customer=st.integers(0, 9), number=st.sampled_from([*FOR_SALE, *ELSEWHERE]))
    def take(self, customer: int, number: str) -> None:
        """A certain number: nobody gets what somebody has, and a free one of the US is had by all who may choose."""
        shop = self.customers[customer]
        answer = shop.take(number)
        if answer.is_success:
            self.sold(shop, shop.number(answer.json()), self.free([number]))
        else:
            assert number not in self.free(LOCAL), answer.text

    @rule(customer=st.sampled_from([6, 7]), number=st.sampled_from([*FOR_SALE, *ELSEWHERE]))
    def bring(self, customer: int, number: str) -> None:
        """A number from another carrier, unless somebody has it."""
        shop = self.customers[customer]
        assert isinstance(shop, Truedy)
        answer = shop.bring(number)
        assert answer.is_success is (number not in self.owners), answer.text
        if answer.is_success:
            self.sold(shop, shop.number(answer.json()), [number])

    def sold(self, shop: Shop, number: Number, free: list[str]) -> None:
        """It was free, and is now the customer's."""
        assert number.number in free
        self.owners[number.number] = shop, number
        self.released.discard(number.number)

    @precondition(lambda self: self.owners)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        """What one has can be given back, and is for sale again, after all that nobody has had."""
        shop, number = self.owners.pop(data.draw(st.sampled_from(sorted(self.owners))))
        self.released.add(number.number)
        assert shop.release(number.id).is_success
        assert shop.release(number.id).status_code == 404

    @rule(data=st.data(), customer=st.sampled_from([6, 7]), wanted=st.sampled_from(SEARCHES))
    def search(self, data: st.DataObject, customer: int, wanted: tuple[Json, list[str]]) -> None:
        """It finds what is free, no more and no less; whatever it finds can be bought."""
        shop, (filters, fitting) = self.customers[customer], wanted
        answer = shop.api("POST", f"{shop.numbers}/search", {"page_size": 50, **filters}).json()
        found = [each["phone_number"] for each in answer["data"]]
        assert sorted(found) == sorted(self.free(fitting))
        assert [number in self.released for number in found] == sorted(number in self.released for number in found)
        assert answer["pagination"]["total_results"] == len(found)
        if found:
            number = data.draw(st.sampled_from(found))
            self.sold(shop, shop.bought(shop.take(number)), [number])

    @rule(customer=st.integers(2, 9))
    def look(self, customer: int) -> None:
        """Each sees what is its own; at Cald, which has no list, nobody can."""
        shop = self.customers[customer]
        mine = [number for owner, number in self.owners.values() if owner is shop]
        assert sorted(shop.page(limit=50)) == sorted(mine)

    @invariant()
    def what_is_owned_is_off_the_market(self) -> None:
        """And nothing else is."""
        world = self.simulator.app.worlds.get(self.world.name)
        assert world is not None
        assert taken(world) == sorted(self.owners)
        assert owned(world) == sorted(self.owners)


TestMarket = Market.TestCase
