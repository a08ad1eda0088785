"""`simulator new-provider`: write the folder of a provider from its spec."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click

from simulator.cli.downloading import download, is_url
from simulator.cli.files import reporting_faults
from simulator.cli.options import SETTINGS, TEXT, Option
from simulator.inferred.broken_references import broken_references
from simulator.inferred.files import Files
from simulator.inferred.folder import NAME, RESERVED, ProviderFolder
from simulator.provider import BoundProvider

MAX_SHOWN = 12  # names of tables in one line
SUFFIXES = {".yaml": "openapi.yaml", ".yml": "openapi.yml", ".json": "openapi.json"}
FILE = re.compile(r"""[^\s"'#,{}\[\]()<>:]+\.(?:ya?ml|json)\b""")  # what may be a reference to a file
HEAD = '''"""{title}: the operations that its spec alone does not describe.

Every operation without a function here is inferred from the spec; `simulator explain REQUEST` says what it was taken for.
"""

from simulator.provider import Call, Error, Extension


class Errors:
    """Errors that the spec does not name."""

    PAYMENT_REQUIRED = Error(402, "payment_required", "The plan of the account does not allow this", evidence="assumed")


provider = Extension(errors=Errors)
'''
EXAMPLE = '''
# An operation with a rule of its own, here a limit of the plan:
#
# @provider.operation("{operation}")
# def limited(call: Call):
#     """Refuse what is beyond the plan."""
#     if len(call.state.all("{table}")) >= 10:
#         raise Errors.PAYMENT_REQUIRED()
#     return provider.inferred(call)
'''
THOUGHT = "\n# Operations that answer an example of the spec, and keep nothing:\n{lines}\n"
SEEDED = """# A world that begins with records: `simulator serve --providers {folder} --scenario {name}/seeded`.
# What a record does not say is made from its schema.
description: "{title}: one record of {table}"
{opening}accounts:
  - {account}{name}:
      tables:
        {table}: [{{}}]
"""
UNAVAILABLE = """# Faults for tests of retries: `@pytest.mark.simulator(scenario="{name}/unavailable")`, run with
# `pytest --simulator-providers {folder}`.
description: "{title}: the first two requests get 503"
open: true
rules:
  - name: unavailable
    when: {{provider: {name}}}
    times: 2
    then: {{error: UNAVAILABLE}}
"""
TEST = '''"""{title} in process: the suite that every provider passes."""

from pathlib import Path

from simulator.registry import registry_with
from simulator.testing import ProviderContract


class Test{kind}(ProviderContract):
    """What holds for every provider."""

    provider = "{name}"
    registry = registry_with(Path(__file__).parent.parent)
'''


@click.command("new-provider", context_settings=SETTINGS)
@click.argument("name")
@click.option(
    "--spec",
    type=TEXT,
    required=True,
    cls=Option,
    allow_from_autoenv=False,
    metavar="URL|FILE",
    help="Its OpenAPI document, of version 3.0 or 3.1.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default="providers",
    cls=Option,
    allow_from_autoenv=False,
    metavar="DIR",
    help="The folder of your providers, which `serve --providers` takes.",
)
def command(name: str, spec: str, folder: Path) -> None:
    """Create the folder of your own provider from its spec.

    The folder has the spec, a Python file for business rules, scenarios, and a test. Existing files are not overwritten. The
    spec is served as it is; operations that `provider.py` does not implement are inferred from it.
    """
    if not NAME.fullmatch(name) or name in RESERVED:
        raise click.BadParameter(f"{name!r} cannot be a name; expected lower-case letters, digits, - and _", param_hint="NAME")
    target = folder / name
    if target.exists():
        raise click.ClickException(f"{target} already exists; nothing was written; move it away, or choose another name")
    with tempfile.TemporaryDirectory() as trial:
        made = Path(trial) / "providers" / name
        _copy(_source(spec, Path(trial)), made)
        with reporting_faults():
            package = next(iter(ProviderFolder(made.parent).packages()))
            broken = len(broken_references(Files(package.spec)))
            with _without_warnings():  # about files of the trial
                bound = package.load()
        try:
            for file, text in _files(bound, name, folder):
                (made / file).parent.mkdir(exist_ok=True)
                (made / file).write_text(text, encoding="utf-8")
            shutil.copytree(made, target)
        except OSError as error:
            raise click.ClickException(f"cannot write {error.filename or target}: {error.strerror or error}") from None
    for written in sorted(target.rglob("*.*")):
        click.echo(f"wrote {written}")
    if broken:
        told = f"{broken} reference{'s' * (broken > 1)} in the spec cannot be followed; any value is accepted there"
        click.echo(f"\n{told}.\nSee them all: simulator check --providers {folder}")
    click.echo(f"\n{_recognised(bound, folder)}\n\nNext: simulator serve --providers {folder}")


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    log = logging.getLogger("simulator")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def _source(spec: str, trial: Path) -> Path:
    """Return the file of a spec that is named by a URL or a path."""
    if is_url(spec):
        (trial / "downloaded").mkdir()
        return download(spec, trial / "downloaded")
    path = Path(spec)
    if not path.is_file():
        raise click.BadParameter(
            f"the file {spec} does not exist; expected a file, or a URL of http or https", param_hint="--spec"
        )
    if path.suffix not in SUFFIXES:
        raise click.BadParameter(
            f"{path.name} is not recognised as a spec; expected a file name that ends in {', '.join(SUFFIXES)}",
            param_hint="--spec",
        )
    return path


