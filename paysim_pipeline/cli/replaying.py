"""`paysim replay`: a stored run, shown again.

Belongs here: the command. Does not belong here: reading the run (`display.stored`), or what is shown of it (`display`).
"""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, filters, options, output
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError

if TYPE_CHECKING:
    import duckdb

    from paysim_pipeline.display.stored import StoredSource
    from paysim_pipeline.display.summary import Summary

RUN_HELP = "Id of a stored run, the beginning of one, or the name of its scenario."


def replay(
    simulation: Annotated[
        str, typer.Argument(metavar="SIMULATION_ID", help=RUN_HELP, show_default=False, autocompletion=completion.runs)
    ],
    from_tick: Annotated[
        int | None, typer.Option("--from-tick", metavar="TICK", help="Begin with this tick; by default the first.")
    ] = None,
    to_tick: Annotated[
        int | None, typer.Option("--to-tick", metavar="TICK", help="End with this tick; by default the last.")
    ] = None,
    verbose: filters.Verbose = False,
    event_stream: filters.EventStream = False,
    filter_event_type: filters.EventTypes = None,
    filter_agent: filters.Agent = None,
    filter_tx: filters.Payment = None,
    filter_tick_range: filters.Ticks = None,
    database: options.Database = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Show a stored run again, as 'paysim run' showed it.

    Nothing is simulated: everything comes from the warehouse. With --verbose or --event-stream standard output gets
    the same bytes as from 'paysim run', and the summary goes to standard error.

    Example: paysim replay gridlock --verbose

    Example: paysim replay liquidity_stress --from-tick 100 --to-tick 120 -v

    Example: paysim replay gridlock --event-stream | grep LsmBilateralOffset
    """
    from paysim_pipeline import overview
    from paysim_pipeline.cli.runs import find_run
    from paysim_pipeline.display import summary
    from paysim_pipeline.warehouse.connection import reader

    display = filters.display_of(
        verbose, event_stream, filter_event_type, filter_agent, filter_tx, filter_tick_range, as_json=as_json
    )
    settings = options.settings_from(database)
    clock = time.perf_counter()
    with reader(settings) as connection:
        run = find_run(overview.runs(connection), simulation, str(settings.database))
        source = _source(connection, run["simulation_id"], from_tick, to_tick)
        filters.check_agent(display.chosen, source.run.agent_ids)
        complete = not display.wanted or filters.show(source, display)
        stored = summary.of_stored(connection, run)
    seconds = time.perf_counter() - clock
    ticks = source.last_tick - source.first_tick + 1
    whole = source.first_tick == 0 and source.last_tick == source.run.last_tick
    part = "full" if whole else f"{source.first_tick}-{source.last_tick}"
    if as_json:
        output.print_json(_for_programs(stored, run["simulation_id"], part, ticks, seconds, str(settings.database)))
    elif display.wanted and not quiet and complete:
        output.note(f"replayed {run['simulation_id']} from {settings.database}: {ticks} ticks in {seconds:.2f} s")
    elif not display.wanted and not quiet:
        hint = f"stored as {run['simulation_id']} in {settings.database}"
        summary.show(stored, [hint, f"tick by tick: paysim replay {run['simulation_id']} --verbose"])


def _source(
    connection: "duckdb.DuckDBPyConnection", simulation_id: str, from_tick: int | None, to_tick: int | None
) -> "StoredSource":
    from paysim_pipeline.display.stored import StoredSource

    try:
        return StoredSource(connection, simulation_id, first_tick=from_tick or 0, last_tick=to_tick)
    except ValueError as error:
        given = " ".join(
            f"{option} {tick}"
            for option, tick in (("--from-tick", from_tick), ("--to-tick", to_tick))
            if tick is not None
        )
        raise CommandError(f"{given}: {error}", BAD_USAGE) from error


def _for_programs(
    stored: "Summary", simulation_id: str, part: str, ticks: int, seconds: float, database: str
) -> dict[str, Any]:
    """The summary of 07 §6.4: the figures of the run, the time of the replay."""
    shown: dict[str, Any] = stored.as_json()
    speed = ticks / seconds if seconds else 0.0
    shown["simulation"] |= {
        "simulation_id": simulation_id,
        "database": database,
        "replay_range": part,
        "ticks_replayed": ticks,
        "duration_seconds": seconds,
        "ticks_per_second": speed,
    }
    shown["performance"]["ticks_per_second"] = speed
    return shown
