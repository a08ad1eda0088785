"""One organisation: the numbers it owns, the apps that share them, and the keys of both."""

from __future__ import annotations

from datetime import datetime

from simulator.provider import Account, PendingTable, Provider, millis
from simulator.providers.chirp.assumptions import ASSUMPTIONS
from simulator.providers.chirp.errors import Errors, render
from simulator.providers.chirp.records import (
    ADMIN,
    LIVE,
    TEST,
    AdminKey,
    AppKey,
    Application,
    AppSeed,
    ChirpSeed,
    Family,
    Number,
    NumberSeed,
    NumberType,
    traits,
)


class State:
    """One Chirp organisation."""

    def __init__(self, account: Account[State], seed: ChirpSeed) -> None:
        self.apps = account.table("apps", Application, by=("slug",))
        self.numbers = account.table("numbers", Number, by=("app_ids",))
        self.late = PendingTable(account, "number", self.numbers, Number)
        self.app_keys = account.table("app_keys", AppKey, by=("app_id",))
        self.admin_keys = account.table("admin_keys", AdminKey)
        self._account = account
        self._start(seed, millis(account.world.clock.now()))

    def _start(self, seed: ChirpSeed, at: str) -> None:
        keys = account_keys(self._account)
        free = [key for key in keys if not key.startswith(ADMIN.prefix)]
        for key in [key for app in seed.apps for key in app.keys]:
            if key not in free:
                raise ValueError(f"an app names the key {key}, expected an app key that the account lists, each once")
            free.remove(key)
        for place, app in enumerate(seed.apps):
            self.add_app(app, at, [*app.keys, *free] if place == 0 else app.keys)
        for key in keys:
            if key.startswith(ADMIN.prefix):
                self.add_admin_key("Admin key", at, key)
        for number in [each for each in seed.numbers for _ in range(each.count)]:
            self._add_number(number, at)

    def add_app(self, seed: AppSeed, at: str, keys: list[str] | None = None) -> Application:
        """Make an app with its two keys, one test and one live (api_reference/app-keys), or with the `keys` of these kinds."""
        app_id = seed.id or f"app_{self._text('app')}"
        if app_id in self.apps or self.apps.having("slug", seed.slug):
            raise ValueError(f"the app {app_id} repeats an id or the slug {seed.slug!r} of another app")
        app = self.apps.put(
            Application(id=app_id, slug=seed.slug, name=seed.name, status=seed.status, created_at=at, updated_at=at)
        )
        for family, name in ((TEST, "Test key"), (LIVE, "Live key")):
            for key in [key for key in keys or () if key.startswith(family.prefix)] or [""]:
                self.add_app_key(family, app, name, at, key)
        return app

    def add_app_key(self, family: Family, app: Application, name: str, at: str, key: str = "") -> AppKey:
        """Give an app a key that works from now on."""
        key_id, key = self._key(family, key, app.id)
        return self.app_keys.put(AppKey(id=key_id, key=key, name=name, app_id=app.id, created_at=at, updated_at=at))

    def add_admin_key(self, name: str, at: str, key: str = "") -> AdminKey:
        """Give the organisation a key that works from now on."""
        key_id, key = self._key(ADMIN, key)
        return self.admin_keys.put(AdminKey(id=key_id, key=key, name=name, created_at=at, updated_at=at))

    def remove_app_key(self, key: AppKey) -> None:
        """Take an app's key away; it opens nothing any more."""
        self.app_keys.remove(key.id)
        self._account.revoke(key.key)

    def remove_admin_key(self, key: AdminKey) -> None:
        """Take a key of the organisation away; it opens nothing any more."""
        self.admin_keys.remove(key.id)
        self._account.revoke(key.key)

    def add_number(self, number: str, app_ids: tuple[str, ...], at: str, number_id: str = "") -> Number:
        """Own a number that was taken from the inventory."""
        return self.numbers.put(self.make_number(number, app_ids, at, number_id))

    def make_number(self, number: str, app_ids: tuple[str, ...], at: str, number_id: str = "") -> Number:
        """The record of a number that was taken from the inventory."""
        facts = traits(number)
        if facts is None:
            raise ValueError(f"the number {number} could ring; expected one kept out of service, such as +14155551234")
        return Number(
            id=number_id or f"ph_{self._text('number')}",
            number=number,
            type=facts.type,
            location=facts.location,
            features=facts.features,
            app_ids=app_ids,
            created_at=at,
            updated_at=at,
        )

    def _add_number(self, seed: NumberSeed, at: str) -> None:
        apps = tuple(dict.fromkeys(seed.apps))
        unknown = [app for app in apps if app not in self.apps]
        if unknown:
            raise ValueError(f"a number names the app {unknown[0]}, which the organisation does not have")
        if seed.id is not None and seed.id in self.numbers:
            raise ValueError(f"two numbers have the id {seed.id}")
        number = self._account.world.inventory.reserve_seeded(seed.number or self._free(seed.type or "local"))
        added = self.add_number(number, apps, at, seed.id or "")
        if seed.type not in (None, added.type):
            raise ValueError(f"the number {number} is of the type {added.type}, not {seed.type}")

    def _free(self, kind: NumberType) -> str | None:
        """A free number of a type, for a seed that names none; None when there is none left."""
        inventory = self._account.world.inventory
        if kind == "shortcode":
            return str(20_000 + int(self._account.world.ids.hex("short code", 4), 16))
        if kind == "mobile":  # the US has no mobile numbers that can be told from local ones
            return inventory.search("GB", "mobile").first()
        return inventory.search("US", {"tollfree": "toll-free"}.get(kind, kind)).first()

    def _key(self, family: Family, key: str, subject: str = "") -> tuple[str, str]:
        key = key or family.prefix + self._account.world.ids.text("key", 32)
        self._account.grant(key, family.scheme, subject)
        return family.id_prefix + self._text("key id"), key

    def _text(self, kind: str) -> str:
        """The part of an id after its prefix: 27 characters, as of a ksuid."""
        return self._account.world.ids.text(kind, 27)


def account_keys(account: Account[State]) -> list[str]:
    """The keys an organisation begins with: those that the scenario lists, or the three by which an open world names it."""
    return account.keys() or [family.prefix + account.tenant for family in (TEST, LIVE, ADMIN)]


provider: Provider[State] = Provider(
    "chirp",
    state=State,
    errors=Errors,
    render=render,
    seed=ChirpSeed,
    keys=["sk_live_app_demo", "sk_test_app_demo", "sk_admin_demo"],
    example_operation="assign_phone_number",
    assumptions=ASSUMPTIONS,
)


@provider.event("number")
def number_settles(account: Account[State], number_id: str, at: datetime) -> None:
    """A bought number is there."""
    account.state.late.settle(number_id)
