"""A journey at each provider through a client that openapi-python-client has generated from the served spec.

Usage: python journeys.py SERVER_URL   (beside the packages that were generated; the control API's is called `control`)
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

WORLD = "python"
SUB_ACCOUNT = "sub_8a1f4c2e"


class Client:
    """A generated client: its operations by tag and name, its models as attributes."""

    def __init__(self, package: str, url: str, key: str, prefix: str = "Bearer", **always: Any) -> None:
        self._package = package
        self._models = import_module(f"{package}.models")
        self._client = import_module(package).AuthenticatedClient(
            base_url=url, token=key, prefix=prefix, raise_on_unexpected_status=True
        )
        self._always = always

    def __getattr__(self, model: str) -> Any:
        return getattr(self._models, model)

    def __call__(self, operation: str, *path: str, **arguments: Any) -> Any:
        """Ask for something; what the client reads of the answer."""
        module = import_module(f"{self._package}.api.{operation}")
        return module.sync(*path, client=self._client, **self._always, **arguments)


def cald(url: str) -> None:
    """A number is bought for an agent, taken off it, and cancelled."""
    client = Client("cald", url, "caldLiveDe39a3accb206dd615f30d118e519df0", prefix="")
    agent = client("agents.list_agents").agents[0]
    bought = client("phone_numbers.buy_phone_number", body=client.BuyPhoneNumberBody(prefix="+1212", agent_id=agent.agent_id))
    assert bought.phone_number.startswith("+1212"), bought
    client("phone_numbers.edit_phone_number", bought.phone_number_id, body=client.EditPhoneNumberBody())
    assert client("phone_numbers.cancel_phone_number", bought.phone_number_id).status == "success"


def cartesia(url: str) -> None:
    """A number is provisioned, listed, assigned, taken off its agent, and deleted; a second one is too many."""
    client = Client("cartesia", url, "sk_car_python", cartesia_version="2026-03-01")
    number = client("phone_numbers.phone_numbers_provision", body=client.PhoneNumbersProvisionBody(label="Support"))
    full = client("phone_numbers.phone_numbers_provision", body=client.PhoneNumbersProvisionBody(label="Another"))
    assert full.error_code == "quota_exceeded", full
    assert [each.id for each in client("phone_numbers.phone_numbers_list").data] == [number.id]
    for agent_id in ("agent_abc123", None):  # the agent of the scenario `default`
        changed = client("phone_numbers.phone_numbers_update", number.id, body=client.PhoneNumbersUpdateBody(agent_id=agent_id))
        assert (changed.agent and changed.agent.id) == agent_id, changed
    client("phone_numbers.phone_numbers_delete", number.id)
    assert client("phone_numbers.phone_numbers_list").data == []


def chirp(url: str) -> None:
    """A number is bought for an app, which removes it and takes it on again, and is deleted."""
    admin, app = (Client("chirp", url, f"sk_{kind}_python") for kind in ("admin", "live_app"))
    app_id = admin("apps.list_apps").apps[0].id
    body = admin.PurchasePhoneNumberBody(phone_number="+12125550123", number_type="local")
    number_id = admin("phone_numbers.purchase_phone_number", app_id, body=body).phone_number_id
    app("app_phone_numbers.remove_phone_number", number_id)
    body = app.AssignPhoneNumberBody(phone_number_id=number_id)
    assert app("app_phone_numbers.assign_phone_number", body=body).app_id == app_id
    assert number_id in [held.phone_number_id for held in app("app_phone_numbers.list_phone_numbers").phone_numbers]
    admin("phone_numbers.delete_phone_number", number_id)


def truedy(url: str) -> None:
    """A number is searched for, bought, assigned, unassigned, and released."""
    client = Client("truedy", url, f"truedy_{'P' * 32}")
    found = client("telephony.search_numbers", body=client.Search(area_code="212", page_size=5)).data[0]
    body = client.PurchaseNumberBody(phone_number=found.phone_number)
    number_id = str(client("telephony.purchase_number", body=body).data.id)
    agent_id = str(client("agents.list_agents").data[0].id)
    body = client.AssignNumberBody(number_id=number_id, agent_id=agent_id, assignment_type="inbound")
    assert str(client("telephony.assign_number", body=body).data.agent_id) == agent_id
    client("telephony.unassign_number", body=client.UnassignNumberBody(number_id=number_id, assignment_type="inbound"))
    assert client("telephony.release_number", number_id).data.deleted is True


def vantax(url: str) -> None:
    """A number is bought, listed, assigned, taken off its agent, and released."""
    client = Client("vantax", url, "vx_live_python")
    body: Any = {"sub_account_id": SUB_ACCOUNT, "country": "US", "area_code": "415"}  # no class can say "exactly one of"
    number = client("phone_numbers.purchase_phone_number", body=body).data
    listed = client("phone_numbers.list_phone_numbers", sub_account_id=SUB_ACCOUNT).data
    assert [each.id for each in listed] == [number.id]
    agent = client("agents.list_agents", sub_account_id=SUB_ACCOUNT).data[0]
    body = client.AssignPhoneNumberBody(agent_id=agent.id)
    assert client("phone_numbers.assign_phone_number", number.id, body=body).data.agent_id == agent.id
    client("phone_numbers.unassign_phone_number", number.id)
    client("phone_numbers.release_phone_number", number.id)
    assert client("phone_numbers.list_phone_numbers", sub_account_id=SUB_ACCOUNT).data == []


def main(server: str) -> None:
    """Every journey in a world that the control API's own client makes, asks, and drops."""
    control = Client("control", f"{server}/_simulator", "any: this server wants no token")
    world = control("worlds.put_world", WORLD, body=control.PutWorldJsonBody(scenario="default", seed=7))
    for journey in (cald, cartesia, chirp, truedy, vantax):
        journey(world.providers[journey.__name__].base_url)
    asked = control("records.list_requests", WORLD, limit=1000)
    assert {each.bug for each in asked.requests} == {None}
    control("worlds.delete_world", WORLD)
    print(f"Python clients generated from six specs: ok, {asked.total} requests")  # noqa: T201  (a program)


if __name__ == "__main__":
    main(sys.argv[1])
