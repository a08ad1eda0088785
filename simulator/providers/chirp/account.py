"""A Chirp organisation: the numbers it owns, the apps that share them, the keys of both, and how a scenario fills it."""

from __future__ import annotations

from datetime import datetime

from simulator.provider import (
    Account,
    Call,
    Environment,
    KsuidIds,
    Provider,
    Reply,
    RequestInfo,
    Resource,
    Seeding,
    millis,
    snake_case,
)
from simulator.providers.chirp.assumptions import ASSUMPTIONS
from simulator.providers.chirp.errors import Errors, render
from simulator.providers.chirp.pages import ChirpPages
from simulator.providers.chirp.records import (
    ADMIN,
    LIVE,
    TEST,
    AdminKey,
    AppKey,
    Application,
    Calling,
    ChirpSeed,
    Family,
    Message,
    Number,
    NumberSeed,
    NumberType,
    PhoneCall,
    Purchase,
    Recording,
    Voicemail,
    Webhook,
    traits_of,
)


def app_of(call: Call[State]) -> Application:
    """Return the app that a request is about: that of the path, or the one for which the key speaks."""
    return apps.get(call, app_id_of(call))


def app_id_of(call: Call[State]) -> str:
    """Return the id of that app: an admin key names it in the path."""
    return str(call.params["appId"] if call.credential.scheme == ADMIN.scheme else call.credential.subject)


def own_app(call: Call[State]) -> Application:
    """Return the app for which the key speaks."""
    return apps.get(call, call.credential.subject)


apps = Resource(
    "apps", Application, not_found=Errors.APP_NOT_FOUND, ids=KsuidIds("app_"), param="appId", by=("slug",), unique=("slug",)
)
numbers = Resource(
    "numbers",
    Number,
    not_found=Errors.NUMBER_NOT_FOUND,
    ids=KsuidIds("ph_"),
    param="phoneNumberId",
    by=("app_ids", "number"),
    settles="number",
    derive={"traits": lambda fields: traits_of(fields["number"])},
    claims="number",
)
purchases = Resource(
    "purchases", Purchase, not_found=Errors.NUMBER_NOT_FOUND, ids=KsuidIds("ph_purch_"), by=("phone_number_id",)
)
app_keys = Resource("app_keys", AppKey, not_found=Errors.KEY_NOT_FOUND, ids=LIVE.ids, param="id", filters=("app_id",))
admin_keys = Resource("admin_keys", AdminKey, not_found=Errors.KEY_NOT_FOUND, ids=ADMIN.ids, param="id")
webhooks = Resource(
    "webhooks",
    Webhook,
    not_found=Errors.WEBHOOK_NOT_FOUND,
    ids=KsuidIds("whk_"),
    param="webhookId",
    by=("app_id",),
    names=snake_case,
    within="app_id",
    scope=lambda call: app_of(call).id,
)
callings = Resource("callings", Calling, not_found=Errors.APP_NOT_FOUND, ids=KsuidIds("cc_"), names=snake_case, by=("app_id",))
messages = Resource(
    "messages",
    Message,
    not_found=Errors.MESSAGE_NOT_FOUND,
    ids=KsuidIds("msg_sms_"),
    param="messageId",
    lifecycle="sms",
    filters=("app_id", "direction"),
)
calls = Resource(
    "calls",
    PhoneCall,
    not_found=Errors.CALL_NOT_FOUND,
    ids=KsuidIds("call_"),
    param="callId",
    lifecycle="call",
    within="app_id",
    scope=lambda call: own_app(call).id,
)
recordings = Resource(
    "recordings",
    Recording,
    not_found=Errors.RECORDING_NOT_FOUND,
    ids=KsuidIds("call_rec_"),
    param="recordingId",
    by=("call_id",),
    lifecycle="recording",
    within="app_id",
    scope=lambda call: own_app(call).id,
)
voicemails = Resource(
    "voicemails",
    Voicemail,
    not_found=Errors.VOICEMAIL_NOT_FOUND,
    ids=KsuidIds("call_vm_"),
    param="voicemailId",
    names=snake_case,
    within="app_id",
    scope=lambda call: own_app(call).id,
)

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

    def __init__(self, account: Account[State], seed: ChirpSeed) -> None:
        self.apps, self.numbers, self.purchases = apps.open(account), numbers.open(account), purchases.open(account)
        self.app_keys, self.admin_keys = app_keys.open(account), admin_keys.open(account)
        self.webhooks, self.callings = webhooks.open(account), callings.open(account)
        self.messages, self.calls = messages.open(account), calls.open(account)
        self.recordings, self.voicemails = recordings.open(account), voicemails.open(account)
        self.organization_id = KsuidIds("org_")(account.world.ids, account.world.clock.now())


def fill(seeding: Seeding[State], seed: ChirpSeed) -> None:
    """Make the apps of a scenario with their keys, and the numbers that were bought in the dashboard."""
    account = seeding.account
    keys = account.keys() or [family.prefix + account.tenant for family in (TEST, LIVE, ADMIN)]
    _add_apps(seeding, seed, [key for key in keys if not key.startswith(ADMIN.prefix)])
    for key in keys:
        if key.startswith(ADMIN.prefix):
            add_admin_key(account, seeding.now, "Admin key", key)
    for number in seed.numbers:
        for app_id in number.apps:
            if app_id not in account.state.apps:
                raise seeding.fault(f"apps names {app_id}, which is not in apps of the account", number, "apps")
        for _ in range(number.count):
            _add_number(seeding, number)


