"""Secrets in every place of a request, of a rule and of a scenario."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any
from urllib.parse import quote

from simulator.application import Application
from simulator.http import Request, Response, settled

KEYS = {  # of each form that a provider documents; the number is the last part, which is never shown
    "cald": "caldLive{:032x}",
    "cartesia": "sk_car_planted{:08x}",
    "truedy": "truedy_{:032x}",
    "chirp": "sk_live_app_planted{:08x}",
    "vantax": "vx_live_planted{:08x}",
}
ROUTES = {
    "cald": "/client/api/v1/agents",
    "cartesia": "/agents",
    "truedy": "/api/public/v1/agents",
    "chirp": "/v1/phone-numbers",
    "vantax": "/v1/phone-numbers",
}
HEADERS = (  # those of vendors, and of clients that put a credential where none is looked for
    *("x-api-key", "api-key", "x-auth-token", "xi-api-key", "x-vapi-secret", "x-twilio-signature", "x-goog-api-key"),
    *("ocp-apim-subscription-key", "authentication", "x-amz-security-token", "x-access-token", "x-csrf-token"),
    *("proxy-authorization", "x-webhook-secret", "x-hub-signature"),
)
PARAMETERS = (
    "token",
    "access_token",
    "api_key",
    "apikey",
    "key",
    "sig",
    "auth",
    "client_secret",
    "password",
    "X-Amz-Signature",
)
FIELDS = (
    *("password", "secret", "token", "access_token", "refreshToken", "api_key", "apiKey", "client_secret", "authToken"),
    *("private_key", "passphrase", "webhook_secret", "credentials", "sip_password", "account_key"),
)


class Planter:
    """Sends requests with secrets, each of which is another one."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.planted: dict[str, str] = {}  # the part that must not be shown, and where it was put
        self.refusals: list[Response] = []
        self._numbers = itertools.count(0xFAB00001)

    def secret(self, place: str) -> str:
        """Return a secret that has no form."""
        number = next(self._numbers)
        self.planted[f"{number:x}"] = place
        return f"s3cr3t{number:x}"

    def key(self, provider: str, place: str) -> str:
        """Return a key of the form of a provider."""
        number = next(self._numbers)
        text = KEYS[provider].format(number)
        self.planted[text[-8:]] = f"{place}, {provider}"
        return text

    def send(self, method: str, path: str, query: str = "", body: Any = None, named: str = "", **headers: str) -> Response:
        """Send a request; underscores in header names stand for dashes, but for the header that is `named`."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        head = {"host": "localhost", "content-type": "application/json"}
        head |= {name.replace("_", "-"): value for name, value in headers.items()}
        head |= {named: "1"} if named else {}
        response = settled(self.application.handle(Request(method, path, query, head, raw)))
        if dict(response.headers).get("Content-Type", "").startswith("application/problem+json"):
            self.refusals.append(response)
        return response

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Send a control request that succeeds."""
        path, _, query = path.partition("?")
        response = self.send(method, f"/_simulator{path}", query, body)
        assert response.status < 300, response.body
        return json.loads(response.body) if response.body else None

    def plant_everywhere(self) -> None:
        """Put secrets wherever a client, a test or a scenario has room for one."""
        self._make_worlds()
        self._add_rules()
        for provider in KEYS:
            self._plant_keys(provider, f"/w/w/{provider}{ROUTES[provider]}")
        self._plant_others(f"/w/w/cald{ROUTES['cald']}")
        self._plant_bodies(f"/w/w/cald{ROUTES['cald']}")
        self._send_webhooks()
        self._make_mistakes()

    def _make_worlds(self) -> None:
        own = {"scenario": {"open": True, "seed": 7}}
        self.control("PUT", "/worlds/w", own)
        self.control("PUT", "/worlds/w/snapshots/before")
        hook = f"https://user:{self.secret('userinfo of a webhook')}@hooks.example/x?token={self.secret('query of a webhook')}"
        webhooks = [{"url": hook, "secret": self.secret("secret of a webhook")}]
        agent = "11111111-1111-4111-8111-111111111111"
        numbers = [{"phone_number": "+14155550142", "outbound_agent_id": agent}]
        self.truedy = self.key("truedy", "key of a scenario")
        account = {"keys": [self.truedy], "truedy": {"agents": [{"id": agent}], "numbers": numbers, "webhooks": webhooks}}
        clock = {"start": "2026-03-01T12:00:00Z", "frozen": True}
        closed = {"accounts": [account], "clock": clock, "lifecycles": {"truedy.call": "immediate"}}
        self.control("PUT", "/worlds/hooks", {"scenario": closed})
        self.control("PUT", "/worlds/hooks/snapshots/before")
        self.call = {"agent_id": agent, "phone_number": "+12125550199"}

    def _add_rules(self) -> None:
        """Rules that answer with secrets, that never fire, and that look at every part of a request."""
        headers = {"X-Auth-Token": self.secret("header of an answer"), "Set-Cookie": f"id={self.secret('cookie of an answer')}"}
        body = {"access_token": self.secret("body of an answer"), "note": self.key("chirp", "text of an answer")}
        usual, strange = {"operation": "cartesia.phone_numbers_list"}, {"provider": "cartesia", "path": "/nothing"}
        unmet = {"authorization": f"Bearer {self.key('cartesia', 'header of a rule')}"}
        for when, then in (
            (usual, {"status": 418, "headers": headers, "body": body}),
            (usual, {"amend": {"headers": headers, "body": body}}),
            ({**usual, "headers": unmet}, {"status": 418}),
            ({**strange, "query": {"token": self.secret("query of a rule")}}, {"status": 418}),
            ({**strange, "body": {"password": self.secret("body of a rule")}}, {"status": 418}),
        ):
            name = f"for {self.key('vantax', 'name of a rule')}"
            self.control("POST", "/worlds/w/rules", {"name": name, "times": 1, "when": when, "then": then})
        self.control(
            "POST", "/worlds/w/rules", {"when": {"key": self.key("cartesia", "key of a rule")}, "then": {"status": 418}}
        )
        looking = {"provider": "cald", "path": "/client/*", "body": {"nothing": 1}, "headers": {"x-debug": "*nothing*"}}
        self.control("POST", "/worlds/w/rules", {"when": looking, "then": {"status": 418}})
        key = self.key("cartesia", "key that meets rules")
        for _ in range(3):
            self.send("GET", "/w/w/cartesia/agents/phone-numbers", authorization=f"Bearer {key}", cartesia_version="2026-03-01")

    def _plant_keys(self, provider: str, path: str) -> None:
        """The keys of a provider, where they belong and where they do not."""

        def key(place: str) -> str:
            return self.key(provider, place)

        own = {"authorization": f"Bearer {key('where it belongs')}"}
        self.send("GET", path, **own)
        self.send("GET", path, authorization=key("without a scheme"))
        self.send("GET", path, authorization=f"Bearer {key('with more behind it')}!{self.secret('behind a key')}")
        encoded = base64.b64encode(key("in Basic").encode()).decode()
        self.planted[encoded[-10:]] = "Basic"
        self.send("GET", path, authorization=f"Basic {encoded}")
        self.send("GET", path, authorization=f"Digest username=u, response={key('in Digest')}")
        for name in (
            "x_api_key",
            "x_debug",
            "user_agent",
            "referer",
            "prefer",
            "idempotency_key",
            "cookie",
            "traceparent",
            "accept",
        ):
            self.send("GET", path, **own, **{name: key(f"header {name}")})
        self.send("GET", path, content_type=key("media type"), **own)
        self.send("GET", path, named=key("name of a header").lower(), **own)
        self.send("GET", path, f"api_key={key('query')}&k={quote(key('encoded query').replace('_', '%5F'), safe='%')}", **own)
        self.send("GET", path, f"{key('name of a parameter')}=1", **own)
        self.send("GET", f"{path}/{key('path')}", **own)
        self.send("GET", f"{path}/{key('encoded path').replace('_', '%5F').replace('c', '%63')}", **own)
        self.send("GET", f"/w/w/{key('name of a provider')}/x")
        self.send("GET", f"/w/w/{key('encoded name of a provider').replace('_', '%5F').replace('L', '%4C')}/x")
        self.send("GET", f"/w/{key('name of a world')}/x")
        self.send("GET", f"/{provider}{ROUTES[provider]}", x_simulator_world=key("header of a world"), **own)
        self.send(key("method"), path, **own)
        body = {key("name of a member"): {"deep": [key("member")]}, "text": f"mine is {key('text')}."}
        self.send("POST", path, body=body, **own)
        self.send("POST", path, body=json.dumps({"name": key("broken JSON")}).encode()[:-1], **own)
        escaped = "".join(f"\\u{ord(character):04x}" for character in key("escaped JSON"))
        self.send("POST", path, body=f'{{"name": "{escaped}"}}'.encode(), **own)
        form = f"name={key('form')}&{key('name of a field of a form')}=1".encode()
        self.send("POST", path, body=form, content_type="application/x-www-form-urlencoded", **own)

    def _plant_others(self, path: str) -> None:
        """Credentials of nobody here, told by the name of what holds them."""
        own = {"authorization": self.key("cald", "key")}
        for name in HEADERS:
            self.send("GET", path, **own, **{name: self.secret(f"header {name}")})
        for name in PARAMETERS:
            self.send("GET", path, f"{name}={self.secret(f'parameter {name}')}&limit=1", **own)
            referer = f"https://app.example/?a=1&{name}={self.secret(f'parameter {name} of a Referer')}"
            self.send("GET", path, **own, referer=referer)
        cookies = f"session={self.secret('cookie')}; theme=dark; other={self.secret('second cookie')}"
        self.send("GET", path, **own, cookie=cookies)
        self.send("GET", path, **own, referer=f"https://me:{self.secret('userinfo of a Referer')}@app.example/")
        self.send("GET", path, f"next=https://me:{self.secret('userinfo in a query')}@app.example/", **own)
        encoded = quote(
            f"https://me:{self.secret('encoded userinfo')}@app.example/?token={self.secret('token of a URL')}", safe=""
        )
        self.send("GET", path, f"next={encoded}", **own)

    def _plant_bodies(self, path: str) -> None:
        """Fields that are secret by their name, at every depth, in JSON that is whole or not, and in forms."""
        own = {"authorization": self.key("cald", "key")}
        for name in FIELDS:

            def secret(place: str, name: str = name) -> str:
                return self.secret(f"{place} {name}")

            self.send("POST", path, body={"name": "Ann", name: secret("field"), "deep": [{name: secret("deep field")}]}, **own)
            self.send("POST", path, body={name: [secret("list")]}, **own)
            self.send("POST", path, body={name: {"value": secret("object")}}, **own)
            self.send("POST", path, body=f'{{"{name}": "{secret("broken field")}", '.encode(), **own)
            form = f"a=1&{name}={secret('field of a form')}".encode()
            self.send("POST", path, body=form, content_type="application/x-www-form-urlencoded", **own)
            parts = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{secret("part")}\r\n--b--\r\n'.encode()
            self.send("POST", path, body=parts, content_type="multipart/form-data; boundary=b", **own)
        url = f"https://me:{self.secret('userinfo in a body')}@host.example/?sig={self.secret('signature in a body')}"
        self.send("POST", path, body={"name": "Ann", "webhook": url}, **own)

    def _send_webhooks(self) -> None:
        path = "/w/hooks/truedy/api/public/v1"
        assert self.send("POST", f"{path}/calls", body=self.call, authorization=f"Bearer {self.truedy}").status < 300
        self.control("POST", "/worlds/hooks/outbox/deliver")

    def _make_mistakes(self) -> None:
        """Control requests that are refused, with a secret where something else was expected."""
        secret, key = self.secret("control request"), self.key("cartesia", "control request")
        for method, path, body in (
            ("GET", f"/worlds/{key}", None),
            ("GET", f"/nothing/{key}", None),
            ("GET", f"/specs/{key}", None),
            ("GET", f"/worlds/w/requests/{key}", None),
            ("GET", f"/worlds/w/rules/{key}", None),
            ("PUT", "/worlds/x", {"scenario": key}),
            ("PUT", "/worlds/x", {"password": secret, key: 1}),
            ("PUT", "/worlds/x", {"scenario": {"accounts": [{"keys": [key], "cald": {"api_key": secret}}]}}),
            ("PUT", "/worlds/x", {"scenario": {"accounts": [{"keys": [f"{key}!"], "chirp": {}}]}}),
            ("POST", "/worlds/w/rules", {"when": {"operation": key}, "then": {"error": key, "password": secret}}),
            ("POST", "/worlds/w/clock", {"set": key}),
        ):
            assert self.send(method, f"/_simulator{path}", body=body).status >= 400
        for name in ("provider", "operation", "rule", key):
            assert self.send("GET", "/_simulator/worlds/w/requests", f"{name}={key}").status == 422
        self.send("GET", "/_simulator/health", host=f"{key}.example.com")
        self.send("PUT", "/_simulator/worlds/x", body=b'{"password": "' + secret.encode())
        self.send("DELETE", "/_simulator/worlds/w", "only_if_clean=true&unknown_fields=fail")
