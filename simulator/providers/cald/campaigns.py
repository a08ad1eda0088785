"""Lists of contacts, and the campaigns that call everybody in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulator.provider import Account, Call, Reply
from simulator.providers.cald.account import State, agents, campaigns, contact, dialable, lists, provider
from simulator.providers.cald.calls import place
from simulator.providers.cald.errors import Errors
from simulator.providers.cald.records import RESULTS, Campaign, Contact


@provider.operation("add_contacts")
def add_contacts(call: Call[State]) -> Reply | None:
    """Add contacts to a list: all of them, or none if a number is in it already, or is none."""
    contact_list = lists.get(call)
    if not all(dialable(members["phoneNumber"]) for members in call.body["contacts"]):
        return Reply({"status": "failed"})
    for members in call.body["contacts"]:
        added = contact(contact_list.id, members)
        if added.id in call.state.contacts:
            raise Errors.CONTACT_EXISTS()
        call.state.contacts.put(added)
    return None


@provider.operation("list_contacts")
def list_contacts(call: Call[State]) -> list[Contact]:
    """Return the contacts of a list in the order of their upload."""
    return [*call.state.contacts.having("list_id", lists.get(call).id)][::-1]


@provider.operation("create_campaign")
def create_campaign(call: Call[State]) -> dict[str, Any]:
    """Start a campaign; its name must be unique."""
    contact_list, agent = lists.get(call, call.body["listId"]), agents.get(call, call.body["agentId"])
    return {"campaignId": campaigns.create(call, name=call.body["name"], list_id=contact_list.id, agent_id=agent.id).id}


@provider.step(campaigns)
def dial_contacts(account: Account[State], campaign: Campaign, at: datetime) -> None:
    """Call all contacts in the list of a campaign."""
    account.state.campaigns.change(campaign, status="active", is_dialed=True)
    for person in [*account.state.contacts.having("list_id", campaign.list_id)][::-1]:
        place(account, campaign.agent_id, dialable(person.members["phoneNumber"]), at, campaign.id)


provider.operation("get_campaign_details")(campaigns.get)


@provider.operation("cancel_campaign")
def cancel_campaign(call: Call[State]) -> None:
    """Cancel a campaign that is not over; calls that are under way go on."""
    campaign = campaigns.get(call)
    if current_status(call, campaign) not in ("finished", "cancelled"):
        call.account.cancel("campaign", campaign.id)
        campaigns.change(call, campaign, status="cancelled")


@provider.view(Campaign)
def campaign_details(call: Call[State], campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as answers show it: with its calls, the newest first, and the number of calls with each result."""
    made = [*call.state.calls.having("campaign_id", campaign.id)]
    results, completed = [one.result for one in made], sum(one.completed for one in made)
    return {
        "campaignId": campaign.id,
        "name": campaign.name,
        "listId": campaign.list_id,
        "agentId": campaign.agent_id,
        "status": current_status(call, campaign),
        "stats": {
            "totalCalls": len(made),
            "completedCalls": completed,
            "pendingCalls": len(made) - completed,
            **{f"{result}Calls": results.count(result) for result in RESULTS},
        },
        "calls": made,
    }


def current_status(call: Call[State], campaign: Campaign) -> str:
    """Return the status of a campaign, which is finished once all its calls are over."""
    made = call.state.calls.having("campaign_id", campaign.id)
    is_over = campaign.is_dialed and all(one.completed for one in made)
    return "finished" if campaign.status == "active" and is_over else campaign.status