def _files(bound: BoundProvider, name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the files beside the spec: Python, scenarios, a test."""
    yield "provider.py", _code(bound)
    key = next(iter(bound.provider.keys), "")
    account, opening = (f"keys: [{json.dumps(key)}]\n    ", "") if key else ("", "open: true  # the spec asks for no key\n")
    given = {"title": _title(bound), "name": name, "account": account, "opening": opening, "folder": folder}
    seeded = SEEDED.format(**given, table=tables[0]) if (tables := _tables(bound)) else ""
    yield "scenarios/unavailable.yaml", UNAVAILABLE.format(title=_title(bound), name=name, folder=folder)
    if seeded:
        yield "scenarios/seeded.yaml", seeded
    test = TEST.format(title=_title(bound), name=name, kind=re.sub("[^A-Za-z0-9]", "", name.title()))
    yield f"test_{name.replace('-', '_')}.py", test


def _copy(spec: Path, target: Path) -> None:
    """Copy a spec, and the files beside it that it refers to, or that these refer to."""
    target.mkdir(parents=True)
    folder, files = spec.parent.resolve(), [spec.resolve()]
    for file in files:  # which grows meanwhile
        text = file.read_text(encoding="utf-8-sig", errors="replace")
        named = [(file.parent / unquote(name)).resolve() for name in dict.fromkeys(FILE.findall(text))]
        files += [one for one in named if one.is_relative_to(folder) and one.is_file() and one not in files]
    for file in files[1:]:
        copy = target / file.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    shutil.copyfile(spec, target / SUFFIXES[spec.suffix])


def _code(bound: BoundProvider) -> str:
    """Return the code to start from: an example of a rule, and the operations that need thought."""
    operations = bound.spec.operations.values()
    code = HEAD.format(title=_title(bound))
    creating = next((one for one in operations if one.taken_for.startswith("creates")), None)
    if creating is not None:
        code += EXAMPLE.format(operation=creating.id, table=creating.taken_for.rpartition(" ")[2])
    lines = [f"#   {one.id}  ({one.method} {one.path})" for one in operations if one.taken_for.startswith("an answer")]
    return code + (THOUGHT.format(lines="\n".join(lines)) if lines else "")


def _title(bound: BoundProvider) -> str:
    """Return the title of a provider, as a docstring and a text in YAML may hold it."""
    return " ".join(re.sub(r"[\"\\]", " ", bound.spec.title).split())


def _tables(bound: BoundProvider) -> list[str]:
    """Return the tables in which records can be created."""
    created = [one.taken_for for one in bound.spec.operations.values() if one.taken_for.startswith("creates")]
    return list(dict.fromkeys(words.rpartition(" ")[2] for words in created))


def _recognised(bound: BoundProvider, folder: Path) -> str:
    operations = [one for one in bound.spec.operations.values() if not one.taken_for.startswith("an answer")]
    tables = list(dict.fromkeys(one.taken_for.rpartition(" ")[2] for one in operations))
    shown = tables[:MAX_SHOWN] + ([f"and {len(tables) - MAX_SHOWN} more"] if len(tables) > MAX_SHOWN else [])
    return (
        f"{len(operations)} of {len(bound.spec.operations)} operations keep records: {', '.join(shown) or 'none'}.\n"
        f"See them all: simulator list {bound.name} --all --providers {folder}"
    )
