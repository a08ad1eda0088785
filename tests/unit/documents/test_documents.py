"""YAML read strictly, and faults that point at their line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.documents import BrokenFile, Fault, InlineDocument, parse, read
from simulator.documents.yaml import YamlError, parse_foreign


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("2026-03-01", "2026-03-01"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("010", 10),
        ("089", 89),
        ("-7", -7),
        ("1.50", 1.5),
        ("1e3", 1000),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"7"', "7"),
        (".inf", ".inf"),
    ],
)
def test_plain_values_are_those_of_json(text: str, value: Any) -> None:
    """YAML 1.2 says what is a number, a truth value or null; everything else is text, dates and `off` included."""
    found = parse(f"a: {text}", "f.yaml").content["a"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_text() -> None:
    """Statuses, truth values and merge signs are keys like any other."""
    assert parse("200: a\ntrue: b\nnull: c\n<<: {d: e}", "f.yaml").content == {
        "200": "a",
        "true": "b",
        "null": "c",
        "<<": {"d": "e"},
    }


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", 4, "duplicate key 'c'"),
        ("a: 1\n1: x\n'1': y", 3, "duplicate key '1'"),
        ("a: &x [1]\nb: *x", 1, "alias"),
        ("a: [1", 1, r"the '\[' that begins here is not closed"),
        ("a: 1\n b: 2", 2, "within a value, or a wrong indentation"),
        ("? [a]\n: b", 1, "keys must be strings"),
        ("? {a: b}\n: c", 1, "keys must be strings"),
        ("a: 1\nb: 1e400", 2, "1e400 is too large"),
        ("a: !!python/object:os.system x", 1, "tags are not supported"),
        ("a: !!set {b}", 1, "tags are not supported"),
        ("a: !!timestamp 2026-01-01", 1, "tags are not supported"),
        ("a: 1\n---\nb: 2", 2, "a second document after '---'; expected one"),
        ("a: \x00", 1, "not readable as YAML"),
        ("a: " + "[" * 100_000, 1, "not readable as YAML"),
        ("a: " + "[" * 100_000 + "]" * 100_000, 1, "not readable as YAML"),
        ("- " * 100_000 + "a", 1, "not readable as YAML"),
        ("a: !!int 0x1F", 1, "tags are not supported"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_not_plain_data_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    """Doubled keys, aliases, tags and broken text are faults, never an exception of the parser."""
    with pytest.raises(BrokenFile, match=words) as caught:
        parse(text, "f.yaml")
    (fault,) = caught.value.faults
    assert fault.file == "f.yaml"
    assert fault.line in (line, line + 1)  # where a text ends, libyaml points at the end


@pytest.mark.parametrize("loader", [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a:\n\t- b: 1", "2: a tab; indent with spaces"),
        ("a:\n  b: 1\n\tc: 2", "3: a tab; indent with spaces"),
        ("a: @b", "1: a value cannot begin with '@'; put it in quotes"),
        ("a: `b", "1: a value cannot begin with '`'; put it in quotes"),
        ("d: a: b", "1: ': ' within a value, or a wrong indentation; put such a value in quotes"),
        ('b: 1\na: "x\nc: d', "2: the quote that begins here is not closed"),
        ("b: 1\na: 'x\nc: d", "2: the quote that begins here is not closed"),
        ("b: 1\na: [1, 2\nc: 3", "2: the '[' that begins here is not closed, or a comma is missing"),
        ("b: 1\na: {b: 1 c: 2}", "2: the '{' that begins here is not closed, or a comma is missing"),
        ("a: 1\nb\nc: 2", "2: expected ': ' after a key"),
        ("a:\n   b: 1\n  c: 2", "3: the indentation differs from that of the lines before, or text follows a closing"),
        ("a:\n  - b: 1\n  c: 2", "3: the indentation differs from that of the lines before, or text follows a closing"),
        ('a: "x" y', "1: the indentation differs from that of the lines before, or text follows a closing quote or bracket"),
        ('a: "\\d"', "1: an unknown escape after '\\' in double quotes; write '\\\\', or use single quotes"),
        ("a: 1\n---\nb: 2", "2: a second document after '---'; expected one"),
    ],
)
def test_broken_yaml_is_explained(loader: Any, text: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same words by libyaml and by PyYAML alone, at the line that has to be mended."""
    monkeypatch.setattr("simulator.documents.yaml.Loader", loader)
    with pytest.raises(YamlError) as caught:
        parse_foreign(text)
    assert f"{caught.value.line}: {caught.value.problem}".startswith(fault)
    with pytest.raises(BrokenFile, match=r"f\.yaml:") as broken:
        parse(text, "f.yaml")
    line, _, problem = fault.partition(": ")
    assert str(broken.value).startswith(f"f.yaml:{line}: not readable as YAML: {problem}")


def test_a_fault_points_at_the_deepest_part_that_exists() -> None:
    """Through mappings and lists, and at the parent of what is missing."""
    document = parse("a: 1\nb:\n  - c: 2\n    d: 3\n  - e: 4\n", "f.yaml")
    pointers: list[list[str | int]] = [
        [],
        ["a"],
        ["b"],
        ["b", 0],
        ["b", 0, "d"],
        ["b", 1, "e"],
        ["b", 0, "none"],
        ["b", 9],
        ["x"],
    ]
    assert [document.line(pointer) for pointer in pointers] == [1, 1, 2, 3, 4, 5, 3, 2, 1]
    assert str(document.fault(["b", 0, "d"], "found 3")) == "f.yaml:4: found 3"


def test_a_fault_of_content_without_text_tells_the_way() -> None:
    """What came in a request body has no lines."""
    assert str(InlineDocument("scenario", {}).fault(["accounts", 0], "no keys")) == "scenario/accounts/0: no keys"


@pytest.mark.parametrize("content", [None, b"a: \xff", b"\xff\xfea\x00"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A missing file and one that is not UTF-8 are faults with the file's name."""
    path = tmp_path / "f.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        BrokenFile, match=r"1: cannot be read: (No such file or directory|it is not UTF-8 \(byte \d\))$"
    ) as caught:
        read(path)
    assert caught.value.faults[0].file == str(path)


def test_a_broken_file_tells_all_its_faults() -> None:
    """One line for each."""
    faults = [Fault("f.yaml", 1, "one"), Fault("f.yaml", 2, "two")]
    assert str(BrokenFile(faults)) == "f.yaml:1: one\nf.yaml:2: two"


def test_a_fifo_is_refused(tmp_path: Path) -> None:
    """Reading one would wait for its writer."""
    path = tmp_path / "f.yaml"
    os.mkfifo(path)
    with pytest.raises(BrokenFile, match="not a regular file"):
        read(path)
