"""Every response is held against the spec."""

from __future__ import annotations

from itertools import chain

from simulator.engine.context import RequestContext
from simulator.openapi import contract
from simulator.provider import NO_BODY, Reply


def check(context: RequestContext, reply: Reply) -> None:
    """Hold a response against the spec, unless a scenario rule gives it.

    Raises:
        OffSpec: the spec does not describe the response.
    """
    operation = context.operation
    if operation is None or reply.synthetic:
        return
    headers = chain(context.response_headers, reply.headers)
    contract.verify(operation, reply.status, headers, reply.media, reply.body, empty=reply.body is NO_BODY)
