"""API keys that were granted or revoked in a world."""

from __future__ import annotations

from simulator.store.records import Record


class Credential(Record, frozen=True):
    """An API key: the tenant that it opens, and the part of the tenant that it belongs to (empty: the provider decides).

    A credential that the provider has revoked stays, with `revoked` set, so that an open world rejects the key too.
    """

    key: str
    scheme: str
    tenant: str
    subject: str = ""
    revoked: bool = False
