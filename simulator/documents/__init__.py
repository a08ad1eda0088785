"""YAML files and the faults in them, reported with file and line, and with the nearest of the known names."""

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
from simulator.documents.suggestions import nearest_names, suggestion

__all__ = [
    "MAX_FAULTS",
    "BrokenFile",
    "Document",
    "Fault",
    "InlineDocument",
    "nearest_names",
    "parse",
    "read",
    "suggestion",
    "truncate",
]
