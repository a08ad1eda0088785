"""What is wrong with a text that is not YAML, in the words of its writer rather than in those of the parser."""

from __future__ import annotations

from typing import NamedTuple

import yaml

TAB = "a tab; indent with spaces"
INDENTATION = "the indentation differs from that of the lines before, or text follows a closing quote or bracket"
# Fragments of what libyaml and PyYAML say, and what it means.
MEANINGS = (
    ("tab character", TAB),
    ("mapping values are not allowed", "': ' within a value, or a wrong indentation; put such a value in quotes"),
    ("unknown escape character", "an unknown escape after '\\' in double quotes; write '\\\\', or use single quotes"),
    ("expected key", INDENTATION),
    ("'-' indicator", INDENTATION),
    ("<block end>", INDENTATION),
)
OPENED = (  # what the parser was reading, and what it means where that began
    ("quoted scalar", "unexpected end of stream", "the quote that begins here is not closed"),
    ("simple key", "':'", "expected ': ' after a key"),
    ("flow sequence", "',' or ']'", "the '[' that begins here is not closed, or a comma is missing"),
    ("flow mapping", "',' or '}'", "the '{' that begins here is not closed, or a comma is missing"),
)


class YamlProblem(NamedTuple):
    """What is wrong, and the line (from 1) where it is."""

    line: int
    text: str


def explain(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    """Return what an error of the parser means; what is rare stays as the parser has it."""
    problem, context = error.problem or "", error.context or ""
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    for reading, fragment, meaning in OPENED:
        if reading in context and fragment in problem and error.context_mark:
            return YamlProblem(error.context_mark.line + 1, meaning)
    if "cannot start any token" in problem and error.problem_mark:
        character = text[error.problem_mark.index : error.problem_mark.index + 1]
        return YamlProblem(line, TAB if character == "\t" else f"a value cannot begin with {character!r}; put it in quotes")
    meaning = next((meaning for fragment, meaning in MEANINGS if fragment in problem), "")
    return YamlProblem(line, meaning or ", ".join(filter(None, (context, problem))))
