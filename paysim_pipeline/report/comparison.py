"""The comparison of two or more runs: totals, indicators and costs side by side, and the day's course.

Belongs here: choosing and wording, for several runs. Does not belong here: the report of one (`sections`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from paysim_pipeline.report import charts, data
from paysim_pipeline.report.definitions import indicators, mean
from paysim_pipeline.report.page import Section
from paysim_pipeline.report.sections import COSTS, definitions
from paysim_pipeline.report.words import count, details, money, percent, table
from paysim_pipeline.warehouse.queries_base import Record

_TOTALS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("scenario", "scenario", str),
    ("rng_seed", "seed", str),
    ("num_days", "days", count),
    ("num_agents", "banks", count),
    ("total_arrivals", "payments", count),
    ("total_settlements", "settled", count),
    ("settlement_rate", "settlement rate", percent),
    ("submitted_value", "value submitted", money),
    ("settled_value", "value settled", money),
    ("liquidity_saved", "saved by netting", money),
    ("total_cost_cents", "total cost", money),
)


def comparison_sections(connection: duckdb.DuckDBPyConnection, runs: Sequence[Record]) -> list[Section]:
    """All parts of the page.

    Args:
        connection: the open warehouse.
        runs: as `data.run` tells them, in the order of the columns.
    """
    ids = [run["simulation_id"] for run in runs]
    return [_totals(runs, ids), _day(connection, ids), _costs(connection, ids), _indicators(connection, ids)]


def _totals(runs: Sequence[Record], ids: Sequence[str]) -> Section:
    rows = [(heading, *(show(run[name]) for run in runs)) for name, heading, show in _TOTALS]
    return Section("totals", "Totals", html=table(("", *ids), rows))


def _day(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Section:
    part = Section("day", "Settled value over the day")
    rows = [
        {"run": run, "tick": row["tick"], "value": row["value"], "share": row["share"]}
        for run in ids
        for row in data.throughput(connection, run)
        if row["flow"] == "settled"
    ]
    if not rows:
        part.empty = "No payment arrived in any of these runs."
        return part
    caption = (
        "Share of the value that arrived which had settled by the end of each tick of the day, all days of a run "
        "together. The line that lies higher settles earlier."
    )
    part.figures.append((charts.throughput(rows, "run"), caption))
    return part


def _costs(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Section:
    part = Section("costs", "Costs by bank")
    costs: dict[str, dict[str, int]] = {}
    kinds: dict[str, dict[str, int]] = {name: dict.fromkeys(ids, 0) for name in COSTS.values()}
    for run in ids:
        for row in data.costs(connection, run):
            own = costs.setdefault(row["agent_id"], {})
            own[run] = own.get(run, 0) + row["total_cost"]
            for column, name in COSTS.items():
                kinds[name][run] += row[column]
    if not any(any(own.values()) for own in costs.values()):
        part.empty = "Nothing was charged in any of these runs."
        return part
    ranked = sorted(costs, key=lambda bank: (-max(costs[bank].values()), bank))
    bars = [
        {"bank": bank, "run": run, "cost": cost}
        for bank in ranked[: data.COST_BANKS]
        for run, cost in costs[bank].items()
    ]
    others = (
        f" Drawn are the {data.COST_BANKS} costliest of {len(ranked)} banks." if len(ranked) > data.COST_BANKS else ""
    )
    caption = "What each bank was charged in each run; a run without the bank has no bar." + others
    part.figures.append((charts.compared_costs(bars), caption))
    by_kind = [(name, *(money(own[run]) for run in ids)) for name, own in kinds.items() if any(own.values())]
    by_bank = [(bank, *(money(costs[bank].get(run)) for run in ids)) for bank in ranked]
    part.html = table(("kind of cost", *ids), by_kind) + details("Costs by bank", table(("bank", *ids), by_bank))
    return part


def _indicators(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> Section:
    part = Section("indicators", "Indicators, mean of the days")
    days = [data.indicators(connection, run) for run in ids]
    if not any(days):
        part.empty = "The indicators are computed for runs that completed; none of these did."
        return part
    rows = [
        (indicator.name, *(indicator.shown(mean([day[indicator.name] for day in own])) for own in days))
        for indicator in indicators()
    ]
    part.html = table(("indicator", *ids), rows) + definitions()
    return part
