"""The report's part on costs.

Belongs here: choosing and wording, for the costs of one run. Does not belong here: the other parts (`sections`).
"""

import duckdb

from paysim_pipeline.report import bars, data
from paysim_pipeline.report.page import Figure, Section
from paysim_pipeline.report.words import COSTS, count, details, money, percent, table
from paysim_pipeline.warehouse.queries_base import Record


def costs(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    """What banks were charged: by bank, by day, by both.

    Args:
        connection: the open warehouse.
        run: as `data.run` tells it.
    """
    part = Section("costs", "Costs")
    ranked = data.costs_by_bank(connection, run["simulation_id"])
    kinds = {column: kind for column, kind in COSTS.items() if any(row[column] for row in ranked)}
    if not kinds:
        part.empty = "Nothing was charged."
        return part
    named = ranked[: data.COST_BANKS]
    part.figures.append(
        Figure(
            "Cost by bank",
            bars.cost_bars(by_kind([(row["agent_id"], row) for row in named], "bank", kinds), "bank"),
            "What each bank was charged over the run, by kind of cost; the costliest bank stands first."
            + _others(ranked),
        )
    )
    if run["num_days"] > 1:
        days = data.costs_by_day(connection, run["simulation_id"])
        cells = data.costs_by_bank_and_day(connection, run["simulation_id"], [row["agent_id"] for row in named])
        drawn = f" Drawn are the {len(named)} costliest banks." if len(named) < len(ranked) else ""
        part.figures += [
            Figure(
                "Cost by day",
                bars.cost_bars(by_kind([(row["day"], row) for row in days], "day", kinds), "day"),
                "What all banks together were charged on each day, by kind of cost.",
            ),
            Figure(
                "Cost by bank and day",
                bars.cost_map(cells),
                "What each bank was charged on each day: the darker a field, the costlier." + drawn,
            ),
        ]
    columns = ("bank", *kinds.values(), "total")
    lines = [(row["agent_id"], *(money(row[column]) for column in (*kinds, "total_cost"))) for row in ranked]
    title = "Costs in figures"
    part.html = details(title, table(columns, lines, caption=title, silent=True))
    return part


def by_kind(rows: list[tuple[object, Record]], by: str, kinds: dict[str, str]) -> list[Record]:
    """A row per bar and kind of cost: `by`, `kind`, `cost`.

    Args:
        rows: what the bar stands for, and the costs by column.
        by: what to call that.
        kinds: columns and their names.
    """
    return [{by: key, "kind": kind, "cost": row[column]} for key, row in rows for column, kind in kinds.items()]


def _others(ranked: list[Record]) -> str:
    rest = ranked[data.COST_BANKS :]
    if not rest:
        return ""
    total = sum(row["total_cost"] for row in ranked)
    cost = sum(row["total_cost"] for row in rest)
    return (
        f" Not drawn: the other {count(len(rest))} banks, which were charged {money(cost)} together, "
        f"{percent(cost / total)} of all."
    )
