"""The bare stack to measure against: Starlette routes on uvicorn that read the JSON body and return the same answer."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.calls import PROVISION, PURCHASE

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


def answering(body: Mapping[str, object], status: int) -> Callable[[Request], Awaitable[JSONResponse]]:
    """A route that reads the body and gives one answer."""

    async def answer(request: Request) -> JSONResponse:
        await request.json()
        return JSONResponse(body, status)

    return answer


app = Starlette(
    routes=[
        Route(PURCHASE.path, answering(BOUGHT, 201), methods=["POST"]),
        Route(PROVISION.path, answering(PROVISIONED, 201), methods=["POST"]),
        Route(PURCHASE.in_world("held").path, answering(BOUGHT, 201), methods=["POST"]),
        Route(PROVISION.in_world("enterprise").path, answering(PROVISIONED, 201), methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
