"""The work: what is asked of the servers, as raw HTTP and as a script for wrk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

NUMBERS_AT_ONCE = 10_000  # the most that one entry of a scenario makes

SUB_ACCOUNT = "sub_8a1f4c2e"
KEY = {"Authorization": "Bearer vx_live_demo"}


class Call(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: str = ""

    def raw(self) -> bytes:
        """The bytes, for a connection that ends with it."""
        headers = {"Host": "127.0.0.1", "Connection": "close", **self.headers, "Content-Length": str(len(self.body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", self.body]).encode()

    def in_world(self, name: str) -> Call:
        """The same, asked in a world."""
        return self._replace(path=f"/w/{name}{self.path}")


def posted(path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Call:
    """A POST of JSON."""
    return Call("POST", path, {**(headers or {}), "Content-Type": "application/json"}, json.dumps(body))


PURCHASE = posted(
    "/vantax/v1/phone-numbers", {"sub_account_id": SUB_ACCOUNT, "country": "US", "number_pattern": "+1**********"}, KEY
)
LIST = Call("GET", f"/vantax/v1/phone-numbers?sub_account_id={SUB_ACCOUNT}", KEY)
PROVISION = posted(
    "/cartesia/agents/phone-numbers/provision",
    {"label": "Front desk"},
    {"Authorization": "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01"},
)

# What is answered to them, as far as it matters for one who returns the same answer to all.
BOUGHT = {
    "success": True,
    "message": "Phone number purchased successfully",
    "data": {
        "id": "pn_55ad12",
        "number": "+14155550142",
        "country": "US",
        "source": "platform",
        "agent_id": None,
        "sub_account_id": "sub_8a1f4c2e",
        "capabilities": {"voice": True, "sms": True},
        "created_at": "2026-01-14T10:30:00Z",
    },
}
PROVISIONED = {
    "id": "ap_TKp9Rq8CwUKYLUN29fs3Xu",
    "label": "Front desk",
    "number": "+14155550142",
    "agent": None,
    "created_at": "2026-01-14T10:30:00Z",
    "updated_at": "2026-01-14T10:30:00Z",
}


def world(name: str, scenario: str | Mapping[str, Any]) -> Call:
    """Make a world."""
    return posted(f"/_simulator/worlds/{name}", {"scenario": scenario})._replace(method="PUT")


def reset(name: str) -> Call:
    """Bring a world back to its scenario."""
    return Call("POST", f"/_simulator/worlds/{name}/reset")


def enterprise() -> dict[str, Any]:
    """A scenario in which Cartesia sells as many numbers as there are."""
    plan = {"plan": "enterprise", "slots": 10_000_000, "agents": [{"id": "agent_front", "name": "Front desk"}]}
    return {"description": "Enterprise", "open": True, "accounts": [{"cartesia": plan}]}


def holding(count: int) -> dict[str, Any]:
    """A scenario in which one sub-account of Vantax holds so many numbers from the start."""
    whole, rest = divmod(count, NUMBERS_AT_ONCE)
    numbers = [{"count": each} for each in [NUMBERS_AT_ONCE] * whole + [rest] * (rest > 0)]
    account = {"keys": ["vx_live_demo"], "vantax": {"sub_account_id": SUB_ACCOUNT, "numbers": numbers}}
    return {"description": f"{count} numbers", "accounts": [account]}


def script(*calls: Call) -> str:
    """A script for wrk that makes one call, or several in turn."""
    if len(calls) == 1:
        (call,) = calls
        headers = "".join(f"wrk.headers[{_text(name)}] = {_text(value)}\n" for name, value in call.headers.items())
        return f"wrk.method, wrk.body = {_text(call.method)}, {_text(call.body)}\n{headers}"
    each = [_formatted(_text(call.method), _text(call.path), _table(call.headers), _text(call.body)) for call in calls]
    return f"""
local calls, turn = nil, 0
function init() calls = {{{", ".join(each)}}} end
function request() turn = turn % #calls + 1; return calls[turn] end
"""


def _formatted(*arguments: str) -> str:
    return f"wrk.format({', '.join(arguments)})"


def _text(value: str) -> str:
    return json.dumps(value)  # of what stands in our calls both languages say the same


def _table(values: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'[{_text(name)}] = {_text(value)}' for name, value in values.items())}}}"


# Buys numbers and gives each back: what memory grows by is then not what the tables hold.
BUY_AND_RELEASE = f"""
local headers = {_table(PURCHASE.headers)}
local bought, purchase = {{}}, nil
function init() purchase = {_formatted(_text(PURCHASE.method), _text(PURCHASE.path), "headers", _text(PURCHASE.body))} end
function request()
  local id = table.remove(bought)
  if not id then return purchase end
  return wrk.format("DELETE", "{PURCHASE.path}/" .. id .. "?sub_account_id={SUB_ACCOUNT}", headers, "")
end
function response(status, _, body)
  local id = status == 201 and body:match('"id":"(pn_%w+)"')
  if id then bought[#bought + 1] = id end
end
"""
