"""What agency keys reach. Only the two paths are documented (https://docs.vantaxai.com/docs/api-keys), the bodies are not."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Reply, seconds
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.envelope import page
from simulator.providers.vantax.records import Agency, SubAccount


@provider.operation("get_agency")
def get_agency(call: Call[State]) -> Reply:
    """The agency of the key."""
    return Reply(_shown(call.state.agency))


@provider.operation("list_sub_accounts")
def list_sub_accounts(call: Call[State]) -> Reply:
    """The agency's sub-accounts."""
    return page(call, call.state.sub_accounts.all(), _shown)


def _shown(record: Agency | SubAccount) -> dict[str, Any]:
    return {"id": record.id, "name": record.name, "created_at": seconds(record.created_at)}
