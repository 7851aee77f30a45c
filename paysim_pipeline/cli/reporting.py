"""`paysim report`: a run, or several beside each other, as an HTML file.

Belongs here: which runs are meant and where the file goes. Does not belong here: the file (`paysim_pipeline.report`).
"""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.cli.runs import RUN_HELP, find_run
from paysim_pipeline.report_files import report_file

_NAME_MAX: Final = 200


def report(
    wanted: Annotated[
        list[str],
        typer.Argument(
            metavar="ID", help=f"{RUN_HELP} Several are compared.", show_default=False, autocompletion=completion.runs
        ),
    ],
    target: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file; by default in the folder reports beside the warehouse."
        ),
    ] = None,
    database: options.Database = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Write the report of a run, or the comparison of several, as one HTML file that needs no network.

    Example: paysim report liquidity_stress

    Example: paysim report baseline liquidity_stress --output comparison.html
    """
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    if target is not None:
        _check_target(target)
    with reader(settings) as connection:
        stored = overview.runs(connection)
        runs = [find_run(stored, name, str(settings.database)) for name in wanted]
        ids = list(dict.fromkeys(run["simulation_id"] for run in runs))
        if len(wanted) > 1 and len(ids) == 1:
            raise CommandError(f"{', '.join(wanted)}: these are all the run {ids[0]}", BAD_USAGE)
        names = [run["simulation_id"] if run["kept"] else run["scenario"] for run in runs]
        place = report_file(settings, _file_name(list(dict.fromkeys(names)))) if target is None else target
        from paysim_pipeline.report import write_comparison, write_report

        try:
            with output.working("drawing", wanted=not quiet):
                if len(ids) == 1:
                    write_report(connection, ids[0], place)
                else:
                    write_comparison(connection, ids, place)
        except OSError as error:
            raise CommandError(
                f"{place}: the report cannot be written: {error.strerror or error}; choose another place with --output"
            ) from error
    if as_json:
        output.print_json({"file": str(place), "runs": ids})
    elif not quiet:
        output.show(str(place))


def _check_target(target: Path) -> None:
    """Refuse what a file would replace, but is none.

    Raises:
        CommandError: it is a folder, or a device or a pipe.
    """
    if target.is_dir():
        raise CommandError(f"{target}: this is a folder; name the file in it, for instance {target / 'report.html'}")
    if target.exists() and not target.is_file():
        raise CommandError(f"{target}: this is a device or a pipe; a report is a file, for instance report.html")


def _file_name(names: list[str]) -> str:
    """The name, without its ending, of the file that shows these; as long as file systems allow."""
    joined = "-".join(names)
    if len(joined) <= _NAME_MAX:
        return joined
    return f"comparison-of-{len(names)}-runs-{hashlib.sha256(joined.encode()).hexdigest()[:8]}"
