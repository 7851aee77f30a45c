"""What the marts say of a scenario, in a few figures: the metadata of the models that matter.

Belongs here: row counts per scenario and key figures of some marts, read right after dbt has built them. Does not
belong here: questions of research (`warehouse.queries`), figures of reports (`report`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import duckdb

from paysim_pipeline.sparkline import image

Figure = int | float | str
"""A number, or Markdown."""

Figures = dict[str, dict[str, Figure]]
"""Scenario -> name of a figure -> the figure; about the scenario's current run."""


def row_counts(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str], scenarios: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Table -> scenario -> its rows; tables are qualified names of stored marts, all of which have a scenario."""
    counts = {}
    for table in tables:
        found = connection.execute(
            f"select scenario, count(*) from {table} where scenario in (select unnest($1)) group by scenario",
            [list(scenarios)],
        ).fetchall()
        counts[table] = dict.fromkeys(scenarios, 0) | {str(name): int(rows) for name, rows in found}
    return counts


# Kept runs stand in the marts beside the current one of their scenario; figures are about that one.
def _rows(connection: duckdb.DuckDBPyConnection, sql: str, scenarios: Sequence[str]) -> list[tuple[Any, ...]]:
    current = "select simulation_id from main.simulations where not is_kept and scenario in (select unnest($1))"
    connection.execute(f"create or replace temp table current_runs as {current}", [list(scenarios)])
    return connection.execute(sql).fetchall()


def _named(rows: Iterable[tuple[Any, ...]], *names: str) -> Figures:
    return {
        str(row[0]): {name: value for name, value in zip(names, row[1:], strict=True) if value is not None}
        for row in rows
    }


def _daily_agent_metrics(connection: duckdb.DuckDBPyConnection, scenarios: Sequence[str]) -> Figures:
    totals = _rows(
        connection,
        """
        select
            scenario,
            sum(num_arrivals)::bigint,
            sum(total_cost)::bigint,
            max(peak_overdraft)::bigint,
            max(queue1_peak_size)::bigint,
            max(queue2_peak_size)::bigint
        from main.daily_agent_metrics
        where simulation_id in (from current_runs)
        group by scenario
        """,
        scenarios,
    )
    figures = _named(totals, "payments", "total_cost_cents", "peak_overdraft_cents", "queue1_peak", "queue2_peak")
    lines = _rows(
        connection,
        """
        with costs as (
            select scenario, agent_id, list(total_cost order by day) as line, sum(total_cost) as total
            from main.daily_agent_metrics
            where simulation_id in (from current_runs)
            group by scenario, agent_id
        )
        select scenario, agent_id, line
        from costs
        qualify row_number() over (partition by scenario order by total desc, agent_id) <= 6
        order by scenario, agent_id
        """,
        scenarios,
    )
    return _with_image(figures, "cost per day in cents, of the agents with the highest", lines)


def _payment_system_indicators(connection: duckdb.DuckDBPyConnection, scenarios: Sequence[str]) -> Figures:
    totals = _rows(
        connection,
        """
        select
            scenario,
            sum(settled_value)::bigint,
            sum(settled_value) / nullif(sum(submitted_value), 0),
            avg(turnover_ratio),
            avg(settlement_delay),
            max(queue_value_max)::bigint,
            avg(recycling_ratio)
        from main.payment_system_indicators
        where simulation_id in (from current_runs)
        group by scenario
        """,
        scenarios,
    )
    names = ("settled_value_cents", "value_settlement_rate", "turnover_ratio", "settlement_delay", "queue_peak_cents")
    figures = _named(totals, *names, "recycling_ratio")
    lines = _rows(
        connection,
        """
        with settled as (
            select
                transactions.scenario,
                transactions.settled_via,
                transactions.settlement_tick * 100 // (simulations.ticks_per_day * simulations.num_days) as bucket,
                sum(transactions.settled_amount) as amount
            from main.transactions as transactions
            join main.simulations as simulations using (simulation_id)
            where
                simulation_id in (from current_runs)
                and transactions.settlement_tick is not null
                and transactions.settled_via <> 'children'
            group by all
        ),
        grid as (
            select scenario, settled_via, unnest(range(100)) as bucket
            from (select distinct scenario, settled_via from settled)
        ),
        cumulative as (
            select
                grid.*,
                sum(coalesce(settled.amount, 0)) over (
                    partition by grid.scenario, grid.settled_via order by grid.bucket
                )::double as total
            from grid
            left join settled using (scenario, settled_via, bucket)
        )
        select scenario, settled_via, list(total order by bucket)
        from cumulative
        group by scenario, settled_via
        order by scenario, settled_via
        """,
        scenarios,
    )
    return _with_image(figures, "value settled so far in cents, by mechanism", lines)


def _lsm_effectiveness(connection: duckdb.DuckDBPyConnection, scenarios: Sequence[str]) -> Figures:
    rows = _rows(
        connection,
        """
        select
            scenario,
            algorithm,
            sum(settlements)::bigint,
            sum(total_value)::bigint,
            sum(settled_value)::bigint,
            sum(liquidity_saved)::bigint
        from main.lsm_effectiveness
        where simulation_id in (from current_runs)
        group by scenario, algorithm
        order by scenario, algorithm
        """,
        scenarios,
    )
    head = "| algorithm | settlements | value | liquidity used | saved |\n|---|---:|---:|---:|---:|\n"
    figures: Figures = {name: {"liquidity_saved_cents": 0} for name in scenarios}
    for name in scenarios:
        own = [row[1:] for row in rows if row[0] == name]
        if own:
            figures[name] = {
                "settlements": sum(row[1] for row in own),
                "liquidity_saved_cents": sum(row[4] for row in own),
                "by_algorithm": head + "\n".join("| " + " | ".join(map(str, row)) + " |" for row in own),
            }
    return figures


def _with_image(figures: Figures, title: str, lines: Iterable[tuple[Any, ...]]) -> Figures:
    by_scenario: dict[str, dict[str, list[float]]] = {}
    for scenario, name, line in lines:
        by_scenario.setdefault(str(scenario), {})[str(name)] = line
    for scenario, own in by_scenario.items():
        figures.setdefault(scenario, {})["plot"] = image(title, own)
    return figures


_KEY_FIGURES: Final[Mapping[str, Callable[[duckdb.DuckDBPyConnection, Sequence[str]], Figures]]] = {
    "main.daily_agent_metrics": _daily_agent_metrics,
    "main.payment_system_indicators": _payment_system_indicators,
    "main.lsm_effectiveness": _lsm_effectiveness,
}


def key_figures(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str], scenarios: Sequence[str]
) -> dict[str, Figures]:
    """Table -> scenario -> key figures, for those of the tables that have any."""
    return {table: _KEY_FIGURES[table](connection, scenarios) for table in tables if table in _KEY_FIGURES}
