"""What it takes a client to notice which way a switch stands: for each one a journey whose last answer tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.conftest import Api

AGENTS = {"cald": "65a1b2c3d4e5f60718293a4b", "cartesia": "agent_abc123", "vantax": "agt_3d9b21"}
AGENT, OTHER = "1f4baf16-1540-4d91-9696-7f34b2f2cb77", "1f4baf16-1540-4d91-9696-7f34b2f2cb78"  # of Truedy
NUMBER, APP = "550e8400-e29b-41d4-a716-446655440000", "app_2DbBs7GWhGvVNJGrDXr5RG0mBWI"  # of Chirp
SUB = "sub_8a1f4c2e"
KEYS = {
    "cald": {"Authorization": "caldLiveDe39a3accb206dd615f30d118e519df0"},
    "cartesia": {"Authorization": "Bearer sk_car_demo"},
    "chirp": {"Authorization": "Bearer sk_live_app_demo"},
    "truedy": {"Authorization": "Bearer truedy_Demo0000000000000000000000000000"},
    "vantax": {"Authorization": "Bearer vx_live_demo"},
}
ACCOUNT = {
    "cald": {"agents": [{"id": AGENTS["cald"], "name": "Front desk"}], "lists": [{"id": "list"}]},
    "cartesia": {"plan": "pro", "agents": [{"id": AGENTS["cartesia"]}, {"id": "agent_other"}]},
    "chirp": {"apps": [{"id": APP}], "numbers": [{"id": NUMBER}]},
    "truedy": {"agents": [{"id": AGENT}, {"id": OTHER}]},
    "vantax": {"sub_account_id": SUB, "agents": [{"id": AGENTS["vantax"]}, {"id": "agt_other"}]},
}
VERSION = {"Cartesia-Version": "2026-03-01"}
CALD_GONE, TRUEDY_GONE = "/phonenumbers/nowhere", "00000000-0000-4000-8000-000000000000"
ASSIGN = "/telephony/numbers/assign"

Journey = Callable[[Api], httpx.Response]


def error_body(api: Api) -> httpx.Response:
    """Cald refuses."""
    return api("PATCH", CALD_GONE, {})


def nothing_at_cald(api: Api) -> httpx.Response:
    """A prefix without numbers."""
    return api("POST", "/phonenumbers", {"prefix": "+1415"})


def delete_unknown(api: Api) -> httpx.Response:
    """Neither the number nor the agent is there; both are answered alike."""
    assert api("DELETE", "/agents/nobody").status_code == api("DELETE", CALD_GONE).status_code
    return api("DELETE", CALD_GONE)


def call_by_nobody(api: Api) -> httpx.Response:
    """The agent that is to call does not exist."""
    return api("POST", "/agents/nobody/call", {"phoneNumber": "+14155550123"})


def delete_agent_of_campaign(api: Api) -> httpx.Response:
    """The campaign of the agent is over."""
    assert start_campaign(api).is_success
    return api("DELETE", f"/agents/{AGENTS['cald']}")


def start_campaign(api: Api) -> httpx.Response:
    """A campaign of the agent."""
    return api("POST", "/campaigns", {"name": "Spring", "listId": "list", "agentId": AGENTS["cald"]})


def start_campaign_again(api: Api) -> httpx.Response:
    """Two campaigns of one name."""
    assert start_campaign(api).is_success
    return start_campaign(api)


def nested_settings(api: Api) -> httpx.Response:
    """One setting of a settings object is changed; the agent is shown."""
    path = f"/agents/{AGENTS['cald']}"
    assert api("PATCH", path, {"smsSettings": {"enable": True}}).is_success
    return api("GET", path)


def missing_version(api: Api) -> httpx.Response:
    """No Cartesia-Version."""
    return api("GET", "/agents/phone-numbers")


def _provisioned(api: Api) -> str:
    """The path of a number that has an agent."""
    body = {"label": "x", "agent_id": AGENTS["cartesia"]}
    return f"/agents/phone-numbers/{api('POST', '/agents/phone-numbers/provision', body, headers=VERSION).json()['id']}"


def delete_agent(api: Api) -> httpx.Response:
    """The number of an agent that is deleted."""
    path = _provisioned(api)
    assert api("DELETE", f"/v1/agents/{AGENTS['cartesia']}", headers=VERSION).status_code == 204
    return api("GET", path, headers=VERSION)


def delete_twilio_number(api: Api) -> httpx.Response:
    """A number that was imported from Twilio and has an agent is deleted."""
    twilio = {"type": "twilio", "account_sid": "AC1", "api_key_sid": "SK1", "api_key_secret": "x"}
    provider = {"id": api("POST", "/agents/phone-numbers/providers", twilio, headers=VERSION).json()["id"]}
    body = {"label": "x", "number": "+442079460018", "provider": provider, "agent_id": AGENTS["cartesia"]}
    number = api("POST", "/agents/phone-numbers", body, headers=VERSION).json()["id"]
    return api("DELETE", f"/agents/phone-numbers/{number}", headers=VERSION)


def unknown_keys(api: Api) -> httpx.Response:
    """An agent is made with a key that Cartesia does not know."""
    return api("POST", "/v1/agents", {"name": "x", "webhook": "y"}, headers={"Cartesia-Version": "2026-08-14"})


def long_page(api: Api) -> httpx.Response:
    """A page of more than a hundred numbers."""
    return api("GET", "/agents/phone-numbers", params={"limit": "101"}, headers=VERSION)


def newer_agents(api: Api) -> httpx.Response:
    """The newer generation of agents in a version for which it is not documented."""
    return api("GET", "/v1/agents", headers=VERSION)


def delete_webhook_in_use(api: Api) -> httpx.Response:
    """A webhook to which an agent is attached is deleted."""
    body = {"url": "https://example.com/calls", "secret": "x"}
    webhook = api("POST", "/agents/webhooks", body, headers=VERSION).json()["id"]
    assert api("PATCH", f"/agents/{AGENTS['cartesia']}", {"webhook_id": webhook}, headers=VERSION).status_code == 200
    return api("DELETE", f"/agents/webhooks/{webhook}", headers=VERSION)


def batch_abroad(api: Api) -> httpx.Response:
    """A batch has a recipient outside the US."""
    number = _provisioned(api).rpartition("/")[2]
    recipients = [{"to_number": "+14155550199"}, {"to_number": "+442079460018"}]
    body = {"name": "x", "agent_id": AGENTS["cartesia"], "from_number_id": number, "recipients": recipients}
    return api("POST", "/agents/calls/batches", body, headers=VERSION)


def nothing_at_cartesia(api: Api) -> httpx.Response:
    """No number is left."""
    return api("POST", "/agents/phone-numbers/provision", {"label": "x"}, headers=VERSION)


def _truedy_number(api: Api) -> httpx.Response:
    return api("POST", "/telephony/numbers/purchase", {"phone_number": "+14155551234"})


def _truedy_assigned(api: Api) -> dict[str, str]:
    """What assigned a number to an agent."""
    wish = {"number_id": _truedy_number(api).json()["data"]["id"], "agent_id": AGENT, "assignment_type": "inbound"}
    assert api("POST", ASSIGN, wish).status_code == 200
    return wish


def release_assigned(api: Api) -> httpx.Response:
    """A number that an agent has."""
    return api("DELETE", f"/telephony/numbers/{_truedy_assigned(api)['number_id']}")


def unknown_in_body(api: Api) -> httpx.Response:
    """Neither the number nor the agent is there; both are answered alike."""
    known = _truedy_number(api).json()["data"]["id"]
    no_agent = {"number_id": known, "agent_id": TRUEDY_GONE, "assignment_type": "inbound"}
    no_number = {**no_agent, "number_id": TRUEDY_GONE, "agent_id": AGENT}
    assert api("POST", ASSIGN, no_agent).status_code == api("POST", ASSIGN, no_number).status_code
    return api("POST", ASSIGN, no_number)


def pass_on_at_truedy(api: Api) -> httpx.Response:
    """A number that an agent has, in the same direction; the other direction, and the same agent, are always free."""
    wish = _truedy_assigned(api)
    assert api("POST", ASSIGN, wish).status_code == 200
    assert api("POST", ASSIGN, {**wish, "agent_id": OTHER, "assignment_type": "outbound"}).status_code == 200
    return api("POST", ASSIGN, {**wish, "agent_id": OTHER})


def long_name_at_truedy(api: Api) -> httpx.Response:
    """An agent with a name of 101 characters."""
    return api(
        "POST", "/agents", {"name": "x" * 101, "voice_id": "b0e6b5c1-3cde-4f0a-9d53-8f0d2c7f7c11", "system_prompt": "Hi."}
    )


def call_from_another_at_truedy(api: Api) -> httpx.Response:
    """A call from a number of the organization that the agent does not have; from its own it always works."""
    own = _truedy_number(api).json()["data"]
    assert api("POST", ASSIGN, {"number_id": own["id"], "agent_id": AGENT, "assignment_type": "outbound"}).status_code == 200
    other = api("POST", "/telephony/numbers/purchase", {"phone_number": "+14155551235"}).json()["data"]["phone_number"]
    call = {"agent_id": AGENT, "phone_number": "+14155550123"}
    assert api("POST", "/calls", {**call, "from_number": own["phone_number"]}).status_code == 201
    return api("POST", "/calls", {**call, "from_number": other})


def _chirp_assigned(api: Api) -> httpx.Response:
    return api("POST", "/v1/phone-numbers", {"phoneNumberId": NUMBER})


def created_at_chirp(api: Api) -> httpx.Response:
    """A purchase is answered as an assignment is."""
    admin = {"Authorization": "Bearer sk_admin_demo"}
    order = {"phoneNumber": "+14155551234", "numberType": "local"}
    bought = api("POST", f"/v1/organization/phone-numbers/{APP}/purchase", order, headers=admin)
    answer = _chirp_assigned(api)
    assert bought.status_code == answer.status_code
    return answer


def assign_again_at_chirp(api: Api) -> httpx.Response:
    """Twice the same assignment."""
    assert _chirp_assigned(api).status_code == 201
    return _chirp_assigned(api)


def remove_again_at_chirp(api: Api) -> httpx.Response:
    """What was never assigned is removed."""
    return api("DELETE", f"/v1/phone-numbers/{NUMBER}")


def send_at_chirp(api: Api) -> httpx.Response:
    """A message from a number of the app."""
    number = _chirp_assigned(api).json()["number"]
    return api("POST", "/v1/sms", {"from": number, "to": ["+14155550123"], "text": "Hello"})


def playground_with_a_live_key(api: Api) -> httpx.Response:
    """A live key where a test key is wanted."""
    return api("POST", "/v1/playground/sms/inbound", {"from": "+14155550123", "to": "+14155551234", "text": "Hello"})


def _vantax_number(api: Api, **more: str) -> httpx.Response:
    return api("POST", "/phone-numbers", {"sub_account_id": SUB, "country": "US", "area_code": "415", **more})


def _vantax_path(api: Api) -> str:
    return f"/phone-numbers/{_vantax_number(api).json()['data']['id']}"


def foreign_sub_account(api: Api) -> httpx.Response:
    """Another's sub-account."""
    assert api("GET", "/agents?sub_account_id=sub_other").status_code in (403, 404)
    return _vantax_number(api, sub_account_id="sub_other")


