"""Arguments and options that several commands share.

Belongs here: their names and help texts, and turning their values into what the pipeline takes. Does not belong here:
options of a single command.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paysim_pipeline.cli import completion
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.settings import Settings

if TYPE_CHECKING:
    from paysim_engine.scenario import LoadedScenario

SCENARIO_HELP = "A scenario file, or the name of one in the scenarios folder."

Scenario = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help=SCENARIO_HELP, show_default=False, autocompletion=completion.scenarios),
]
PolicyDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy-dir",
        metavar="DIR",
        exists=True,
        file_okay=False,
        help="Look for policy files here too; may be given several times.",
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as problems.")]
ReferenceCli = Annotated[
    bool,
    typer.Option(
        "--reference-cli-semantics", help="Read engine options the way the reference simulator's command line does."
    ),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="S", help="A seed other than the scenario's own.")]
Days = Annotated[
    int | None, typer.Option("--days", metavar="D", min=1, help="A number of days other than the scenario's own.")
]
Database = Annotated[
    Path | None,
    typer.Option("--db", metavar="FILE", help="The warehouse; by default PAYSIM_DB, else data/paysim.duckdb."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs; money is integer cents.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]


def settings_from(database: Path | None = None) -> Settings:
    """The settings of the environment, with the warehouse of `--db` if it is given.

    Raises:
        CommandError: a variable of the environment makes no sense, or the warehouse is a folder.
    """
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        raise CommandError(str(error), BAD_USAGE) from error
    if database is not None:
        settings = replace(settings, database=database.expanduser().absolute())
    # `Path.is_dir` fails where a folder may not be looked into.
    if os.path.isdir(settings.database):
        raise CommandError(
            f"{settings.database}: this is a folder; the warehouse is a file, name it with --db or PAYSIM_DB"
        )
    return settings


def scenario_path(given: str) -> Path:
    """The file that `given` means: a path, or a name in the scenarios folder.

    Raises:
        CommandError: there is no such file; the message names similar ones.
    """
    path = Path(given).expanduser()
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise CommandError(f"{given}: {error.strerror or error}") from error
    # A folder is no scenario: one that happens to have the name, a bundle say, hides none.
    if exists and not is_folder:
        return path
    folder = settings_from().scenarios
    known = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if given in known:
        return known[given]
    if is_folder:
        raise CommandError(f"{given or repr(given)}: this is a folder; name a scenario file in it")
    from paysim_engine.wording import nearest

    meant = nearest(path.stem, known)
    hint = f'did you mean "{meant}"?' if meant else f"scenarios in {folder}: {', '.join(known) or 'none'}"
    raise CommandError(f"{given}: there is no such scenario file; {hint}")


def load(given: str, policy_dirs: list[Path] | None, *, strict: bool, reference_cli: bool) -> "LoadedScenario":
    """Load the scenario that `given` means.

    Raises:
        CommandError: there is no such file.
        ScenarioError: it cannot be used; carries all problems.
    """
    from paysim_engine.scenario import load_scenario

    return load_scenario(
        scenario_path(given), policy_dirs=tuple(policy_dirs or ()), strict=strict, reference_cli=reference_cli
    )
