"""`simulator compare`: replay a recording of a real provider, and say where the simulator differs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from simulator.cli.files import load_registry, reporting_faults
from simulator.cli.options import PROVIDERS_HELP, SCENARIOS_HELP, SETTINGS, TEXT, Folder, faulty, option
from simulator.lab.comparison import NothingToCompare, compare
from simulator.lab.traffic import har
from simulator.registry import UnknownScenario


@click.command("compare", context_settings=SETTINGS)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@option(
    "--scenario",
    type=TEXT,
    default="default",
    metavar="NAME|FILE",
    help="What the accounts had when the recording began, and the switches that are assumed.",
)
@option("--scenarios", type=Folder("--scenario"), metavar="DIR", help=SCENARIOS_HELP)
@option("--providers", type=Folder(), metavar="DIR", help=PROVIDERS_HELP)
@option("--format", "report_format", type=click.Choice(["text", "json"]), default="text", help="Format of the report.")
@click.pass_context
def command(
    context: click.Context, file: Path, scenario: str, scenarios: Path | None, providers: Path | None, report_format: str
) -> None:
    """Compare a recording of real providers with the simulator.

    FILE is a HAR file, of `simulator record` or of another tool. Its requests are sent to a fresh world in their order, with
    the ids, phone numbers and keys of that world. The exit code is 0 if every exchange matches, and 1 if one differs, is not
    simulated, or could not be checked.
    """
    registry = load_registry(scenarios, providers)
    try:
        exchanges = har.read(file)
        with reporting_faults():
            comparison = compare(exchanges, registry, registry.scenario_or_file(scenario))
    except UnknownScenario as error:
        raise faulty("scenario", str(error)) from None
    except NothingToCompare as error:
        raise click.ClickException(f"{file}: {error}") from None
    except har.Unreadable as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(comparison.as_json(), indent=2) if report_format == "json" else "\n".join(comparison.lines()))
    context.exit(0 if comparison.is_passed else 1)
