"""The shape of the code: who may import whom, where state lives, and how much stands in one place."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import simulator

PACKAGE = Path(simulator.__file__).parent
ROOT = PACKAGE.parent
PROVIDERS = sorted(path.stem for path in (ROOT / "specs").glob("[!_]*.yaml"))
VOCABULARY = {f"simulator.{name}" for name in ("provider", "numbers", "paging", "clock", "ids")}

FILE_LINES, FUNCTION_LINES, MEDIAN_LINES = 350, 40, 8
TEST_LINES = 40  # a test may hold a program of a provider's page as printed

# Keys of OpenAPI that mean nothing elsewhere; who asks for one knows the format of specs.
OPENAPI = {"paths", "components", "requestBody", "responses", "operationId", "securitySchemes", "x-key-pattern", "x-evidence"}
KNOW_OPENAPI = {"spec.py", "lint.py"}

SOURCES = sorted(PACKAGE.rglob("*.py"))
OF_PROVIDERS = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0] in PROVIDERS]
OF_THE_CORE = [path for path in SOURCES if path not in OF_PROVIDERS]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it, written out in full."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{_name(path)}:{node.lineno}: relative import"
            module = node.module or ""
            whole = module == "simulator" or (PACKAGE / module.removeprefix("simulator.").replace(".", "/")).is_dir()
            yield from (f"{module}.{each.name}" for each in node.names) if whole else [module]


def _top(module: str) -> str:
    """`simulator.cald.errors.Errors` counts as `simulator.cald`."""
    return ".".join(module.split(".")[:2])


@pytest.mark.parametrize("path", OF_PROVIDERS, ids=_name)
def test_a_provider_imports_its_vocabulary_and_nothing_else_of_the_core(path: Path) -> None:
    """Beside it only its own package, the standard library, and msgspec for the constraints of its seeds."""
    own = f"simulator.{path.relative_to(PACKAGE).parts[0]}"
    for module in _imports(path):
        first = module.partition(".")[0]
        allowed = _top(module) in {*VOCABULARY, own} if first == "simulator" else first in {*sys.stdlib_module_names, "msgspec"}
        assert allowed, f"{_name(path)} imports {module}"


@pytest.mark.parametrize("path", OF_THE_CORE, ids=_name)
def test_the_core_knows_no_provider(path: Path) -> None:
    """It finds them by the names of their specs, and has no word of its own for any of them."""
    assert not {_top(module) for module in _imports(path)} & {f"simulator.{name}" for name in PROVIDERS}
    words = [word for node in ast.walk(_tree(path)) for word in _words(node)]
    assert [word for word in words if any(name in word.lower() for name in PROVIDERS)] == []


def _words(node: ast.AST) -> list[str]:
    """Names, and texts of one word: what code can act by; sentences may name a provider as an example."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [] if " " in node.value else [node.value]
    named = (getattr(node, field, None) for field in ("id", "attr", "arg", "name"))
    return [each for each in named if isinstance(each, str)]


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_only_the_spec_module_knows_openapi(path: Path) -> None:
    """Whoever else needs something of a document asks the compiled spec; the linter reads documents too."""
    if path.name in KNOW_OPENAPI:
        return
    asked = [each for node in ast.walk(_tree(path)) for each in _keys(node)]
    assert [f"{_name(path)}:{each.lineno}: {each.value!r}" for each in asked if each.value in OPENAPI] == []


def _keys(node: ast.AST) -> Iterator[ast.Constant]:
    """The constants by which a part of something is asked for: `x["key"]`, `x.get("key")`, `"key" in x`."""
    asked: list[ast.expr] = []
    if isinstance(node, ast.Subscript):
        asked = [node.slice]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        asked = node.args[:1]
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        asked = [node.left]
    yield from (each for each in asked if isinstance(each, ast.Constant))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_module_holds_nothing_that_changes(path: Path) -> None:
    """What a module holds is named as a constant, and no function reaches for `global`: what changes is in a world."""
    tree = _tree(path)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)] == []
    held = [each for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) for each in _mutable(node)]
    assert [name for name in held if name != name.upper() and name != "__all__"] == []


MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKERS = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter"}


def _mutable(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    """The names that an assignment gives to a list, dict or set."""
    value = node.value
    made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in MAKERS
    if isinstance(value, MUTABLE) or made:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


MUTATORS = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"}


@pytest.mark.parametrize("path", OF_PROVIDERS, ids=_name)
def test_no_function_of_a_provider_changes_a_constant(path: Path) -> None:
    """Neither by a method nor by assigning to a part of it."""
    tree = _tree(path)
    changed = []
    for node in (each for part in tree.body if not isinstance(part, ast.Assign) for each in ast.walk(part)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
            changed.append(node.func.value)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            changed.append(node.value)
    assert [f"{_name(path)}:{each.lineno}" for each in changed if isinstance(each, ast.Name) and each.id.isupper()] == []


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function of a file with its lines."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{_name(path)}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1


TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCH = sorted((ROOT / "bench").glob("*.py"))


@pytest.mark.parametrize("path", [*SOURCES, *TESTS, *BENCH], ids=_name)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """Neither a file nor a function of it grows beyond what is taken in at once."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    most = TEST_LINES if path in TESTS else FUNCTION_LINES
    assert [name for name, lines in _functions(path) if lines > most] == []


def test_functions_are_short() -> None:
    """Half of them have no more lines than the admired libraries' have."""
    sizes = [lines for path in SOURCES for _, lines in _functions(path)]
    assert statistics.median(sizes) <= MEDIAN_LINES


@pytest.mark.parametrize("path", TESTS, ids=_name)
def test_every_test_says_in_a_sentence_what_it_holds(path: Path) -> None:
    """A docstring of one line, ended by a full stop, and no two tests of one name in a file."""
    tests = [node for node in _tree(path).body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    silent = [node.name for node in tests if not (ast.get_docstring(node) or "").endswith((".", "…", "?"))]
    assert silent == []
    names = sorted(node.name for node in tests)
    assert [one for one, other in pairwise(names) if one == other] == []
