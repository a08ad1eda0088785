"""`simulator init`: write a scenario, a pytest file and a compose file to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from simulator.cli.options import SETTINGS
from simulator.registry import VERSION

STARTER = Path(__file__).parent / "starter"
FILES = {
    "scenarios/front-desk.yaml": "a scenario: an account with one number, and a response that is lost",
    "test_phone_numbers.py": "two tests with pytest; they need the extras pytest and httpx",
    "compose.yaml": "the simulator in a container, with the scenario",
}


@click.command("init", short_help="Write a scenario, a test and a compose file.", context_settings=SETTINGS)
@click.argument("folder", type=click.Path(path_type=Path), default=".", metavar="[FOLDER]")
def command(folder: Path) -> None:
    """Write a commented scenario, a pytest file and a compose file to start from.

    FOLDER is the current folder by default, and is created if it does not exist. Existing files are not
    overwritten: if one of the files exists, nothing is written.
    """
    existing = [str(folder / name) for name in FILES if (folder / name).exists()]
    if existing:
        exist, them = ("exists", "it") if len(existing) == 1 else ("exist", "them")
        hint = f"move {them} away, or write to another folder: simulator init FOLDER"
        raise click.ClickException(f"{', '.join(existing)} already {exist}; nothing was written; {hint}")
    try:
        for name in FILES:
            _write(folder / name, _template(name).read_text(encoding="utf-8").replace("{version}", VERSION))
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename or folder}: {error.strerror or error}") from None
    click.echo(_written(folder))


def _template(name: str) -> Path:
    """Return the file that is written under this name; Python has another suffix here, as it is no module of this package."""
    return STARTER / (f"{name}.txt" if name.endswith(".py") else name)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _written(folder: Path) -> str:
    """Return what was written, and the next commands."""
    width = max(len(str(folder / name)) for name in FILES)
    lines = [f"wrote {folder / name!s:{width}}  {about}" for name, about in FILES.items()]
    test, scenarios = (shlex.quote(str(folder / name)) for name in ("test_phone_numbers.py", "scenarios"))
    serve = f"simulator serve --scenarios {scenarios} --scenario front-desk"
    return "\n".join([*lines, "", f"Next: pytest {test}", f"Then: {serve}"])
