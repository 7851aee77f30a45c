"""The comparison of two or more runs: totals, indicators and costs side by side, and their courses.

Belongs here: choosing and wording, for several runs. Does not belong here: the report of one (`sections`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from paysim_pipeline.report import bars, charts, courses, data
from paysim_pipeline.report.costs import by_kind
from paysim_pipeline.report.definitions import definitions, grouped, indicators, mean
from paysim_pipeline.report.drawing import COLOURS, Clock
from paysim_pipeline.report.page import Figure, Section
from paysim_pipeline.report.sections import identity, mechanisms
from paysim_pipeline.report.words import COSTS, count, details, money, percent, table
from paysim_pipeline.warehouse.queries_base import Record

_TOTALS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("total_arrivals", "payments", count),
    ("total_settlements", "settled", count),
    ("settlement_rate", "settlement rate", percent),
    ("submitted_value", "value submitted", money),
    ("settled_value", "value settled", money),
    ("liquidity_saved", "saved by netting", money),
    ("total_cost_cents", "total cost", money),
)

_DIFFERENCE = "difference"


def labels(runs: Sequence[Record]) -> list[str]:
    """What the runs are called: by their scenario; by their id if they are kept, or if the scenario is not enough."""
    names = [run["simulation_id"] if run["is_kept"] else run["scenario"] for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run['simulation_id']})"
        for name, run in zip(names, runs, strict=True)
    ]


def comparison_sections(connection: duckdb.DuckDBPyConnection, runs: Sequence[Record]) -> list[Section]:
    """All parts of the page.

    Args:
        connection: the open warehouse.
        runs: as `data.run` tells them, in the order of the columns.
    """
    named = list(zip(labels(runs), runs, strict=True))
    drawn = named[: len(COLOURS)]
    return [
        _identity(named),
        _totals(named),
        _day(connection, drawn),
        _queues(connection, drawn),
        _mechanisms(connection, named),
        _costs(connection, named),
        _indicators(connection, named),
    ]


Named = Sequence[tuple[str, Record]]
"""Runs and what they are called."""


def _not_drawn(runs: Named) -> str:
    return f" Drawn are the first {len(runs)} runs." if len(runs) == len(COLOURS) else ""


def _headings(runs: Named) -> list[str]:
    """The columns: a run each; of two runs their difference too."""
    return [name for name, _ in runs] + ([_DIFFERENCE] if len(runs) == 2 else [])


def _line(values: Sequence[Any], show: Callable[[Any], str]) -> list[str]:
    """The cells of such a row: the second less the first is the difference."""
    shown = [show(value) for value in values]
    if len(values) == 2:
        first, second = values
        shown.append("–" if first is None or second is None else _signed(second - first, show))
    return shown


def _signed(difference: Any, show: Callable[[Any], str]) -> str:
    if not difference:
        return "0"
    # Shares differ by percentage points.
    return ("+" if difference > 0 else "-") + show(abs(difference)).replace(" %", " pp")


def _totals(runs: Named) -> Section:
    rows = [[heading, *_line([run[name] for _, run in runs], show)] for name, heading, show in _TOTALS]
    return Section("totals", "Totals", html=table(("", *_headings(runs)), rows, caption="Totals", silent=True))


def _day(connection: duckdb.DuckDBPyConnection, runs: Named) -> Section:
    part = Section("day", "Settled value over the day")
    rows = [
        {"run": name, "tick": row["tick"], "value": row["value"], "share": row["share"]}
        for name, run in runs
        for row in courses.throughput(connection, run["simulation_id"])
        if row["flow"] == "settled"
    ]
    if not rows:
        part.empty = "No payment arrived in any of these runs."
        return part
    caption = (
        "Share of the value that arrived which had settled by the end of each tick of the day, all days of a run "
        "together. The line that lies higher settles earlier." + _not_drawn(runs)
    )
    clock = Clock(max(run["ticks_per_day"] for _, run in runs))
    part.figures.append(Figure(part.title, charts.compared_throughput(rows, clock), caption))
    return part


def _queues(connection: duckdb.DuckDBPyConnection, runs: Named) -> Section:
    part = Section("queues", "Queues")
    stretch = max(run["stretch"] for _, run in runs)
    rows = [
        {"run": name, "tick": row["tick"], "value": row["value"]}
        for name, run in runs
        for row in courses.waiting(connection, run["simulation_id"], stretch)
    ]
    if not any(row["value"] for row in rows):
        part.empty = "No payment was waiting at the end of any tick of these runs."
        return part
    ends = {name: run["ticks"] for name, run in runs}
    days = {run["ticks_per_day"] for _, run in runs}
    clock = Clock(max(ends.values()), days.pop() if len(days) == 1 else None)
    sampling = f" Each point stands for {stretch} ticks: the most at the end of any of them." if stretch > 1 else ""
    caption = "The value of the payments in both queues at the end of a tick, all banks together."
    part.figures.append(
        Figure("Value waiting", charts.queues(rows, "value", clock, "run", ends), caption + _not_drawn(runs) + sampling)
    )
    return part


def _mechanisms(connection: duckdb.DuckDBPyConnection, runs: Named) -> Section:
    part = Section("mechanisms", "Settled value by mechanism")
    ends = [(name, courses.settled(connection, run["simulation_id"], run["ticks"])) for name, run in runs]
    if not any(rows for _, rows in ends):
        part.empty = "No payment settled in any of these runs."
        return part
    bars_of = [
        {"run": name, "mechanism": row["mechanism"], "value": row["value"], "share": row["value"] / total}
        for name, rows in ends
        for total in [sum(row["value"] for row in rows)]
        for row in rows
        if total
    ]
    caption = "How the value that settled over a whole run is divided among the mechanisms."
    part.figures.append(Figure(part.title, bars.shares(bars_of), caption))
    part.html = mechanisms(ends)
    return part


def _costs(connection: duckdb.DuckDBPyConnection, runs: Named) -> Section:
    part = Section("costs", "Costs")
    charged = {
        name: {row["agent_id"]: row for row in data.costs_by_bank(connection, run["simulation_id"])}
        for name, run in runs
    }
    kinds = {
        column: kind
        for column, kind in COSTS.items()
        if any(row[column] for own in charged.values() for row in own.values())
    }
    if not kinds:
        part.empty = "Nothing was charged in any of these runs."
        return part
    sums: dict[str, Record] = {
        name: {column: sum(row[column] for row in own.values()) for column in kinds} for name, own in charged.items()
    }
    banks = {bank: max(own[bank]["total_cost"] for own in charged.values() if bank in own) for own in charged.values()
             for bank in own}  # fmt: skip
    ranked = sorted(banks, key=lambda bank: (-banks[bank], bank))
    by_bank = [
        {"bank": bank, "run": name, "cost": charged[name][bank]["total_cost"]}
        for bank in ranked[: data.COST_BANKS]
        for name, _ in runs[: len(COLOURS)]
        if bank in charged[name]
    ]
    others = (
        f" Drawn are the {data.COST_BANKS} costliest of {len(ranked)} banks." if len(ranked) > data.COST_BANKS else ""
    )
    part.figures = [
        Figure(
            "Cost by kind",
            bars.cost_bars(by_kind(list(sums.items()), "run", kinds), "run"),
            "What all banks together were charged in each run, by kind of cost.",
        ),
        Figure(
            "Cost by bank",
            bars.compared_costs(by_bank),
            "What each bank was charged in each run; a run without the bank has no bar." + others,
        ),
    ]
    kinds_listed = [(kind, *_line([sums[name][column] for name, _ in runs], money)) for column, kind in kinds.items()]
    banks_listed = [
        (bank, *_line([charged[name].get(bank, {}).get("total_cost") for name, _ in runs], money)) for bank in ranked
    ]
    title = "Costs by bank"
    part.html = table(("kind of cost", *_headings(runs)), kinds_listed, caption="Costs by kind") + details(
        title, table(("bank", *_headings(runs)), banks_listed, caption=title, silent=True)
    )
    return part


def _indicators(connection: duckdb.DuckDBPyConnection, runs: Named) -> Section:
    part = Section("indicators", "Indicators, mean of the days")
    days = [data.indicators(connection, run["simulation_id"]) for _, run in runs]
    if not any(days):
        part.empty = "The indicators are computed for runs that completed; none of these did."
        return part
    rows = [
        [each.name, *_line([mean([day[each.name] for day in own]) for own in days], each.shown)]
        for each in indicators()
    ]
    listed = table(("indicator", *_headings(runs)), rows, caption=part.title, silent=True, groups=grouped())
    part.html = f'<div class="code">{listed}</div>{definitions()}'
    return part


def _identity(runs: Named) -> Section:
    lists = [identity(run) for _, run in runs]
    rows = [[heading, *(own[place][1] for own in lists)] for place, (heading, _) in enumerate(lists[0])]
    listed = table(("", *(name for name, _ in runs)), rows, caption="The runs", text=1 + len(runs), silent=True)
    return Section("identity", "The runs", html=f'<div class="identity">{listed}</div>')
