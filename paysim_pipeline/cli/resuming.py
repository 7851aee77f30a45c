"""`paysim resume`: go on with a stored run.

Belongs here: the command and what it shows. Does not belong here: how a run is gone on with (`paysim_pipeline.resume`).
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import options, output
from paysim_pipeline.cli.runs import Run, find_run

if TYPE_CHECKING:
    from paysim_pipeline.resume import Resumed
    from paysim_pipeline.settings import Settings


def resume(
    run: Run,
    from_day: Annotated[
        int,
        typer.Option("--from-day", metavar="D", min=0, help="Go on after the end of day D; days are counted from 0."),
    ],
    days: Annotated[
        int | None,
        typer.Option("--days", metavar="N", min=1, help="Length of the whole run, if it shall be longer than it was."),
    ] = None,
    database: options.Database = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Go on with a stored run from the end of one of its days.

    It is stored whole. To its own end it is the same run under the same id. With --days it is a longer one,
    kept beside it.

    Example: paysim resume liquidity_stress --from-day 1

    Example: paysim resume liquidity_stress --from-day 2 --days 5
    """
    from paysim_pipeline import overview
    from paysim_pipeline.resume import continue_run, remaining_ticks
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    with reader(settings) as connection:
        simulation_id = find_run(overview.runs(connection), run, str(settings.database))["simulation_id"]
        ticks = remaining_ticks(connection, simulation_id, from_day, days)
    with output.progress(simulation_id, ticks, wanted=not quiet) as advance:
        resumed = continue_run(settings, simulation_id, from_day, num_days=days, on_tick=lambda _: advance())
    if as_json:
        output.print_json(_report(resumed, settings))
    elif not quiet:
        output.show(*_lines(resumed, settings))


def _report(resumed: "Resumed", settings: "Settings") -> dict[str, Any]:
    config, summary, bundle = resumed.figures.config, resumed.figures.summary, resumed.figures.bundle
    return {
        "simulation_id": resumed.loaded.simulation_id,
        "resumed_id": resumed.resumed_id,
        "after_day": resumed.after_day,
        "continues": bundle.manifest.context.continues if bundle else None,
        "num_days": int(config.num_days),
        "ticks": summary["ticks"],
        "total_arrivals": summary["total_arrivals"],
        "total_settlements": summary["total_settlements"],
        "settlement_rate": summary["settlement_rate"],
        "total_cost": summary["total_cost"],
        "events": summary["events"],
        "events_digest": bundle.manifest.events_digest if bundle else None,
        "database": str(settings.database),
        "rows": resumed.loaded.rows,
    }


def _lines(resumed: "Resumed", settings: "Settings") -> list[str]:
    summary, stored_id = resumed.figures.summary, resumed.loaded.simulation_id
    lines = [
        f"{resumed.resumed_id}: gone on after day {resumed.after_day} to tick {output.count(summary['ticks'])}",
        f"  payments    {output.count(summary['total_arrivals'])}, settled "
        f"{output.count(summary['total_settlements'])} ({output.percent(summary['settlement_rate'])})",
        f"  total cost  {output.money(summary['total_cost'])}",
        f"  events      {output.count(summary['events'])}",
        f"stored as {stored_id} in {settings.database}",
    ]
    bundle = resumed.figures.bundle
    if bundle is not None and bundle.manifest.context.continues == resumed.resumed_id:
        lines.append(
            "its first days have deadlines that were cut at the earlier end: a run of this length in one piece differs"
        )
    return [*lines, f"look at it: paysim show {stored_id}"]
