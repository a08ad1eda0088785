"""The operation of a request, performed as its plan has it: called, repeated by an idempotency key, and shown."""

from __future__ import annotations

from typing import Any

from simulator.engine.context import RequestContext
from simulator.engine.idempotency import attempt, recall, remember
from simulator.openapi.operation import Idempotency
from simulator.provider import BoundProvider, Call, Problem, Reply
from simulator.provider.plan import OperationPlan


def perform(service: BoundProvider, context: RequestContext, plan: OperationPlan) -> Reply:
    """Return the reply of the operation, wrapped as the provider does."""
    rule = plan.operation.idempotency
    if rule is None or rule.header not in context.headers:
        reply = run(service, context, plan)
    else:
        reply = run_once(service, context, plan, rule)
    presenter = plan.presenters.get(reply.status)
    if presenter is not None and presenter.dynamic:
        reply.body = presenter.finish(reply.body, context)
    succeed = service.provider.succeed
    return reply if succeed is None else succeed(reply, context)


def run_once(service: BoundProvider, context: RequestContext, plan: OperationPlan, rule: Idempotency) -> Reply:
    """Run the operation, or repeat the reply that it gave to the same idempotency key."""
    replays, account, credential = context.world.replays, context.account, context.credential
    owner = (account.tenant, credential.subject) if account and credential else ("", "")  # no account gets another's replies
    place = (service.name, *owner, context.operation_id, context.path)
    requested = attempt(rule, context.headers[rule.header], place, context.request.query, context.body, context.at)
    reply = recall(replays, requested, service.provider.errors.REUSED_KEY())
    if reply is None:
        reply = run(service, context, plan)
        remember(replays, requested, reply)
    return reply


def run(service: BoundProvider, context: RequestContext, plan: OperationPlan) -> Reply:
    """Call the handler of the operation, and show what it returns as the response schema describes it."""
    call = call_of(context, plan)
    try:
        result = service.provider.handlers[context.operation_id](call)
    except Problem as problem:
        if (switch := service.error_switches.get(problem.error.name)) is not None:
            problem.status = int(context.assumed(switch))
        raise
    reply = result if isinstance(result, Reply) else Reply(result)
    if not reply.status:
        reply.status = int(context.assumed(plan.status_switch)) if plan.status_switch else plan.operation.success
    presenter = plan.presenters.get(reply.status)
    if presenter is not None and reply.media == "application/json":
        reply.body = presenter.body(call, reply.body, reply.only, as_it_is=result is reply)
    return reply


def call_of(context: RequestContext, plan: OperationPlan) -> Call[Any]:
    """Return what the handler of an operation is given."""
    account: Any = context.account  # an operation without security schemes has no account and no credential
    credential: Any = context.credential
    body = context.body
    return Call(
        context,
        context.params,
        plan.defaults.fill(body) if plan.defaults else body,
        body,
        account,
        account.state if account else None,
        context.environment,
        credential,
        plan.described,
        plan.pages,
    )
