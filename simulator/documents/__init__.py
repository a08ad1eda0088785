"""YAML files and the faults in them, reported with file and line, and with the nearest of the known names."""

from simulator.documents.document import (
    MAX_FAULTS,
    BrokenFile,
    BuiltDocument,
    Document,
    Fault,
    InlineDocument,
    built_path,
    parse,
    read,
    read_built,
    reason,
    truncate,
)
from simulator.documents.suggestions import nearest, nearest_names, suggestion, synonyms_of

__all__ = [
    "MAX_FAULTS",
    "BrokenFile",
    "BuiltDocument",
    "Document",
    "Fault",
    "InlineDocument",
    "built_path",
    "nearest",
    "nearest_names",
    "parse",
    "read",
    "read_built",
    "reason",
    "suggestion",
    "synonyms_of",
    "truncate",
]
