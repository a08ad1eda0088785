"""A Chirp organisation: its resources, its keys, its seeds and how its records are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from simulator.provider import (
    Account,
    Call,
    Environment,
    Error,
    KsuidIds,
    OffsetPages,
    Provider,
    Record,
    Reply,
    RequestInfo,
    Resource,
    Seeding,
    millis,
    snake_case,
)
from simulator.providers.chirp import records
from simulator.providers.chirp.errors import Errors, render
from simulator.providers.chirp.events import WEBHOOKS
from simulator.providers.chirp.traits import NumberType, traits_of

R = TypeVar("R", bound=Record)


def app_of(call: Call[Any]) -> records.Application:
    """Return the app of a request: that of the path, or the one that the key belongs to."""
    return apps.get(call, app_id_of(call))


def app_id_of(call: Call[Any]) -> str:
    """Return the id of that app; requests with an admin key have it in the path."""
    return str(call.params["appId"] if call.credential.scheme == records.ADMIN.scheme else call.credential.subject)


def kept(table: str, record: type[R], prefix: str, not_found: Error, param: str = "", **more: Any) -> Resource[R]:
    """Return a resource whose ids are a prefix and a KSUID."""
    return Resource(table, record, not_found=not_found, ids=KsuidIds(prefix), param=param, names=snake_case, **more)


def of_app(table: str, record: type[R], prefix: str, not_found: Error, param: str, **more: Any) -> Resource[R]:
    """Return a resource of which a request sees the records of one app."""
    return kept(table, record, prefix, not_found, param, within="app_id", scope=lambda call: app_of(call).id, **more)


apps = kept("apps", records.Application, "app_", Errors.APP_NOT_FOUND, "appId", unique={"slug": Errors.SLUG_TAKEN})
PART_OF_APP: dict[str, Any] = {"refers": {"app_id": apps}, "on_delete": {"app_id": "remove"}}
numbers = kept(
    "numbers",
    records.Number,
    "ph_",
    Errors.NUMBER_NOT_FOUND,
    "phoneNumberId",
    by=("app_ids", "number"),
    settles="number",
    derive={"traits": lambda fields: traits_of(fields["number"])},
    claims="number",
)
purchases = kept("purchases", records.Purchase, "ph_purch_", Errors.NUMBER_NOT_FOUND, by=("phone_number_id",))
app_keys = kept("app_keys", records.AppKey, records.LIVE.ids.prefix, Errors.KEY_NOT_FOUND, "id", filters=("app_id",))
admin_keys = kept("admin_keys", records.AdminKey, records.ADMIN.ids.prefix, Errors.KEY_NOT_FOUND, "id")
webhooks = of_app("webhooks", records.Webhook, "whk_", Errors.WEBHOOK_NOT_FOUND, "webhookId", **PART_OF_APP)
callings = kept("callings", records.Calling, "cc_", Errors.APP_NOT_FOUND, **PART_OF_APP)
messages = kept(
    "messages",
    records.Message,
    "msg_sms_",
    Errors.MESSAGE_NOT_FOUND,
    "messageId",
    lifecycle="sms",
    filters=("app_id", "direction"),
)
calls = of_app(
    "calls",
    records.PhoneCall,
    "call_",
    Errors.CALL_NOT_FOUND,
    "callId",
    by=("incoming_id", "under_way_in"),
    lifecycle="call",
)
recordings = of_app(
    "recordings",
    records.Recording,
    "call_rec_",
    Errors.RECORDING_NOT_FOUND,
    "recordingId",
    by=("call_id",),
    lifecycle="recording",
)
voicemails = of_app("voicemails", records.Voicemail, "call_vm_", Errors.VOICEMAIL_NOT_FOUND, "voicemailId")

LISTS = {
    "list_apps": "apps",
    "list_admin_keys": "keys",
    "list_phone_numbers": "phoneNumbers",
    "list_app_phone_numbers": "phoneNumbers",
    "list_organization_phone_numbers": "phoneNumbers",
    "list_webhooks": "webhooks",
    "list_app_webhooks": "webhooks",
}


class State:
    """One organisation."""

    def __init__(self, account: Account[State], seed: records.ChirpSeed) -> None:
        self.apps, self.numbers, self.purchases = apps.open(account), numbers.open(account), purchases.open(account)
        self.app_keys, self.admin_keys = app_keys.open(account), admin_keys.open(account)
        self.webhooks, self.callings = webhooks.open(account), callings.open(account)
        self.messages, self.calls = messages.open(account), calls.open(account)
        self.recordings, self.voicemails = recordings.open(account), voicemails.open(account)
        self.organization_id = KsuidIds("org_")(account.world.ids, account.world.clock.now())


def fill(seeding: Seeding[State], seed: records.ChirpSeed) -> None:
    """Add the apps of a scenario with their keys, and the numbers that were bought in the dashboard."""
    account = seeding.account
    keys = account.keys() or [family.prefix + account.tenant for family in (records.TEST, records.LIVE, records.ADMIN)]
    _add_apps(seeding, seed, [key for key in keys if not key.startswith(records.ADMIN.prefix)])
    for key in keys:
        if key.startswith(records.ADMIN.prefix):
            add_admin_key(account, seeding.now, "Admin key", key)
    for number in seed.numbers:
        for app_id in number.apps:
            if app_id not in account.state.apps:
                raise seeding.fault(f"apps names {app_id}, which is not in apps of the account", number, "apps")
        for _ in range(number.count):
            _add_number(seeding, number)


def _add_apps(seeding: Seeding[State], seed: records.ChirpSeed, app_keys: list[str]) -> None:
    """Add the apps and their keys; keys that no app names are the first app's."""
    for app in seed.apps:
        for key in app.keys:
            if key not in app_keys:
                problem = f"an app names the key {key}, expected an app key that the account lists and no other app names"
                raise seeding.fault(problem, app, "keys")
            app_keys.remove(key)
    for app in seed.apps:
        added = seeding.add_one(apps, app)
        seeding.add(webhooks, app.webhooks, app_id=added.id)
        add_keys(seeding.account, seeding.now, added.id, [*app.keys, *(app_keys if app is seed.apps[0] else ())])


