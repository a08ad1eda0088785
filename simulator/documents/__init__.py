"""YAML files and the faults in them, reported with file and line."""

from simulator.documents.document import (
    MAX_FAULTS,
    BrokenFile,
    Document,
    Fault,
    InlineDocument,
    parse,
    read,
    truncate,
)

__all__ = ["MAX_FAULTS", "BrokenFile", "Document", "Fault", "InlineDocument", "parse", "read", "truncate"]
