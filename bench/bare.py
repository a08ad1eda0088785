"""The bare stack to measure against: one Starlette route on uvicorn that reads the JSON body and returns the same answer."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

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


async def purchase(request: Request) -> JSONResponse:
    """Read the body, answer with the example."""
    await request.json()
    return JSONResponse(BOUGHT, 201)


async def health(request: Request) -> JSONResponse:
    """Ready."""
    return JSONResponse({"status": "ok"})


app = Starlette(routes=[Route("/vantax/v1/phone-numbers", purchase, methods=["POST"]), Route("/_simulator/health", health)])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
