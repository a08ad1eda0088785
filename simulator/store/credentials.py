"""API keys that were granted or revoked in a world."""

from __future__ import annotations

from simulator.store.tables import Record


class Credential(Record, frozen=True):
    """An API key: which tenant it opens, and for whom within the tenant it speaks (empty: the provider decides).

    A credential that the provider has revoked stays, with `revoked` set, so that the key is refused in an open world too.
    """

    key: str
    scheme: str
    tenant: str
    subject: str = ""
    revoked: bool = False
