"""Keys and secrets are never shown in full: not in the journal, not in an explanation, not in the state, not in a log."""

from __future__ import annotations

import itertools
import json
import logging
import shlex
import time
from typing import Any

import pytest

from simulator.documents import read
from simulator.engine.masking import Mask
from simulator.registry import data_folder
from tests.demo_provider import demo_registry
from tests.scenarios.shops import SHOPS
from tests.unit.steering import AGENTS, BUY, Steered
from tests.unit.subject import PROVIDERS

TWILIO = {"type": "twilio", "account_sid": "AC" + "0" * 32, "api_key_sid": "SK" + "0" * 32}
TRUNK = {"type": "sip_trunk", "label": "Trunk"}
SECRET = "hunter2-hunter2"  # noqa: S105  (of these tests)


def _shown(steered: Steered) -> str:
    """Everything that the control API shows of what happened in a world."""
    pages = [steered.told("GET", path) for path in ("/requests?limit=1000", "/state", "/clock", "/rules", "")]
    pages[-1].pop("providers")  # the keys that a world is meant to be used with
    pages += [steered.told("GET", f"/requests/{line['id']}") for line in pages[0]["requests"]]
    pages += [steered.told("GET", f"/rules/{rule['id']}") for rule in pages[3]["rules"]]
    return json.dumps(pages, ensure_ascii=False)


KEYS = {
    "cald": ["caldLive" + "0123456789abcdef" * 2, "caldLive" + "0123456789abcdef" * 2 + "_revoked"],
    "cartesia": ["sk_car_demo", "sk_car_Xy", "sk_car_abcdefghijklmnopqrstuvwxyz"],
    "chirp": ["sk_admin_demo", "sk_admin_abcdefghijklmnopqrstuvwxyz", "sk_live_app_q1w2e3r4t5"],
    "truedy": ["truedy_" + "abcdefgh" * 4],
    "vantax": ["vx_live_demo", "vx_live_agency_demo", "vx_live_abcdefghijklmnop"],
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in KEYS.items() for key in keys])
def test_a_key_is_shown_nowhere(steered: Steered, name: str, key: str) -> None:
    """Whatever is asked with it, whatever comes of it."""
    shop = SHOPS[name](steered.world, key)
    steered.rule({"delay": "1ms"}, {"provider": name, "headers": {"authorization": "*no*"}})
    shop.ask()
    shop.hire() if name != "chirp" and "agency" not in key and "revoked" not in key else None
    assert key not in _shown(steered)


MALFORMED = [
    "demo_0123",
    "Bearer demo_" + "0" * 32,
    "Bearer sk_car_abcdef ghijkl",
    "sk_car_abcdef ghijkl mnopqr",
    "Basic c2VjcmV0OnBhc3N3b3Jk",
    "Bearer short",
    "x" * 13,
    "zqx",
]


@pytest.mark.parametrize("value", MALFORMED)
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key", "Cookie", "Proxy-Authorization"])
def test_a_credential_that_is_no_key_is_shown_nowhere(steered: Steered, header: str, value: str) -> None:
    """A mistyped key may be nearly the right one."""
    steered.demo("GET", AGENTS, headers={header: value})
    shown = _shown(steered)
    assert value not in shown
    assert value.rpartition(" ")[2] not in shown
    assert value.split(" ")[-2 if value.startswith("sk_") else -1] not in shown


def test_a_key_in_another_place_is_shown_nowhere(steered: Steered) -> None:
    """In a path, a query, a header, a body or the name of a field; percent-encoded or not."""
    key, other = "sk_car_abcdefghijklmnop", "demo_" + "0123456789abcdef" * 2
    encoded = key.replace("_", "%5F")
    for place in (key, encoded, f"x{key}y"):
        steered.demo("GET", f"{AGENTS}/{place}?key={place}&{place}=1", headers={"X-Debug": f"key {key}"})
        steered.demo("GET", f"/no/{place}")
    steered.world.http.get(f"{steered.world.url}/nobody/{key}?k={encoded}")
    body = {"name": f"mine is {key}", key: {"deep": [other]}}
    steered.demo("POST", AGENTS, body)
    steered.demo("POST", AGENTS, content=json.dumps(body)[:-2].encode(), headers={"Content-Type": "application/json"})
    shown = _shown(steered)
    assert (key in shown, other in shown, encoded in shown) == (False, False, False)
    assert "sk_car_abcde…" in shown


