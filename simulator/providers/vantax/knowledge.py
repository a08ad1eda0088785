"""Sources of knowledge bases. Source: https://docs.vantaxai.com/docs/knowledge-base."""

from __future__ import annotations

from datetime import datetime

from simulator.provider import Account, Call
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.errors import Errors
from simulator.providers.vantax.records import KnowledgeSource
from simulator.providers.vantax.resources import knowledge_bases, knowledge_sources

ADDED = "Source added successfully"


def _add(call: Call[State], kind: str, title: str) -> KnowledgeSource:
    """Add a source; it is processed when it is returned, whatever its status is by then."""
    base = knowledge_bases.get(call)
    fields = {"sub_account_id": base.sub_account_id, "knowledgebase_id": base.id, "type": kind, "title": title}
    source = knowledge_sources.add(call.account, call.now, **fields)
    knowledge_bases.change(call, base, source_count=base.source_count + 1)
    call.account.begin("knowledge_source", source.id, call.now)
    return source


@provider.operation("add_text_source", message=ADDED)
@provider.operation("add_faq_source", message=ADDED)
@provider.operation("add_url_source", message=ADDED)
def add_source(call: Call[State]) -> KnowledgeSource:
    """Add a text, questions and answers, or a web page; its type is in the name of the operation."""
    kind = call.request.operation_id.split("_")[1]
    return _add(call, kind, call.body.get("title") or call.body["url"])


@provider.operation("add_file_source", message=ADDED)
def add_file(call: Call[State]) -> KnowledgeSource:
    """Add a file that is not empty."""
    if not call.body["file"]:
        raise Errors.EMPTY_FILE()
    return _add(call, "file", call.body.get("title") or call.body["file"].filename or "File")


@provider.step(knowledge_sources)
def process(account: Account[State], source: KnowledgeSource, at: datetime) -> None:
    """Let a source be ready."""
    knowledge_sources.table(account).change(source, status="ready")


@provider.operation("delete_source", message="Source deleted successfully")
def delete_source(call: Call[State]) -> None:
    """Remove a source."""
    source = knowledge_sources.remove(call)
    base = knowledge_bases.get(call, source.knowledgebase_id)
    knowledge_bases.change(call, base, source_count=base.source_count - 1)
