"""Knowledge bases: what agents can look up. Source: https://docs.truedy.ai/api-reference/knowledge-bases."""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.truedy.account import State, containing, knowledge_bases, provider
from simulator.providers.truedy.records import KnowledgeBase


@provider.operation("list_knowledge_bases")
def list_knowledge_bases(call: Call[State]) -> Page[KnowledgeBase]:
    """Return a page of the knowledge bases, the newest first, narrowed to a part of the name."""
    return knowledge_bases.page(call, containing(call, knowledge_bases.list(call)))


@provider.operation("create_knowledge_base")
def create_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Make a knowledge base; it is empty, and therefore ready."""
    return knowledge_bases.create_from_body(call)


@provider.operation("get_knowledge_base")
def get_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Return one knowledge base."""
    return knowledge_bases.get(call)


@provider.operation("update_knowledge_base")
def update_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Change name or description; what is not sent stays."""
    return knowledge_bases.change_from_body(call, knowledge_bases.get(call))


@provider.operation("delete_knowledge_base")
def delete_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Remove a knowledge base; agents that name it keep its id."""
    return knowledge_bases.remove(call, knowledge_bases.get(call))