def test_a_minted_key_is_shown_once(steered: Steered) -> None:
    """To the client that made it; afterwards neither the journal nor the tables have it, nor what was asked with it."""
    admin = steered.world.api("chirp", Authorization="Bearer sk_admin_demo")
    app = admin("GET", "/v1/organization/apps").json()["apps"][0]["id"]
    keys = [
        admin("POST", "/v1/organization/app-keys", {"name": "CI", "appId": app}).json()["key"],
        admin("POST", "/v1/organization/admin-keys", {"name": "CI"}).json()["key"],
    ]
    assert steered.world.api("chirp", Authorization=f"Bearer {keys[0]}")("GET", "/v1/phone-numbers").status_code == 200
    shown = _shown(steered)
    assert [key in shown for key in keys] == [False, False]


CREDENTIALS = {"credentials": {"username": "u", "password": SECRET}}
SIP = {"provider_type": "custom_sip", "sip_username": "u", "sip_password": SECRET, "sip_server": "s"}
IMPORTED = {"phone_number": "+14155550142"}
LINK, IMPORT = "/agents/phone-numbers/providers", "/telephony/numbers/import"
BODIES: list[tuple[str, str, dict[str, Any]]] = [
    ("cartesia", LINK, {**TWILIO, "api_key_secret": SECRET}),
    ("cartesia", LINK, {**TWILIO, "api_key_secret": [SECRET]}),
    ("cartesia", LINK, {**TRUNK, "inbound": CREDENTIALS}),
    ("cartesia", LINK, {**TRUNK, "outbound": CREDENTIALS}),
    ("truedy", IMPORT, {**IMPORTED, "provider_type": "telnyx", "api_key": SECRET}),
    ("truedy", IMPORT, {**IMPORTED, "provider_type": "twilio", "account_sid": "AC", "auth_token": SECRET}),
    ("truedy", IMPORT, {**IMPORTED, **SIP}),
    ("truedy", "/telephony/numbers/search", {"api_key": SECRET}),
    ("truedy", "/telephony/numbers/purchase", {**IMPORTED, "api_key": SECRET}),
]


@pytest.mark.parametrize("way", ["as it is", "escaped", "cut off", "as a form", "without a media type"])
@pytest.mark.parametrize(("provider", "path", "body"), BODIES)
def test_a_secret_field_is_shown_nowhere(steered: Steered, provider: str, path: str, body: dict[str, Any], way: str) -> None:
    """Neither accepted nor refused; however it is written; nor by a rule that looked at the body."""
    shop = SHOPS[provider](steered.world)
    steered.rule({"delay": "1ms"}, {"provider": provider, "path": "*", "body": {"looked_at": 1}})
    text = json.dumps(body)
    media = "application/json"
    if way == "escaped":
        text = text.replace("api_key_secret", "api_key_secre\\u0074").replace("auth_token", "auth_toke\\u006e")
    elif way == "cut off":
        text = text[: text.index(SECRET) + len(SECRET)]
    elif way == "as a form":
        text, media = "&".join(f"{key}={value}" for key, value in _flat(body)), "application/x-www-form-urlencoded"
    headers = {"Content-Type": media} if way != "without a media type" else {}
    shop.api("POST", path, content=text.encode(), headers=headers)
    assert SECRET not in _shown(steered)
    assert SECRET not in steered.last()["curl"]


def _flat(body: dict[str, Any]) -> list[tuple[str, str]]:
    nested = [pair for value in body.values() if isinstance(value, dict) for pair in _flat(value)]
    return [
        *(
            (key, value if isinstance(value, str) else "".join(value))
            for key, value in body.items()
            if not isinstance(value, dict)
        ),
        *nested,
    ]


def test_a_secret_that_breaks_the_spec_is_not_quoted(steered: Steered) -> None:
    """What is wrong with it is told without it."""
    cartesia = SHOPS["cartesia"](steered.world)
    cartesia.api("POST", "/agents/phone-numbers/providers", {**TWILIO, "api_key_secret": 271828182845})
    told = steered.last()
    assert told["violations"]
    assert "271828182845" not in json.dumps(told)


