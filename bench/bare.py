"""The bare stack to measure against: one Starlette route on uvicorn that reads the JSON body and returns the same answer.

`python -m bench.bare PORT PATH`
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.calls import BOUGHT, PROVISION, PROVISIONED, PURCHASE

ANSWERS = {PURCHASE.path: BOUGHT, PROVISION.path: PROVISIONED}


def route(path: str) -> Starlette:
    """Return an application with one route."""
    body = ANSWERS[path]

    async def answer(request: Request) -> JSONResponse:
        await request.json()
        return JSONResponse(body, 201)

    return Starlette(routes=[Route(path, answer, methods=["POST"])])


def main() -> None:
    """Serve one route."""
    port, path = sys.argv[1:]
    uvicorn.run(route(path), port=int(port), http="httptools", loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
