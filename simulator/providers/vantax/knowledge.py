"""Knowledge bases of a sub-account. Source: https://docs.vantaxai.com/docs/knowledge-base."""

from __future__ import annotations

from simulator.provider import Call, Page
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.records import KnowledgeBase
from simulator.providers.vantax.resources import knowledge_bases


@provider.operation("list_knowledge_bases")
def list_knowledge_bases(call: Call[State]) -> Page[KnowledgeBase]:
    """Return the sub-account's knowledge bases, the newest first."""
    return knowledge_bases.page(call)


@provider.operation("create_knowledge_base", message="Knowledge base created successfully")
def create_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Add a knowledge base without sources."""
    return knowledge_bases.create_from_body(call)


@provider.operation("update_knowledge_base", message="Knowledge base updated successfully")
def update_knowledge_base(call: Call[State]) -> KnowledgeBase:
    """Change the fields that the body has."""
    return knowledge_bases.change_from_body(call, knowledge_bases.get(call))