def test_a_secret_that_a_rule_expects_is_not_given_away(steered: Steered) -> None:
    """Nor by the explanations of requests that it does not match, which say what it expects."""
    for when in ({"query": {"token": SECRET}}, {"headers": {"X-Vapi-Secret": SECRET}}, {"headers": {"api-key": f"*{SECRET}"}}):
        steered.told("POST", "/rules", {"when": {"provider": "demo", **when}, "then": {"status": 503}})
    steered.demo("GET", f"{AGENTS}?token=x", headers={"X-Vapi-Secret": "y"})
    shown = _shown(steered)
    assert "the rule expects" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("query", ["token[]={}", "a[client_secret]={}", "a%5Btoken%5D={}", "access_token%5B%5D={}"])
def test_secrets_in_lists_and_objects_of_a_query(steered: Steered, query: str) -> None:
    """As forms and query strings of many frameworks have them."""
    steered.demo("GET", f"{AGENTS}?{query.format(SECRET)}")
    assert SECRET not in _shown(steered)


@pytest.mark.parametrize(
    "element", ["<password>{}</password>", "<a:clientSecret x='1'>{}</a:clientSecret>", "<authToken>\n{}</authToken>"]
)
def test_secrets_in_xml(steered: Steered, element: str) -> None:
    """In the elements that are named so."""
    raw = f"<order>{element.format(SECRET)}<name>Anna</name></order>".encode()
    steered.demo("POST", BUY, content=raw, headers={"Content-Type": "application/xml"})
    shown = _shown(steered)
    assert SECRET not in shown
    assert "<name>Anna</name>" in shown


@pytest.mark.parametrize("name", ["Authorization", "cookie", "X-API-Key"])
def test_headers_in_a_body(steered: Steered, name: str) -> None:
    """As those with which a webhook is to be sent."""
    steered.demo("POST", BUY, json={"headers": {name: SECRET, "Accept": "*/*"}})
    shown = _shown(steered)
    assert SECRET not in shown
    assert "*/*" in shown


NAMED: list[Any] = [
    [{"name": "Authorization", "value": SECRET}],
    {"key": "X-Api-Key", "value": SECRET},
    {"header": "X-Webhook-Signature-Key", "value": [SECRET]},
    {"value": {"is": SECRET}, "field": "client_secret"},
    [["password", SECRET], ["Accept", "*/*"]],
]


@pytest.mark.parametrize("named", NAMED)
def test_a_secret_beside_its_name(steered: Steered, named: Any) -> None:
    """As lists of headers and of variables have it; what has another name is shown."""
    steered.rule({"delay": "1ms"}, {"body": {"sent": "no"}})
    steered.demo("POST", BUY, json={"sent": named, "plain": [{"name": "colour", "value": "green"}, ["size", "extra large"]]})
    shown = _shown(steered)
    assert SECRET not in shown
    assert "green" in shown
    assert "extra large" in shown


def test_a_rule_that_names_a_key_does_not_give_it_away(steered: Steered) -> None:
    """Why it did not apply is told without the key of the request."""
    key = "demo_" + "0123456789abcdef" * 2
    rule = steered.rule({"status": 418}, {"key": "demo_1*", "headers": {"x-debug": "*"}})
    steered.demo("GET", AGENTS, headers={"Authorization": key, "X-Debug": key})
    told = steered.last()
    (why,) = [each["why"] for each in told["rules"] if each["id"] == rule]
    assert why == "the key is 'demo_0123456…', the rule expects 'demo_1*'"
    assert key not in json.dumps(told)
    assert key not in json.dumps(steered.told("GET", f"/rules/{rule}"))


def test_nothing_is_logged_of_a_key(steered: Steered, caplog: pytest.LogCaptureFixture) -> None:
    """A server that serves says nothing of whom."""
    with caplog.at_level(logging.DEBUG, "simulator"):
        steered.demo("POST", BUY, {})
        steered.demo("GET", AGENTS, headers={"Authorization": "demo_" + "9" * 32})
    assert "demo_" not in caplog.text


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_spec_marks_what_is_secret(name: str) -> None:
    """Whatever is called a password, a secret, a token or a carrier's key in a request is `format: password`."""
    spec = read(data_folder("specs") / f"{name}.yaml").content
    found = [(key, value) for key, value in _properties(spec) if key.endswith(("password", "secret", "token", "api_key"))]
    schemas = spec["components"]["schemas"]
    resolved = [(key, schemas[value["$ref"].rpartition("/")[2]] if "$ref" in value else value) for key, value in found]
    assert [key for key, value in resolved if value.get("format") != "password"] == []