def pass_on_at_vantax(api: Api) -> httpx.Response:
    """A number that has an agent, to an agent that has a number."""
    first, second = _vantax_path(api), _vantax_path(api)
    assert api("POST", f"{first}/assign", {"agent_id": AGENTS["vantax"]}).status_code == 200
    assert api("POST", f"{second}/assign", {"agent_id": "agt_other"}).status_code == 200
    answer = api("POST", f"{first}/assign", {"agent_id": "agt_other"})
    holders = [each["agent_id"] for each in api("GET", f"/phone-numbers?sub_account_id={SUB}").json()["data"]]
    assert holders == ([None, "agt_other"] if answer.is_success else ["agt_other", AGENTS["vantax"]])
    return answer


def assign_again_at_vantax(api: Api) -> httpx.Response:
    """Twice the same assignment."""
    path = _vantax_path(api)
    assert api("POST", f"{path}/assign", {"agent_id": AGENTS["vantax"]}).status_code == 200
    return api("POST", f"{path}/assign", {"agent_id": AGENTS["vantax"]})


def unassign_again_at_vantax(api: Api) -> httpx.Response:
    """What was never assigned is unassigned."""
    return api("POST", f"{_vantax_path(api)}/unassign")


def null_beside_area_code(api: Api) -> httpx.Response:
    """One of the two ways to search is null."""
    return api("POST", "/phone-numbers", {"sub_account_id": SUB, "area_code": "415", "number_pattern": None})


