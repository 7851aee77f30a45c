"""`paysim compare` and `paysim costs`: what runs come to, side by side and taken apart.

Belongs here: laying out the answers. Does not belong here: the questions (`paysim_pipeline.warehouse.queries`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, options, output
from paysim_pipeline.cli.runs import RUN_HELP, Run, check_agent, find_run

if TYPE_CHECKING:
    import duckdb

    from paysim_pipeline.overview import Record

_AGENTS_SHOWN = 40

Show = Callable[[Any], str]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


_FIGURES: tuple[tuple[str, str, Show], ...] = (
    ("total_arrivals", "payments", output.count),
    ("total_settlements", "settled", output.count),
    ("settlement_rate", "settlement rate", output.percent),
    ("value_settled", "value settled", output.money),
    ("value_unsettled", "value unsettled", output.money),
    ("settled_late", "settled late", output.count),
    ("avg_delay_ticks", "mean delay in ticks", _number),
    ("lsm_releases", "settled by netting", output.count),
    ("liquidity_used", "liquidity used", output.money),
    ("liquidity_cost", "overdraft cost", output.money),
    ("delay_cost", "delay cost", output.money),
    ("collateral_cost", "collateral cost", output.money),
    ("penalty_cost", "penalties", output.money),
    ("split_friction_cost", "cost of splitting", output.money),
    ("liquidity_opportunity_cost", "cost of pool liquidity", output.money),
    ("total_cost", "total cost", output.money),
)
"""Figures of a run: name in the data, heading, how it is shown."""

_COSTS = tuple(entry for entry in _FIGURES if entry[0].endswith("_cost"))


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=RUN_HELP, autocompletion=completion.runs)],
    second: Annotated[
        str, typer.Argument(metavar="B", help="The run to compare it with.", autocompletion=completion.runs)
    ],
    database: options.Database = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare two runs, in total and bank by bank.

    Differences are B less A.

    Example: paysim compare gridlock liquidity_stress
    """
    from paysim_pipeline.warehouse import queries

    with _runs(database, first, second) as (connection, (one, other)):
        totals = [
            {"simulation_id": run["simulation_id"], "scenario": run["scenario"]}
            | queries.get_run_totals(connection, run["simulation_id"])
            for run in (one, other)
        ]
        agents = queries.compare_agents(connection, one["simulation_id"], other["simulation_id"]).to_dicts()
    delta = {name: _difference(totals[0][name], totals[1][name]) for name, _, _ in _FIGURES}
    if as_json:
        output.print_json({"sim1": totals[0], "sim2": totals[1], "delta": delta, "agents": agents})
        return
    for letter, run in zip("AB", totals, strict=True):
        output.show(f"{letter}: {run['simulation_id']} ({run['scenario']})")
    rows = [
        (heading, show(totals[0][name]), show(totals[1][name]), _signed(show, name, delta[name]))
        for name, heading, show in _FIGURES
    ]
    output.show(output.table(("", "A", "B", "B - A"), rows, right=("A", "B", "B - A")))
    _show_agents(agents)


def costs(
    run: Run,
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="NAME", autocompletion=completion.agents, help="Only this bank, day by day."),
    ] = None,
    database: options.Database = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what a run cost, by bank and by day.

    Example: paysim costs liquidity_stress

    Example: paysim costs liquidity_stress --agent METRO
    """
    from paysim_pipeline.warehouse import queries

    with _runs(database, run) as (connection, (found,)):
        check_agent(connection, found["simulation_id"], agent)
        table = queries.daily_costs(connection, found["simulation_id"])
    import polars as pl

    if agent is not None:
        table = table.filter(pl.col("agent_id") == agent)
    names = [name for name, _, _ in _COSTS]
    by_agent = (
        table.group_by("agent_id").agg(pl.col(names).sum()).sort(["total_cost", "agent_id"], descending=[True, False])
    )
    by_day = table.group_by("day").agg(pl.col(names).sum()).sort("day")
    if as_json:
        data = {"simulation_id": found["simulation_id"], "agents": by_agent.to_dicts(), "days": by_day.to_dicts()}
        output.print_json(data)
        return
    output.show(
        f"{found['simulation_id']}: {found['scenario']}, total cost {output.money(int(by_day['total_cost'].sum()))}"
    )
    used = [entry for entry in _COSTS if by_agent[entry[0]].sum() or entry[0] == "total_cost"]
    headings = [heading for _, heading, _ in used]
    for key, rows in (("agent", by_agent.rename({"agent_id": "agent"})), ("day", by_day)):
        cells = [
            (str(row[key]), *(show(row[name]) for name, _, show in used)) for row in rows.head(_AGENTS_SHOWN).to_dicts()
        ]
        output.show(output.table((key, *headings), cells, right=headings))
        if rows.height > _AGENTS_SHOWN:
            output.show(f"and {rows.height - _AGENTS_SHOWN} more (--json has them all)")
    unused = [heading for _, heading, _ in _COSTS if heading not in headings]
    if unused:
        output.show(f"Nothing was charged as {', '.join(unused)}.")


@contextmanager
def _runs(database: "options.Database", *given: str) -> "Iterator[tuple[duckdb.DuckDBPyConnection, list[Record]]]":
    """The open warehouse, and the runs that are meant."""
    from paysim_pipeline import overview
    from paysim_pipeline.warehouse.connection import reader

    settings = options.settings_from(database)
    with reader(settings) as connection:
        stored = overview.runs(connection)
        yield connection, [find_run(stored, name, str(settings.database)) for name in given]


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else other - one


def _signed(show: Show, name: str, difference: float | None) -> str:
    if difference is None:
        return "–"
    if name == "settlement_rate":
        return f"{difference * 100:+.1f} points"
    shown = show(difference)
    return f"+{shown}" if difference > 0 else shown


def _show_agents(agents: list[dict[str, Any]]) -> None:
    """The banks whose cost differs most come first."""
    measures: tuple[tuple[str, str, Show], ...] = (
        ("total_cost", "cost", output.money),
        ("num_settled", "settled", output.count),
        ("max_net_debit", "net debit", output.money),
    )
    headings = [f"{heading} {side}" for _, heading, _ in measures for side in ("A", "B", "B - A")]
    ordered = sorted(agents, key=lambda entry: (-abs(entry["total_cost_delta"] or 0), entry["agent_id"]))
    rows = []
    for entry in ordered[:_AGENTS_SHOWN]:
        cells = [entry["agent_id"]]
        for name, _, show in measures:
            cells += [show(entry[f"{name}_1"]), show(entry[f"{name}_2"]), _signed(show, name, entry[f"{name}_delta"])]
        rows.append(tuple(cells))
    output.show(output.table(("agent", *headings), rows, right=headings))
    if len(agents) > _AGENTS_SHOWN:
        output.show(f"and {len(agents) - _AGENTS_SHOWN} more agents (--json has them all)")
