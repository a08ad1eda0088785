"""What import-linter and ruff cannot check: the core has no word for a provider, state is in worlds, files stay short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import simulator

PACKAGE = Path(simulator.__file__).parent
ROOT = PACKAGE.parent
PROVIDERS = sorted(path.stem for path in (ROOT / "specs").glob("[!_]*.yaml"))
FILE_LINES = 350

SOURCES = sorted(PACKAGE.rglob("*.py"))
CORE = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] != "providers"]
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MUTABLE_TYPES = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter"}
MUTATORS = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"}


def _place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_core_names_no_provider() -> None:
    """Providers are discovered: no name, attribute, argument or one-word text outside `providers` mentions one."""
    nodes = ((path, node) for path in CORE for node in ast.walk(_tree(path)))
    named = [_place(path, node) for path, node in nodes for word in _words(node) if _mentions_a_provider(word)]
    assert named == []
    assert len(CORE) > 50


def _words(node: ast.AST) -> list[str]:
    """Return names, and texts of one word: what code can act on; sentences may name a provider as an example."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [] if " " in node.value else [node.value]
    names = (getattr(node, field, None) for field in ("id", "attr", "arg", "name", "module"))
    return [name for name in names if isinstance(name, str)]


def _mentions_a_provider(word: str) -> bool:
    return any(provider in word.lower() for provider in PROVIDERS)


def test_modules_hold_no_state() -> None:
    """Lists, dicts and sets of a module are constants, nothing changes them, and no function uses `global`.

    But for the one that patches what the whole process shares, which has to know who does so.
    """
    allowed = {"simulator/testing/intercept/active.py": "_active"}
    shared = {ROOT / path: name for path, name in allowed.items()}
    assert [place for path in SOURCES if path not in shared for place in _state(path)] == []
    assert {path: {place.rpartition(" ")[2] for place in _state(path)} for path in shared} == {
        p: {n} for p, n in shared.items()
    }


def _state(path: Path) -> Iterator[str]:
    tree = _tree(path)
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from (f"{_place(path, statement)} {name}" for name in _mutable(statement) if name != name.upper())
    for node in ast.walk(tree):
        changed = _changed(node)
        if isinstance(node, ast.Global) or (isinstance(changed, ast.Name) and changed.id.isupper()):
            yield f"{_place(path, node)} {ast.unparse(node)}"


def _mutable(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    """Return the names, except `__all__`, that an assignment gives to something that can change."""
    value = statement.value
    called = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    names = [target.id for target in targets if isinstance(target, ast.Name) and target.id != "__all__"]
    return names if isinstance(value, MUTABLE) or called in MUTABLE_TYPES else []


def _changed(node: ast.AST) -> ast.expr | None:
    """Return what a call of a mutating method, an assignment to an item or a deletion of one changes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return node.func.value
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value
    return None


def test_files_can_be_read_in_one_sitting() -> None:
    """No Python file of the package, the tests or the benchmark is longer than the limit."""
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").glob("*.py")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path.relative_to(ROOT).as_posix(): count for path, count in lines.items() if count > FILE_LINES} == {}
