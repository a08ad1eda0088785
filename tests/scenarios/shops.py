"""The five providers as their customers use them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.scenarios.shop import Number, Order, Shop


class Cald(Shop):
    """Cald sells by prefix and has no list of numbers."""

    name = "cald"
    key = "caldLiveDe39a3accb206dd615f30d118e519df0"
    agent = "65a1b2c3d4e5f60718293a4b"
    down = 503
    sold = 200
    lists = False
    numbers = "/phonenumbers"
    fields = ("phoneNumberId", "phoneNumber")

    def credentials(self, key: str) -> dict[str, str]:
        """The bare key."""
        return {"Authorization": key}

    def order(self, area: str = "415") -> Order:
        """Whatever begins with the area code."""
        return Order(self.numbers, {"prefix": f"+1{area}"})

    def ask(self, **more: Any) -> httpx.Response:
        """The agents."""
        return self.api("GET", "/agents", **more)

    def page(self, **more: Any) -> list[Number]:
        """What the tables say, as Cald does not."""
        self.ask()  # an account is opened by its first request
        (account,) = self.control("GET", "/state?provider=cald")["accounts"]
        return [Number(record["id"], record["number"]) for record in account["tables"]["numbers"]["records"]]

    def take(self, number: str) -> httpx.Response:
        """A prefix may be a whole number."""
        return self.api("POST", self.numbers, {"prefix": number})

    def employ(self, agent_id: str) -> httpx.Response:
        """Agent and number come in one request."""
        return self.api("POST", self.numbers, {"agentId": agent_id})

    def hire(self) -> str:
        """An agent with its defaults."""
        return str(self.api("POST", "/agents", {}).json()["agentId"])


class Cartesia(Shop):
    """Cartesia gives away whichever US number it likes, within the slots of the plan."""

    name = "cartesia"
    key = "sk_car_demo"
    agent = "agent_abc123"
    down = 503
    numbers = "/agents/phone-numbers"
    fields = ("id", "number")

    def credentials(self, key: str) -> dict[str, str]:
        """Every request names a version."""
        return {"Authorization": f"Bearer {key}", "Cartesia-Version": "2026-08-14"}

    def order(self, area: str = "415") -> Order:
        """No area code can be said."""
        return Order(f"{self.numbers}/provision", {"label": area})

    def take(self, number: str) -> httpx.Response:
        """Import it from a Twilio account, which is linked first."""
        link = {"type": "twilio", "account_sid": "AC" + "0" * 32, "api_key_sid": "SK" + "0" * 32, "api_key_secret": "x"}
        self.api("POST", f"{self.numbers}/providers", link)  # a conflict where it is linked already
        known = {"type": "twilio", "account_sid": link["account_sid"]}
        return self.api("POST", self.numbers, {"label": "Imported", "number": number, "provider": known})

    def employ(self, agent_id: str) -> httpx.Response:
        """Agent and number come in one request."""
        return self.api("POST", f"{self.numbers}/provision", {"label": "Line", "agent_id": agent_id})

    def hire(self) -> str:
        """An agent with its defaults."""
        return str(self.api("POST", "/v1/agents", {}).json()["id"])


class Chirp(Shop):
    """Chirp sells the number that one names, to the organisation and for an app."""

    name = "chirp"
    key = "sk_admin_demo"
    agent = "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"
    down = 503
    numbers = "/v1/organization/phone-numbers"
    fields = ("phoneNumberId", "number")

    def order(self, area: str = "415", app: str = "") -> Order:
        """The next number of the area code that nobody here has."""
        held = [each.number for each in self.held()]
        number = next(each for line in range(100, 200) if (each := f"+1{area}5550{line}") not in held)
        return Order(f"{self.numbers}/{app or self.agent}/purchase", {"phoneNumber": number, "numberType": "local"})

    def take(self, number: str) -> httpx.Response:
        """Every purchase names its number."""
        order = self.order()
        return self.send(order._replace(body={**order.body, "phoneNumber": number}))

    def employ(self, agent_id: str) -> httpx.Response:
        """The purchase names the app."""
        return self.send(self.order(app=agent_id))

    def hire(self) -> str:
        """An app."""
        answer = self.api("POST", "/v1/organization/apps", {"slug": "new-one", "name": "New one"})
        return str(answer.json()["id"])


class Truedy(Shop):
    """Truedy sells what a search has found."""

    name = "truedy"
    key = "truedy_Demo0000000000000000000000000000"
    agent = "1f4baf16-1540-4d91-9696-7f34b2f2cb77"
    down = 500
    numbers = "/telephony/numbers"
    fields = ("id", "phone_number")

    def found(self, area: str) -> list[str]:
        """What a search of an area code finds first."""
        answer = self.api("POST", f"{self.numbers}/search", {"area_code": area})
        return [each["phone_number"] for each in answer.json().get("data", [])]

    def order(self, area: str = "415") -> Order:
        """The first number found; where nothing is, one that is not there."""
        number = next(iter(self.found(area)), f"+1{area}5550100")
        return Order(f"{self.numbers}/purchase", {"phone_number": number})

    def take(self, number: str) -> httpx.Response:
        """Every purchase names its number."""
        return self.api("POST", f"{self.numbers}/purchase", {"phone_number": number})

    def bring(self, number: str) -> httpx.Response:
        """Import a number from another carrier."""
        wanted = {"phone_number": number, "provider_type": "telnyx", "api_key": "x"}
        return self.api("POST", f"{self.numbers}/import", wanted)

    def employ(self, agent_id: str) -> httpx.Response:
        """The number comes first, the agent after it."""
        return self.assign(self.bought(self.buy()), agent_id)

    def assign(self, number: Number, agent_id: str) -> httpx.Response:
        """Let an agent answer a number."""
        wanted = {"number_id": number.id, "agent_id": agent_id, "assignment_type": "inbound"}
        return self.api("POST", f"{self.numbers}/assign", wanted)

    def hire(self) -> str:
        """An agent with a voice and a prompt."""
        wanted = {"name": "New one", "voice_id": "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "system_prompt": "You sell."}
        return str(self.api("POST", "/agents", wanted).json()["data"]["id"])


class Vantax(Shop):
    """Vantax sells by area code or pattern, to a sub-account."""

    name = "vantax"
    key = "vx_live_demo"
    agent = "agt_3d9b21"
    down = 500
    numbers = "/phone-numbers"
    fields = ("id", "number")
    sub_account = "sub_8a1f4c2e"

    def order(self, area: str = "415") -> Order:
        """Whatever the area code has."""
        return Order(self.numbers, {"sub_account_id": self.sub_account, "area_code": area})

    def ask(self, **more: Any) -> httpx.Response:
        """A list is asked for by the sub-account."""
        params = {"sub_account_id": self.sub_account, **more.pop("params", {})}
        return self.api("GET", self.numbers, params=params, **more)

    def take(self, number: str) -> httpx.Response:
        """A pattern may be a whole number."""
        return self.api("POST", self.numbers, {"sub_account_id": self.sub_account, "number_pattern": number})

    def employ(self, agent_id: str) -> httpx.Response:
        """The number comes first, the agent after it."""
        return self.assign(self.bought(self.buy()), agent_id)

    def assign(self, number: Number, agent_id: str) -> httpx.Response:
        """Let an agent answer a number."""
        return self.api("POST", f"{self.numbers}/{number.id}/assign", {"agent_id": agent_id})

    def hire(self) -> str:
        """An agent with its defaults."""
        return str(self.api("POST", "/agents", {"name": "New one"}).json()["data"]["id"])


SHOPS: dict[str, type[Shop]] = {shop.name: shop for shop in (Cald, Cartesia, Chirp, Truedy, Vantax)}
