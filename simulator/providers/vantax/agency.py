"""What agency keys reach. Only the two paths are documented, the bodies are not. Source: https://docs.vantaxai.com/docs/api-keys."""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.records import Agency, SubAccount
from simulator.providers.vantax.resources import sub_accounts


@provider.operation("get_agency")
def get_agency(call: Call[State]) -> Agency:
    """Return the agency of the key."""
    return call.state.agency


@provider.operation("list_sub_accounts")
def list_sub_accounts(call: Call[State]) -> Page[SubAccount]:
    """Return a page of the agency's sub-accounts, the newest first."""
    return sub_accounts.page(call)
