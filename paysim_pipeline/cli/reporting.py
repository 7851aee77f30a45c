"""`paysim report`: a run, or several beside each other, as an HTML file.

Belongs here: which runs are meant and where the file goes. Does not belong here: the file (`paysim_pipeline.report`).
"""

from pathlib import Path
from typing import Annotated

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.cli.runs import RUN_HELP, find_run
from paysim_pipeline.report_files import report_file


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
) -> None:
    """Write the report of a run, or the comparison of several, as one HTML file that needs no network.

    Example: paysim report liquidity_stress

    Example: paysim report baseline liquidity_stress --output comparison.html
    """
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    if target is not None and target.is_dir():
        raise CommandError(f"{target}: this is a folder; name the file in it, for instance {target / 'report.html'}")
    with reader(settings) as connection:
        stored = overview.runs(connection)
        runs = [find_run(stored, name, str(settings.database)) for name in wanted]
        ids = list(dict.fromkeys(run["simulation_id"] for run in runs))
        if len(wanted) > 1 and len(ids) == 1:
            raise CommandError(f"{', '.join(wanted)}: these are all the run {ids[0]}", BAD_USAGE)
        names = [run["simulation_id"] if run["kept"] else run["scenario"] for run in runs]
        place = report_file(settings, "-".join(dict.fromkeys(names))) if target is None else target
        from paysim_pipeline.report import write_comparison, write_report

        with output.working("drawing"):
            if len(ids) == 1:
                write_report(connection, ids[0], place)
            else:
                write_comparison(connection, ids, place)
    output.show(str(place))