def short_pattern(api: Api) -> httpx.Response:
    """A pattern that is shorter than a number."""
    return api("POST", "/phone-numbers", {"sub_account_id": SUB, "number_pattern": "+1415*"})


def call_placed(api: Api) -> httpx.Response:
    """A call from a number of the sub-account."""
    number = _vantax_number(api).json()["data"]["id"]
    call = {"agent_id": AGENTS["vantax"], "phone_number": "+14155550123", "from_phone_number_id": number}
    return api("POST", "/calls", call)


def _sold_out(api: Api) -> httpx.Response:
    return _vantax_number(api, area_code="628")


STATUSES: dict[str, tuple[Journey, dict[Any, int]]] = {
    "cald.no_inventory": (nothing_at_cald, {400: 400, 404: 404}),
    "cald.unknown_on_delete": (delete_unknown, {404: 404, "failed": 200}),
    "cald.agent_in_campaign": (delete_agent_of_campaign, {"any": 400, "unfinished": 200}),
    "cald.unknown_agent_on_call": (call_by_nobody, {"failed": 200, 404: 404}),
    "cald.campaign_name_taken": (start_campaign_again, {409: 409, 400: 400}),
    "cartesia.missing_version": (missing_version, {"refuse": 400, "allow": 200}),
    "cartesia.numbers_of_deleted_agent": (delete_agent, {"keep": 200, "delete": 404}),
    "cartesia.assigned_twilio_number": (delete_twilio_number, {"delete": 204, "refuse": 400}),
    "cartesia.unknown_keys": (unknown_keys, {"ignore": 201, "refuse": 400}),
    "cartesia.limit_over_100": (long_page, {"cap": 200, "refuse": 400}),
    "cartesia.v1_in_older_versions": (newer_agents, {"allow": 200, "refuse": 400}),
    "cartesia.batch_destination": (batch_abroad, {"fail": 201, "refuse": 400}),
    "cartesia.in_use": (delete_webhook_in_use, {409: 409, 400: 400}),
    "cartesia.no_inventory": (nothing_at_cartesia, {503: 503, 404: 404}),
    "truedy.release_while_assigned": (release_assigned, {"refuse": 422, "allow": 200}),
    "truedy.purchase_status": (_truedy_number, {201: 201, 200: 200}),
    "truedy.unknown_id_in_body": (unknown_in_body, {404: 404, 422: 422}),
    "truedy.agent_name_limit": (long_name_at_truedy, {255: 201, 100: 422}),
    "truedy.from_number": (call_from_another_at_truedy, {"agent": 422, "organization": 201}),
    "truedy.reassign": (pass_on_at_truedy, {"allow": 200, "refuse": 422}),
    "chirp.created_status": (created_at_chirp, {201: 201, 200: 200}),
    "chirp.send_status": (send_at_chirp, {201: 201, 202: 202}),
    "chirp.live_key_in_playground": (playground_with_a_live_key, {403: 403, 400: 400}),
    "chirp.assign_again": (assign_again_at_chirp, {"refuse": 409, "allow": 201}),
    "chirp.remove_again": (remove_again_at_chirp, {"refuse": 404, "allow": 200}),
    "vantax.purchase_status": (_vantax_number, {201: 201, 200: 200}),
    "vantax.no_inventory": (_sold_out, {404: 404, 409: 409, 422: 422}),
    "vantax.null_search_field": (null_beside_area_code, {"ignore": 201, "refuse": 422}),
    "vantax.short_pattern": (short_pattern, {"extend": 201, "refuse": 422}),
    "vantax.place_call_status": (call_placed, {201: 201, 202: 202}),
    "vantax.foreign_sub_account": (foreign_sub_account, {404: 404, 403: 403}),
    "vantax.reassign": (pass_on_at_vantax, {"refuse": 409, "allow": 200}),
    "vantax.assign_again": (assign_again_at_vantax, {"allow": 200, "refuse": 409}),
    "vantax.unassign_again": (unassign_again_at_vantax, {"allow": 200, "refuse": 409}),
}
