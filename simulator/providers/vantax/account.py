"""A Vantax agency: its state, its seeds and what agency keys reach. Source: https://docs.vantaxai.com/docs/api-keys."""

from __future__ import annotations

from typing import Any

from simulator.provider import Account, Call, CursorPages, Provider, Resource, Seeding, hex_ids
from simulator.providers.vantax import resources
from simulator.providers.vantax.errors import Errors, render
from simulator.providers.vantax.events import WEBHOOKS
from simulator.providers.vantax.records import Agency, PhoneCall
from simulator.providers.vantax.seeds import ConversationSeed, VantaxSeed

OF_A_SUB_ACCOUNT: tuple[Resource[Any], ...] = (
    resources.agents,
    resources.numbers,
    resources.contacts,
    resources.contact_tags,
    resources.notes,
    resources.calendars,
    resources.knowledge_bases,
    resources.webhooks,
)  # what a scenario lists under the name of the resource
LATER = (resources.knowledge_sources, resources.appointments, resources.conversations, resources.messages, resources.calls)
RESOURCES = (resources.sub_accounts, *OF_A_SUB_ACCOUNT, *LATER)


class State:
    """One agency."""

    def __init__(self, account: Account[State], seed: VantaxSeed) -> None:
        self.home = seed.sub_account_id
        self.subscribed = seed.subscription == "active"
        self.number_limit = seed.number_limit
        for resource in RESOURCES:
            resource.open(account)
        self.webhooks = resources.webhooks.table(account)
        agency = Agency(id=hex_ids("agy_", 8)(account.world.ids), name=seed.agency, created_at=account.world.clock.now())
        self.agency = account.table("agencies", Agency).put(agency)


def fill(seeding: Seeding[State], seed: VantaxSeed) -> None:
    """Add the sub-accounts of a scenario with their keys and all that belongs to them."""
    for sub_account in (seed.first, *seed.sub_accounts):
        seeding.add(resources.sub_accounts, [sub_account])
        for key in sub_account.keys:
            seeding.grant(key, "subAccountBearer", sub_account.id, sub_account)
        for resource in OF_A_SUB_ACCOUNT:
            seeding.add(resource, getattr(sub_account, resource.name), sub_account_id=sub_account.id)
        for conversation in sub_account.conversations:
            _add_conversation(seeding, conversation, sub_account.id)


def _add_conversation(seeding: Seeding[State], seed: ConversationSeed, sub_account_id: str) -> None:
    unread = sum(message.direction == "inbound" for message in seed.messages)
    last = seeding.now if seed.messages else None
    owner = {"sub_account_id": sub_account_id, "unread_count": unread, "last_message_at": last}
    (conversation,) = seeding.add(resources.conversations, [seed], **owner)
    for message in seed.messages:
        sent = {"conversation_id": conversation.id, "channel": conversation.channel, "status": "delivered"}
        seeding.add(resources.messages, [message], sender_type="contact" if message.direction == "inbound" else "ai", **sent)


provider: Provider[State] = Provider(
    "vantax",
    state=State,
    errors=Errors,
    render=render,
    seed=VantaxSeed,
    keys=["vx_live_demo", "vx_live_agency_demo"],
    example_operation="purchase_phone_number",
    resources=RESOURCES,
    seeding=fill,
    pages=CursorPages(unknown=lambda cursor: Errors.UNKNOWN_CURSOR(), max_limit=100),  # clamped (pagination)
    envelope="data",
    webhooks=WEBHOOKS,
    has_subscription=True,
)
provider.operation("list_sub_accounts")(resources.sub_accounts.page)
provider.alias(PhoneCall, to="to_number", **{"from": "from_number"})


@provider.operation("get_agency")
def get_agency(call: Call[State]) -> Agency:
    """Return the agency of the key. Only the path is documented, the body is not."""
    return call.state.agency