def _properties(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, list):
        return [pair for each in node for pair in _properties(each)]
    if not isinstance(node, dict):
        return []
    own = [pair for pair in node.get("properties", {}).items() if isinstance(pair[1], dict)] if "type" in node else []
    return [*own, *(pair for value in node.values() for pair in _properties(value))]


NAMES = ("token", "access_token", "api_key", "apiKey", "client_secret", "clientSecret", "authToken", "private_key", "password")
HEADERS = ("X-Auth-Token", "xi-api-key", "X-Vapi-Secret", "X-Twilio-Signature", "Ocp-Apim-Subscription-Key", "Authentication")
SHOWN = {"next_page_token": "shown-1", "max_tokens": "shown-2", "keys": "shown-3", "label": "shown-4"}


def test_fifty_secrets_of_others(steered: Steered) -> None:
    """What is a secret by its name, wherever a client or a rule has it, shows nowhere; what only looks alike does."""
    numbers = itertools.count(100)
    planted: list[str] = []

    def secret() -> str:
        planted.append(f"s3cr3t{next(numbers)}x{'y' * (len(planted) % 7)}")
        return planted[-1]

    for header in HEADERS:
        steered.demo("GET", AGENTS, headers={header: secret()})
    for name in (*NAMES, "key", "sig", "auth"):
        steered.demo("GET", f"{AGENTS}?{name}={secret()}&label=shown-5")
    for name in NAMES:
        steered.demo("POST", BUY, {name: secret(), "deep": [{name: secret()}], **SHOWN})
        text = f'{{"{name}": "{secret()}", '
        steered.demo("POST", BUY, content=text, headers={"Content-Type": "application/json"})
    urls = f"https://user:{secret()}@host.example/x?token={secret()}"
    steered.demo("POST", BUY, {"url": urls}, headers={"Referer": urls})
    key = "sk_car_" + secret()
    when = {"operation": "cartesia.phone_numbers_list", "headers": {"Authorization": f"Bearer {key}", "X-Token": secret()}}
    steered.rule({"status": 418, "body": {"access_token": secret()}}, when, name=f"for {key}")
    steered.rule({"status": 418}, {"provider": "cartesia", "key": key})
    told = [steered.control("GET", path).text for path in ("/rules", "/requests?limit=1000", "/state", "/verdict")]
    told += [steered.control("GET", f"/requests/{entry['id']}").text for entry in steered.journal("?limit=1000")]
    told += [steered.control("GET", f"/rules/{rule}").text for rule in steered.rules()]
    everything = "\n".join(told)
    assert len(planted) >= 50
    assert [secret for secret in planted if secret in everything] == []
    assert [shown for shown in (*SHOWN.values(), "shown-5", "host.example") if shown not in everything] == []


@pytest.mark.parametrize(
    "text", ["x" * 60_000, "token" * 12_000, "a-" * 30_000, "://" * 20_000 + "@", "token=" * 10_000, '"' * 60_000]
)
def test_masking_takes_time_in_proportion_to_the_text(text: str) -> None:
    """Whatever a client sends."""
    mask = Mask(demo_registry().providers.values())
    mask.text("x")
    began = time.process_time()
    mask.text(text)
    assert time.process_time() - began < 1


COMMANDS = {
    "run --api-key s3cr3t --verbose": "run --api-key '…' --verbose",
    "run --password --verbose shown": "run --password --verbose shown",
    "run '--client-secret=s3cr3t s3cr3t' --port=80": "run '--client-secret=…' --port=80",
    "env AUTH_TOKEN=s3cr3t run": "env 'AUTH_TOKEN=…' run",
    "curl -H 'X-Custom-Token: s3cr3t' -H 'X-Label: shown'": "curl -H 'X-Custom-Token: …' -H 'X-Label: shown'",
    "curl -H 'Authorization: Bearer shown-abcdefs3cr3t'": "curl -H 'Authorization: Bearer shown-abcdef…'",
    "run https://u:s3cr3t@host/x?sig=s3cr3t": "run 'https://…@host/x?sig=…'",
    'run --key s3cr3t -c \'label = "shown"; token="s3cr3t"\'': "run --key '…' -c 'label = \"shown\"; token=\"…\"'",
    "run --idempotency-key order-17 test_a.py::test_b C:/x": "run --idempotency-key order-17 test_a.py::test_b C:/x",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_line_shows_no_secret(command: str) -> None:
    """Whichever way it takes them; all else can be copied."""
    mask = Mask(demo_registry().providers.values())
    assert mask.command(shlex.split(command)) == COMMANDS[command]
