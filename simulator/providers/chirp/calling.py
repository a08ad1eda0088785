"""How apps take calls, for admin keys.

Source: https://docs.buildwithchirp.com/api-reference/admin/put-v1organizationapps-calling.
"""

from __future__ import annotations

from simulator.provider import Account, Call
from simulator.providers.chirp.account import State, apps, callings, mode_id, provider
from simulator.providers.chirp.records import Calling


@provider.operation("get_calling")
def get_calling(call: Call[State]) -> Calling:
    """Return the configuration of an app."""
    return _calling(call)


@provider.operation("update_calling")
def update_calling(call: Call[State]) -> Calling:
    """Change what is sent."""
    return callings.change_from_body(call, _calling(call))


def _calling(call: Call[State]) -> Calling:
    """Return the configuration of the path's app, made when it is first needed."""
    app = apps.get(call)
    return calling_of(call.account, app.id) or callings.create(
        call, **mode_id(call, app, "cc_"), app_id=app.id, organization_id=call.state.organization_id
    )


def calling_of(account: Account[State], app_id: str) -> Calling | None:
    """Return the configuration of an app, None as long as nobody has looked at it."""
    return next(iter(account.state.callings.having("app_id", app_id)), None)
