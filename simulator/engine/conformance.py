"""Check every response against the spec."""

from __future__ import annotations

from simulator.engine.context import RequestContext
from simulator.openapi import contract
from simulator.openapi.schema_validator import SchemaValidator
from simulator.provider import NO_BODY, Reply


def check(context: RequestContext, reply: Reply) -> SchemaValidator | None:
    """Check a response, except for that of a scenario rule, and return the schema of its body, if it has one.

    Raises:
        OffSpec: the spec does not describe the response.
    """
    operation = context.operation
    if operation is None or reply.synthetic:
        return None
    headers, body = (context.response_headers, reply.headers), reply.body
    return contract.verify(operation, reply.status, headers, reply.media, body, empty=body is NO_BODY)
