"""`paysim list` and `paysim show`: what is in the warehouse.

Belongs here: finding the run that is meant, and laying out what is known of it. Does not belong here: the questions
put to the warehouse (`paysim_pipeline.overview`, `paysim_pipeline.warehouse.queries`).
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.errors import CommandError

if TYPE_CHECKING:
    import duckdb

    from paysim_pipeline.overview import Record

RUN_HELP = "A simulation id or the beginning of one, or a scenario's name."

Run = Annotated[str, typer.Argument(metavar="ID", help=RUN_HELP, show_default=False, autocompletion=completion.runs)]

_AGENTS_SHOWN = 40


def list_runs(
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            metavar="NAME",
            autocompletion=completion.stored_scenarios,
            help="Only the runs of this scenario.",
        ),
    ] = None,
    database: options.Database = None,
    as_json: options.AsJson = False,
) -> None:
    """List the runs in the warehouse.

    Example: paysim list

    Example: paysim list --scenario gridlock --json
    """
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    with reader(settings) as connection:
        found = overview.runs(connection, scenario)
    if as_json:
        output.print_json(found)
        return
    if not found:
        which = f"of {scenario!r} " if scenario else ""
        output.note(f"no runs {which}in {settings.database}; 'paysim run SCENARIO' stores one")
        return
    columns = ("simulation", "scenario", "seed", "days", "payments", "settled", "rate", "total cost", "status", "begun")
    rows = [
        (
            run["simulation_id"],
            run["scenario"] + (" (kept)" if run["kept"] else ""),
            str(run["rng_seed"]),
            str(run["num_days"]),
            output.count(run["total_arrivals"]),
            output.count(run["total_settlements"]),
            output.percent(run["settlement_rate"]),
            output.money(run["total_cost_cents"]),
            run["status"],
            f"{run['started_at']:%Y-%m-%d %H:%M} UTC" if run["started_at"] else "–",
        )
        for run in found
    ]
    output.show(output.table(columns, rows, right=("seed", "days", "payments", "settled", "rate", "total cost")))


def show(
    run: Run,
    database: options.Database = None,
    as_json: options.AsJson = False,
) -> None:
    """Show one run: its settings, results, agents and events.

    Example: paysim show gridlock
    """
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse import queries
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    with reader(settings) as connection:
        found = find_run(overview.runs(connection), run, str(settings.database))
        simulation_id = found["simulation_id"]
        details: dict[str, Any] = {
            "simulation": found,
            "agents": overview.agents(connection, simulation_id),
            "events": overview.event_counts(connection, simulation_id),
            "settled_via": overview.settled_via(connection, simulation_id),
            "models_built": queries.has_models(connection, simulation_id),
        }
        if details["models_built"]:
            details["totals"] = queries.get_run_totals(connection, simulation_id)
    if as_json:
        output.print_json(details)
    else:
        _print_run(details)


def find_run(stored: "list[Record]", given: str, place: str) -> "Record":
    """The run that `given` means: its id, its scenario's name, or the beginning of exactly one id.

    Raises:
        CommandError: there is none, or more than one; the message lists candidates.
    """
    exact = [run for run in stored if run["simulation_id"] == given]
    named = [run for run in stored if run["scenario"] == given]
    # A scenario has one ordinary run; kept ones beside it have ids of their own.
    ordinary = [run for run in named if not run["kept"]]
    # An empty text is the beginning of every id, and means none.
    begun = [run for run in stored if given and run["simulation_id"].startswith(given)]
    for candidates in (exact, ordinary, named, begun):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            ids = ", ".join(run["simulation_id"] for run in candidates)
            raise CommandError(f"{given}: more than one run is meant ({ids}); give the whole id")
    from paysim_engine.wording import nearest

    names = sorted({run["simulation_id"] for run in stored} | {run["scenario"] for run in stored})
    meant = nearest(given, names)
    hint = f'did you mean "{meant}"?' if meant else "'paysim list' shows which there are"
    raise CommandError(f"{given or repr(given)}: there is no such run in {place}; {hint}")


def check_agent(connection: "duckdb.DuckDBPyConnection", simulation_id: str, agent: str | None) -> None:
    """Refuse the name of a bank that a run does not have: an empty answer would look like an answer.

    Raises:
        CommandError: there is no such bank; the message names the nearest.
    """
    if agent is None:
        return
    found = connection.execute(
        "select agent_id from raw.agents where simulation_id = ? order by agent_no", [simulation_id]
    ).fetchall()
    names = [row[0] for row in found]
    if agent not in names:
        from paysim_engine.wording import nearest

        meant = nearest(agent, names)
        hint = f'did you mean "{meant}"?' if meant else "'paysim show' lists its banks"
        raise CommandError(f"{agent}: {simulation_id} has no such bank; {hint}")


def _print_run(details: dict[str, Any]) -> None:
    run = details["simulation"]
    engine = f"{run['engine_version']} ({'compiled' if run['compiled'] else 'interpreted'})"
    lines = [
        f"{run['simulation_id']}: {run['scenario']}, {run['status']}{', kept' if run['kept'] else ''}",
        f"  scenario    {run['config_file']}, fingerprint {run['config_hash'][:12]}, seed {run['rng_seed']}",
        f"  length      {output.plural(run['num_days'], 'day')} of {output.plural(run['ticks_per_day'], 'tick')}, "
        f"{output.plural(run['num_agents'], 'agent')}",
        f"  payments    {output.count(run['total_arrivals'])}, settled {output.count(run['total_settlements'])} "
        f"({output.percent(run['settlement_rate'])})",
        f"  total cost  {output.money(run['total_cost_cents'])}",
        f"  engine      {engine}, events digest {(run['events_digest'] or '–')[:12]}",
        f"  models      {'built' if details['models_built'] else 'not built: run dbt build in dbt_project'}",
    ]
    if details["models_built"]:
        totals = details["totals"]
        delay = "–" if totals["avg_delay_ticks"] is None else f"{totals['avg_delay_ticks']:.2f} ticks on average"
        lines += [
            f"  delay       {delay}, settled late {output.count(totals['settled_late'])}",
            f"  liquidity   {output.money(totals['liquidity_used'])} used by the banks' days, "
            f"{output.count(totals['lsm_releases'])} payments settled by netting",
        ]
    if run["error"]:
        lines.append(f"  stopped by  {run['error']}")
    columns = ("agent", "opening balance", "final balance", "queue 1", "queue 2", "total cost")
    rows = [
        (
            agent["agent_id"],
            output.money(agent["opening_balance"]),
            output.money(agent["final_balance"]),
            output.count(agent["queue1_size"]),
            output.count(agent["queue2_size"]),
            output.money(agent["total_cost"]),
        )
        for agent in details["agents"][:_AGENTS_SHOWN]
    ]
    output.show(*lines, output.table(columns, rows, right=columns[1:]))
    if len(details["agents"]) > _AGENTS_SHOWN:
        output.show(f"and {len(details['agents']) - _AGENTS_SHOWN} more agents (--json has them all)")
    for title, counts in (("settled via", details["settled_via"]), ("event", details["events"])):
        if counts:
            pairs = [(name, output.count(number)) for name, number in counts.items()]
            output.show(output.table((title, "number"), pairs, right=("number",)))
