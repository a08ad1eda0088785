"""A whole application at each provider: buy, assign, call, text, receive, be called back, release.

Everything goes over HTTP. The receiver is a Starlette application on a port of its own that takes a webhook for the provider's
only if it is what the provider's page tells receivers to check.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.conftest import World

CUSTOMER, MORE = "+14155550123", "+14155550124"
TURNS = [{"role": "agent", "text": "Front desk."}, {"role": "caller", "text": "Are you open?"}]
OPEN = {"open": True, "calls": {"to": {MORE: {"duration": "90s"}}}}  # a call to that number takes time, and so costs something
SECRET = "whsec_of_the_application"  # noqa: S105
ADA = {"id": "ct_ada", "phone": "+14155550125", "do_not_call": True}
Check = Callable[[Mapping[str, str], bytes], bool]


class Application:
    """The receiver of an application: keeps the webhooks that are the provider's, and refuses others with 401."""

    def __init__(self, is_authentic: Check) -> None:
        self.is_authentic = is_authentic
        self.received: list[Any] = []
        self.refused = 0
        self.url = ""
        self.app = Starlette(routes=[Route("/hooks", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        if not self.is_authentic(request.headers, await request.body()):
            self.refused += 1
            return Response(status_code=401)
        self.received.append(await request.json())
        return Response(status_code=200)

    def heard(self, member: str = "event") -> list[str]:
        """Return the names of the events since the last time."""
        received, self.received = self.received, []
        return [one[member] for one in received]


@contextmanager
def running(is_authentic: Check) -> Iterator[Application]:
    """Serve the receiver of an application."""
    application = Application(is_authentic)
    listener = socket.create_server(("127.0.0.1", 0))  # takes connections from now on, before the server runs
    application.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hooks"
    server = uvicorn.Server(uvicorn.Config(application.app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield application
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()


def deliver(world: World) -> None:
    """Send the webhooks that are due."""
    assert world.http.post(f"{world.control}/outbox/deliver").is_success


def come_in(world: World, kind: str, to: str, **more: Any) -> httpx.Response:
    """Call or write to a number from outside."""
    return world.http.post(f"{world.control}/inbound/{kind}", json={"from": CUSTOMER, "to": to, **more})


def forge(world: World, provider: str, **then: Any) -> None:
    """Let the provider's next webhook be one that receivers must refuse."""
    rule = {"when": {"event": f"{provider}.*"}, "times": 1, "then": then}
    assert world.http.post(f"{world.control}/rules", json=rule).is_success


def costs(world: World, provider: str) -> dict[str, float]:
    """Return what an application has paid at a provider, by kind, after another two minutes."""
    assert world.http.post(f"{world.control}/clock", json={"advance": "2m"}).is_success
    entries = world.http.get(f"{world.control}/ledger", params={"provider": provider}).json()["entries"]
    sums: dict[str, float] = {}
    for entry in entries:
        sums[entry["kind"]] = round(sums.get(entry["kind"], 0) + float(entry["amount"]), 6)
    return sums


def test_cartesia(make_world: Callable[..., World]) -> None:
    """Receivers compare `X-Webhook-Secret` with the secret of the registration (https://docs.cartesia.ai/agents/webhooks)."""
    world = make_world(OPEN)
    api = world.api("cartesia", Authorization="Bearer sk_car_demo", Cartesia_Version="2026-03-01")
    with running(lambda headers, _: hmac.compare_digest(headers.get("x-webhook-secret", ""), SECRET)) as application:
        agent = api("POST", "/v1/agents", {"name": "Front desk"}).json()["id"]
        number = api("POST", "/agents/phone-numbers/provision", {"label": "Main line"}).json()
        assert come_in(world, "calls", number["number"]).status_code == 409, "no agent has it"
        assert api("PATCH", f"/agents/phone-numbers/{number['id']}", {"agent_id": agent}).status_code == 200
        webhook = api("POST", "/agents/webhooks", {"url": application.url, "secret": SECRET}).json()
        assert api("PATCH", f"/agents/{agent}", {"webhook_id": webhook["id"]}).status_code == 200

        calls = [{"to_number": CUSTOMER}, {"to_number": "+442079460000"}]
        answer = api("POST", "/agents/calls", {"from_number_id": number["id"], "agent_id": agent, "outbound_calls": calls})
        placed, abroad = answer.json()["calls"]
        assert "error" in str(abroad), "only the US can be called"
        deliver(world)
        assert {*application.heard("type")} == {"call_started", "call_turn", "call_completed", "post_call_analysis"}
        assert api("GET", f"/agents/calls/{placed['agent_call_id']}").json()["status"] == "completed"
        assert api("GET", f"/agents/calls/{placed['agent_call_id']}/audio").content[:4] == b"RIFF"

        assert come_in(world, "calls", number["number"], turns=TURNS).status_code == 201
        assert "call_completed" in application.heard("type")
        assert come_in(world, "messages", number["number"], text="Hi").status_code == 409, "no number takes messages"

        body = {"from_number_id": number["id"], "agent_id": agent, "outbound_calls": [{"to_number": MORE}]}
        assert api("POST", "/agents/calls", body).is_success
        assert costs(world, "cartesia") == {"purchase": 0, "call": 0.148}

        path = f"/agents/phone-numbers/{number['id']}"
        assert api("DELETE", path).status_code == 400
        assert api("PATCH", path, {"agent_id": None}).status_code == 200
        assert api("DELETE", path).status_code == 204
        assert come_in(world, "calls", number["number"]).status_code == 404
    assert application.refused == 0


def test_cald(make_world: Callable[..., World]) -> None:
    """The pages have no signature; what comes is the call, as the API shows it (https://docs.cald.ai)."""
    world = make_world(OPEN)
    api = world.api("cald", Authorization="caldLiveDe39a3accb206dd615f30d118e519df0")
    with running(lambda headers, _: headers["content-type"] == "application/json") as application:
        settings = {"name": "Front desk", "greeting": "Hi!", "webhookSettings": {"enable": True, "url": application.url}}
        agent = api("POST", "/agents", settings).json()["agentId"]
        bought = api("POST", "/phonenumbers", {"prefix": "+1415"}).json()
        number, path = bought["phoneNumber"], f"/phonenumbers/{bought['phoneNumberId']}"
        assert come_in(world, "calls", number).status_code == 409, "no agent has it"
        assert api("PATCH", path, {"agentId": agent}).status_code == 200

        placed = api("POST", f"/agents/{agent}/call", {"phoneNumber": CUSTOMER}).json()["callId"]
        deliver(world)
        assert application.received == [api("GET", f"/calls/{placed}").json()]
        came = come_in(world, "calls", number, turns=TURNS).json()
        assert application.heard("callId") == [placed, *came["records"]]
        assert come_in(world, "messages", number, text="Hi").status_code == 409, "no number takes messages"

        assert api("POST", f"/agents/{agent}/call", {"phoneNumber": MORE}).is_success
        assert costs(world, "cald") == {"purchase": 0, "rent": 10, "call": 0.2}

        assert api("PATCH", path, {}).status_code == 200, "a PATCH without an agent takes it from its agent"
        assert come_in(world, "calls", number).status_code == 409
        assert api("DELETE", path).status_code == 200
        assert come_in(world, "calls", number).status_code == 404
    assert application.refused == 0


def verify_truedy(headers: Mapping[str, str], body: bytes) -> bool:
    """Check signature and age, as https://docs.truedy.ai/guides/securing-webhooks says."""
    timestamp = headers["x-truedy-timestamp"]
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    is_fresh = abs(time.time() - int(timestamp)) <= 300
    return is_fresh and hmac.compare_digest(expected, headers["x-truedy-signature"])


def test_truedy(make_world: Callable[..., World]) -> None:
    """Receivers verify `X-Truedy-Signature` over the exact bytes, and refuse what is older than five minutes."""
    key = "truedy_Demo0000000000000000000000000000"
    with running(verify_truedy) as application:
        hooks = [{"url": application.url, "secret": SECRET}]
        world = make_world({**OPEN, "open": False, "accounts": [{"keys": [key], "truedy": {"webhooks": hooks}}]})
        api = world.api("truedy", Authorization=f"Bearer {key}")
        voice = api("GET", "/voices").json()["data"][0]["id"]
        agent = {"name": "Front desk", "voice_id": voice, "system_prompt": "You answer the phone.", "greeting": "Hello!"}
        agent_id = api("POST", "/agents", agent).json()["data"]["id"]
        call = {"agent_id": agent_id, "phone_number": CUSTOMER}
        assert api("POST", "/calls", call).json()["error"]["code"] == "no_phone_number_configured"

        found = api("POST", "/telephony/numbers/search", {"country_code": "US", "area_code": "415"}).json()["data"]
        number = (found if isinstance(found, list) else found["numbers"])[0]["phone_number"]
        bought = api("POST", "/telephony/numbers/purchase", {"phone_number": number}).json()["data"]
        for way in ("inbound", "outbound"):
            body = {"number_id": bought["id"], "agent_id": agent_id, "assignment_type": way}
            assert api("POST", "/telephony/numbers/assign", body).is_success

        placed = api("POST", "/calls", call).json()["data"]["id"]
        deliver(world)
        assert application.heard() == ["call.started", "call.joined", "call.ended", "call.billed"]
        assert api("GET", f"/calls/{placed}").json()["data"]["status"] == "completed"
        assert come_in(world, "calls", number, turns=TURNS).status_code == 201
        assert application.heard() == ["call.started", "call.joined", "call.ended", "call.billed"]
        assert application.refused == 0
        for forgery in ("stale", "wrong_secret", "changed_body"):
            forge(world, "truedy", delivery=forgery)
            assert come_in(world, "calls", number).status_code == 201
        assert application.refused == 3
        assert len(application.heard()) == 9
        assert come_in(world, "messages", number, text="Hi").status_code == 409, "no number takes messages"

        assert api("POST", "/calls", {**call, "phone_number": MORE}).is_success
        assert costs(world, "truedy") == {"purchase": 1, "rent": 1, "call": 0.2}

        batch = {"name": "Follow-up", "agent_id": agent_id, "contacts": [{"phone_number": CUSTOMER}, {"phone_number": number}]}
        batch_id = api("POST", "/batch-calls", batch).json()["data"]["id"]
        assert api("POST", f"/batch-calls/{batch_id}/schedule", {}).is_success
        deliver(world)
        assert "batch.completed" in application.heard()

        path = f"/telephony/numbers/{bought['id']}"
        assert api("DELETE", path).status_code == 422, "it is assigned"
        for way in ("inbound", "outbound"):
            body = {"number_id": bought["id"], "assignment_type": way}
            assert api("POST", "/telephony/numbers/unassign", body).is_success
        assert api("DELETE", path).is_success
        assert come_in(world, "calls", number).status_code == 404


def test_chirp(make_world: Callable[..., World]) -> None:
    """Receivers compare a header that they configured (https://docs.buildwithchirp.com/sms/webhooks-setup)."""
    world = make_world(OPEN)
    admin = world.api("chirp", Authorization="Bearer sk_admin_demo")
    app = world.api("chirp", Authorization="Bearer sk_live_app_demo")
    with running(lambda headers, _: hmac.compare_digest(headers.get("x-webhook-secret", ""), SECRET)) as application:
        app_id = admin("GET", "/v1/organization/apps").json()["apps"][0]["id"]
        number = "+14155551234"
        purchase = {"phoneNumber": number, "numberType": "local"}
        bought = admin("POST", f"/v1/organization/phone-numbers/{app_id}/purchase", purchase).json()["phoneNumberId"]
        sms = {"from": number, "to": [CUSTOMER, MORE], "text": "We are open."}
        assert [one["phoneNumberId"] for one in app("GET", "/v1/phone-numbers").json()["phoneNumbers"]] == [bought]
        assert app("DELETE", f"/v1/phone-numbers/{bought}").status_code == 200, "the purchase was for the app"
        assert app("POST", "/v1/sms", sms).json()["error"]["code"] == "phone_number_not_assigned"
        assert app("POST", "/v1/phone-numbers", {"phoneNumberId": bought}).status_code == 201
        events = ["messages.sms.received", "messages.sms.sent", "messages.sms.delivered", "calls.initiated", "calls.completed"]
        hook = {"url": application.url, "events": events, "headers": {"X-Webhook-Secret": SECRET}}
        assert app("POST", "/v1/webhooks", hook).status_code == 201

        assert app("POST", "/v1/sms", sms).json()["status"] == "QUEUED"
        deliver(world)
        assert sorted(application.heard()) == ["messages.sms.delivered"] * 2 + ["messages.sms.sent"] * 2
        log = admin("GET", "/v1/organization/sms/messages").json()["messages"]
        assert [[one["phoneNumber"] for one in message["recipients"]] for message in log] == [[MORE], [CUSTOMER]]
        assert app("POST", "/v1/calls", {"from": number, "to": CUSTOMER}).status_code == 201
        deliver(world)
        assert application.heard() == ["calls.initiated", "calls.completed"]

        assert come_in(world, "messages", number, text="Are you open?").status_code == 201
        assert application.heard() == ["messages.sms.received"]
        came = come_in(world, "calls", number)
        assert came.status_code == 201
        (call_id,) = came.json()["records"]
        assert application.heard() == ["calls.initiated"]
        assert app("POST", f"/v1/calls/{call_id}/commands", {"type": "answer"}).is_success
        assert app("POST", f"/v1/calls/{call_id}/commands", {"type": "hangup"}).is_success
        deliver(world)
        assert application.heard() == ["calls.completed"]
        assert application.refused == 0
        forge(world, "chirp", delivery="wrong_secret")
        come_in(world, "messages", number, text="Are you there?")
        assert (application.refused, application.heard()) == (1, [])

        assert app("POST", "/v1/calls", {"from": number, "to": MORE}).is_success
        assert costs(world, "chirp") == {"purchase": 1, "rent": 1, "call": 0.02, "message": 0.04}

        assert app("DELETE", f"/v1/phone-numbers/{bought}").status_code == 200
        assert app("POST", "/v1/sms", sms).json()["error"]["code"] == "phone_number_not_assigned"
        assert come_in(world, "messages", number, text="Hi").status_code == 409, "no app has it"
        assert admin("DELETE", f"/v1/organization/phone-numbers/{bought}").status_code == 200
        assert come_in(world, "messages", number, text="Hi").status_code == 404


def test_vantax(make_world: Callable[..., World]) -> None:
    """The pages have no signature; events have the shape of the workflow triggers (https://docs.vantaxai.com/docs/workflows)."""
    with running(lambda headers, _: headers["content-type"] == "application/json") as application:
        accounts = [{"keys": ["vx_live_x"], "vantax": {"webhooks": [{"url": application.url}], "contacts": [ADA]}}]
        world = make_world({**OPEN, "open": False, "accounts": accounts})
        api = world.api("vantax", x_api_key="vx_live_x")
        sub = {"sub_account_id": "sub_8a1f4c2e"}
        voice = api("GET", "/voices").json()["data"][0]["id"]
        agent = {**sub, "name": "Front desk", "voice_id": voice, "ai_model": "gpt-4o", "system_prompt": "You answer the phone."}
        agent_id = api("POST", "/agents", agent).json()["data"]["id"]
        call = {"agent_id": agent_id, "phone_number": CUSTOMER}
        assert api("POST", "/calls", call).status_code == 422, "the agent has no number"
        bought = api("POST", "/phone-numbers", {**sub, "country": "US", "area_code": "415"}).json()["data"]
        number, path = bought["number"], f"/phone-numbers/{bought['id']}"
        assert api("POST", f"{path}/assign", {"agent_id": agent_id}).status_code == 200

        placed = api("POST", "/calls", call).json()["data"]["call_id"]
        deliver(world)
        assert application.heard("type") == ["call.completed"]
        assert api("GET", f"/calls/{placed}").json()["data"]["status"] == "completed"
        assert come_in(world, "calls", number, turns=TURNS).status_code == 201
        assert come_in(world, "messages", number, text="Are you open?").status_code == 201
        assert application.heard("type") == ["contact.created", "call.completed", "message.received"]

        (conversation,) = api("GET", "/conversations", params=sub).json()["data"]
        messages = f"/conversations/{conversation['id']}/messages"
        sms = {"channel": "sms", "content": "We are.", "from_phone_number_id": bought["id"]}
        assert api("POST", messages, sms).is_success
        assert [one["content"] for one in api("GET", messages).json()["data"]] == ["Are you open?", "We are."]
        assert api("POST", "/calls", {"agent_id": agent_id, "contact_id": "ct_ada"}).status_code == 409, (
            "she is not to be called"
        )

        assert api("POST", "/calls", {**call, "phone_number": MORE}).is_success
        assert costs(world, "vantax") == {"purchase": 0, "rent": 1, "call": 0.2, "message": 0.01}

        assert api("POST", f"{path}/unassign").status_code == 200
        assert come_in(world, "calls", number).status_code == 409
        assert api("DELETE", path).is_success
        assert come_in(world, "messages", number, text="Hi").status_code == 404
    assert application.refused == 0