def _add_number(seeding: Seeding[State], seed: records.NumberSeed) -> None:
    chosen = seed.number or free_number(seeding.account.world, seed.type)
    number = seeding.add_one(numbers, seed, number=chosen, app_ids=tuple(dict.fromkeys(seed.apps)))
    if seed.type not in (None, number.type):
        raise seeding.fault(f"the number {chosen} is of the type {number.type}, not {seed.type}", seed, "type")
    bought = {"phone_number_id": number.id, "number": number.number, "type": number.type, "app_id": ""}
    purchases.add(seeding.account, seeding.now, **bought)


def free_number(world: Environment, kind: NumberType | None) -> str | None:
    """Return a free number of a type; None when there is none left."""
    if kind == "shortcode":
        return str(20_000 + int(world.ids.hex("short code", 4), 16))
    if kind == "mobile":  # in the US mobile numbers cannot be distinguished from local ones
        return world.inventory.search("GB", "mobile").first()
    return world.inventory.search("US", "toll-free" if kind == "tollfree" else "local").first()


def add_keys(account: Account[State], at: datetime, app_id: str, keys: list[str]) -> None:
    """Give a new app its two keys, one test and one live (api_reference/app-keys), or those of `keys` of these kinds."""
    for family, name in ((records.TEST, "Test key"), (records.LIVE, "Live key")):
        for key in [key for key in keys if key.startswith(family.prefix)] or [""]:
            add_app_key(account, at, family, name, app_id, key)


def add_app_key(
    account: Account[State], at: datetime, family: records.Family, name: str, app_id: str, key: str = ""
) -> records.AppKey:
    """Add a key of an app that works from now on."""
    return app_keys.add(account, at, name=name, app_id=app_id, **_new_key(account, at, family, key, app_id))


def add_admin_key(account: Account[State], at: datetime, name: str, key: str = "") -> records.AdminKey:
    """Add a key of the organisation that works from now on."""
    return admin_keys.add(account, at, name=name, **_new_key(account, at, records.ADMIN, key))


def _new_key(account: Account[State], at: datetime, family: records.Family, key: str, app_id: str = "") -> dict[str, str]:
    key = key or family.prefix + account.world.ids.text("key", 32)
    account.grant(key, family.scheme, app_id)
    return {"id": family.ids(account.world.ids, at), "key": key}


def is_test(call: Call[State], app: records.Application) -> bool:
    """Return whether a request is made in test mode: by a test key, or for a test app."""
    return app.is_test or call.credential.key.startswith(records.TEST.prefix)


def mode_id(call: Call[State], app: records.Application, prefix: str) -> dict[str, str]:
    """Return the id of a new object of test mode, which has `test_` after its prefix; nothing for a live one."""
    return test_id(call.account, is_test(call, app), prefix, call.now)


def test_id(account: Account[State], is_test: bool, prefix: str, at: datetime) -> dict[str, str]:
    """Return the id of a new object if it is one of test mode."""
    return {"id": new_id(account, is_test, prefix, at)} if is_test else {}


def new_id(account: Account[State], is_test: bool, prefix: str, at: datetime) -> str:
    """Return the id of a new object, live or of test mode."""
    return KsuidIds(f"{prefix}test_" if is_test else prefix)(account.world.ids, at)


def sender(call: Call[State], app: records.Application, number: str) -> records.Number:
    """Return the app's number from which a message or a call is to go.

    Raises:
        Problem: the number is not assigned to the app.
    """
    for owned in call.state.numbers.having("number", number):
        if app.id in owned.app_ids:
            return owned
    raise Errors.NOT_ASSIGNED()


def succeed(reply: Reply, request: RequestInfo) -> Reply:
    """Return a list whose wrapper is on no page in the wrapper that the scenario chooses."""
    name = LISTS.get(request.operation_id)
    if name and request.assumed("list_wrapper") == "data":
        reply.body = {"data": reply.body[name], "totalCount": reply.body["totalCount"]}
    return reply


provider: Provider[State] = Provider(
    "chirp",
    state=State,
    errors=Errors,
    render=render,
    succeed=succeed,
    seed=records.ChirpSeed,
    keys=["sk_live_app_demo", "sk_test_app_demo", "sk_admin_demo"],
    example_operation="assign_phone_number",
    resources=[apps, numbers, purchases, app_keys, admin_keys, webhooks, callings, messages, calls, recordings, voicemails],
    seeding=fill,
    pages=OffsetPages(total="totalCount", cursor="cursor", next="nextCursor", unknown=Errors.UNKNOWN_CURSOR),
    times=millis,
    names=snake_case,
    webhooks=WEBHOOKS,
    has_subscription=True,
)
provider.alias(records.Application, appId="id", appName="name", appSlug="slug")
provider.alias(records.Number, phoneNumberId="id", numberType="type")
provider.alias(records.Message, **{"from": "from_phone_number"})
provider.alias(records.Purchase, purchaseHistoryId="id")


@provider.member(records.Number, "appId")
def assigned_app(call: Call[State], number: records.Number) -> str:
    """Return the app whose assignment an answer shows."""
    return app_id_of(call)


@provider.member(records.Number, "apps")
@provider.member(records.Number, "affectedApps")
def apps_of(call: Call[State], number: records.Number) -> list[records.Application]:
    """Return the apps that share a number."""
    return [apps.get(call, app_id) for app_id in number.app_ids]
