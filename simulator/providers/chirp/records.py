"""What an organisation holds, and what a scenario may say of it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, Self

import msgspec

from simulator.provider import Many, Record, Seed, describe

NumberType = Literal["local", "tollfree", "mobile", "shortcode"]
SHORT_CODE = re.compile("[0-9]{5,6}")  # "5-6 digit numbers", US only (sms/managing-numbers)


class Family(NamedTuple):
    """A kind of API key: how keys and their ids begin, and the security scheme that they are for."""

    prefix: str
    id_prefix: str
    scheme: str


TEST = Family("sk_test_app_", "key_app_test_", "appAuth")
LIVE = Family("sk_live_app_", "key_app_", "appAuth")
ADMIN = Family("sk_admin_", "key_admin_", "adminAuth")


class Application(Record, frozen=True):
    """An application of the organisation."""

    slug: str
    name: str
    status: str
    created_at: str
    updated_at: str


class Number(Record, frozen=True):
    """A number that the organisation owns, and the apps that share it."""

    number: str
    type: NumberType
    location: str
    features: tuple[str, ...]
    app_ids: tuple[str, ...]
    created_at: str
    updated_at: str


class AdminKey(Record, frozen=True):
    """A key of the organisation. The secret is kept so that it can be withdrawn; an answer shows it once."""

    key: str
    name: str
    created_at: str
    updated_at: str


class AppKey(AdminKey, frozen=True):
    """A key of one app."""

    app_id: str


class Traits(NamedTuple):
    """What Chirp tells of a number beside its digits."""

    type: NumberType
    location: str
    features: tuple[str, ...]


def traits(number: str) -> Traits | None:
    """What a number is, read from its digits; None for one that the simulator does not know."""
    if SHORT_CODE.fullmatch(number):
        return Traits("shortcode", "US", ("SMS", "MMS"))
    block = describe(number)
    if block is None:
        return None
    kinds: dict[str, NumberType] = {"local": "local", "toll-free": "tollfree", "mobile": "mobile"}
    features = ("SMS", "MMS", "Voice") if number.startswith("+1") else ("SMS", "Voice")  # MMS is North American
    place = ", ".join(part for part in (block.locality, block.region) if part)
    return Traits(kinds[block.kind], place or block.country, features)


class AppSeed(Seed, frozen=True):
    """An app of a scenario; `keys` are those of the account's keys that speak for it and not for the first app."""

    id: str | None = None
    slug: str = "default-app"
    name: str = "Default app"
    status: Literal["active", "billing_paused"] = "active"
    keys: list[str] = []


class NumberSeed(Seed, frozen=True):
    """A number bought in the dashboard: any free one of its type if none is named, shared by `apps` (ids)."""

    id: str | None = None
    number: Annotated[str, msgspec.Meta(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$")] | None = None
    type: NumberType | None = None
    apps: list[str] = []
    count: Many = 1


class ChirpSeed(Seed, frozen=True):
    """What a scenario may say of an organisation; app keys without an app of their own speak for the first app."""

    apps: Annotated[list[AppSeed], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: [AppSeed()])
    numbers: list[NumberSeed] = []

    def emptied(self) -> Self:
        """The same organisation without numbers; its apps stay, as every app key speaks for one."""
        return msgspec.structs.replace(self, numbers=[])