def _add_apps(seeding: Seeding[State], seed: ChirpSeed, app_keys: list[str]) -> None:
    """Make the apps, each with its keys; those that no app names are the first app's."""
    for app in seed.apps:
        for key in app.keys:
            if key not in app_keys:
                problem = f"an app names the key {key}, expected an app key that the account lists, each once"
                raise seeding.fault(problem, app, "keys")
            app_keys.remove(key)
    for app in seed.apps:
        added = seeding.add_one(apps, app)
        add_keys(seeding.account, seeding.now, added.id, [*app.keys, *(app_keys if app is seed.apps[0] else ())])


def _add_number(seeding: Seeding[State], seed: NumberSeed) -> None:
    chosen = seed.number or free_number(seeding.account.world, seed.type)
    number = seeding.add_one(numbers, seed, number=chosen, app_ids=tuple(dict.fromkeys(seed.apps)))
    if seed.type not in (None, number.type):
        raise seeding.fault(f"the number {chosen} is of the type {number.type}, not {seed.type}", seed, "type")
    bought = {"phone_number_id": number.id, "number": number.number, "type": number.type, "app_id": ""}
    purchases.table(seeding.account).put(purchases.make(seeding.account, seeding.now, bought))


def free_number(world: Environment, kind: NumberType | None) -> str | None:
    """Return a free number of a type; None when there is none left."""
    if kind == "shortcode":
        return str(20_000 + int(world.ids.hex("short code", 4), 16))
    if kind == "mobile":  # the US has no mobile numbers that can be told from local ones
        return world.inventory.search("GB", "mobile").first()
    return world.inventory.search("US", "toll-free" if kind == "tollfree" else "local").first()


def add_keys(account: Account[State], at: datetime, app_id: str, keys: list[str]) -> None:
    """Give a new app its two keys, one test and one live (api_reference/app-keys), or those of `keys` of these kinds."""
    for family, name in ((TEST, "Test key"), (LIVE, "Live key")):
        for key in [key for key in keys if key.startswith(family.prefix)] or [""]:
            add_app_key(account, at, family, name, app_id, key)


def add_app_key(account: Account[State], at: datetime, family: Family, name: str, app_id: str, key: str = "") -> AppKey:
    """Add a key of an app that works from now on."""
    fields = {**_new_key(account, at, family, key, app_id), "name": name, "app_id": app_id}
    return account.state.app_keys.put(app_keys.make(account, at, fields))


def add_admin_key(account: Account[State], at: datetime, name: str, key: str = "") -> AdminKey:
    """Add a key of the organisation that works from now on."""
    fields = {**_new_key(account, at, ADMIN, key), "name": name}
    return account.state.admin_keys.put(admin_keys.make(account, at, fields))


def _new_key(account: Account[State], at: datetime, family: Family, key: str, app_id: str = "") -> dict[str, str]:
    key = key or family.prefix + account.world.ids.text("key", 32)
    account.grant(key, family.scheme, app_id)
    return {"id": family.ids(account.world.ids, at), "key": key}


def is_test(call: Call[State], app: Application) -> bool:
    """Return whether a request is made in test mode: by a test key, or for a test app."""
    return app.is_test or call.credential.key.startswith(TEST.prefix)


def mode_id(call: Call[State], app: Application, prefix: str) -> dict[str, str]:
    """Return the id of a new object of test mode, which has `test_` after its prefix; nothing for a live one."""
    return test_id(call.account, is_test(call, app), prefix, call.now)


def test_id(account: Account[State], is_test: bool, prefix: str, at: datetime) -> dict[str, str]:
    """Return the id of a new object if it is one of test mode."""
    return {"id": KsuidIds(f"{prefix}test_")(account.world.ids, at)} if is_test else {}


def recipient_id(call: Call[State], app: Application) -> str:
    """Return the id of a new recipient."""
    return KsuidIds("rcpt_test_" if is_test(call, app) else "rcpt_")(call.world.ids, call.now)


def sender(call: Call[State], app: Application, number: str) -> Number:
    """Return the app's number from which a message or a call is to go.

    Raises:
        Problem: the number is not assigned to the app.
    """
    for owned in call.state.numbers.having("number", number):
        if app.id in owned.app_ids:
            return owned
    raise Errors.NOT_ASSIGNED()


def succeed(reply: Reply, request: RequestInfo) -> Reply:
    """Put a list whose wrapper is on no page into the one that the scenario chooses."""
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
    seed=ChirpSeed,
    keys=["sk_live_app_demo", "sk_test_app_demo", "sk_admin_demo"],
    example_operation="assign_phone_number",
    assumptions=ASSUMPTIONS,
    resources=[apps, numbers, purchases, app_keys, admin_keys, webhooks, callings, messages, calls, recordings, voicemails],
    seeding=fill,
    pages=ChirpPages(),
    times=millis,
    names=snake_case,
)
provider.alias(Application, appId="id", appName="name", appSlug="slug")
provider.alias(Number, phoneNumberId="id", numberType="type")
provider.alias(Message, **{"from": "from_phone_number"})
provider.alias(Purchase, purchaseHistoryId="id")


@provider.member(Number, "appId")
def assigned_app(call: Call[State], number: Number) -> str:
    """Return the app of whose assignment an answer tells."""
    return app_id_of(call)


@provider.member(Number, "apps")
@provider.member(Number, "affectedApps")
def apps_of(call: Call[State], number: Number) -> list[Application]:
    """Return the apps that share a number."""
    return [apps.get(call, app_id) for app_id in number.app_ids]
