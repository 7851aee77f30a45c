"""The report of one run, part by part: which figures, and a sentence under each that says how to read it.

Belongs here: choosing and wording. Does not belong here: questions (`data`, `courses`), drawing (`charts`, `bars`), the
page (`page`); the parts on costs, netting and collateral have modules of their own.
"""

import duckdb

from paysim_pipeline.report import bars, charts, courses, data
from paysim_pipeline.report.costs import costs
from paysim_pipeline.report.definitions import definitions, grouped, indicators, summary
from paysim_pipeline.report.drawing import Clock
from paysim_pipeline.report.netting import collateral, netting
from paysim_pipeline.report.page import Facts, Figure, Section
from paysim_pipeline.report.words import MECHANISMS, count, details, money, percent, plural, table
from paysim_pipeline.warehouse.queries_base import Record

_DAYS_LISTED = 5


def results(run: Record) -> Facts:
    """What the run came to."""
    return [
        ("payments", count(run["total_arrivals"])),
        ("settled", count(run["total_settlements"])),
        ("settlement rate", percent(run["settlement_rate"])),
        ("value submitted", money(run["submitted_value"])),
        ("value settled", money(run["settled_value"])),
        ("saved by netting", money(run["liquidity_saved"])),
        ("total cost", money(run["total_cost_cents"])),
    ]


def identity(run: Record) -> Facts:
    """What the run was: all that decides its events, and their digest."""
    return [
        ("scenario", run["scenario"]),
        ("seed", str(run["rng_seed"])),
        ("simulation", run["simulation_id"]),
        ("length", f"{plural(run['num_days'], 'day')} of {plural(run['ticks_per_day'], 'tick')}"),
        ("banks", count(run["num_agents"])),
        ("engine", f"{run['engine_version']} ({'compiled' if run['compiled'] else 'interpreted'})"),
        ("scenario fingerprint", run["config_hash"] or "–"),
        ("events digest", run["events_digest"] or "–"),
    ]


def report_sections(connection: duckdb.DuckDBPyConnection, run: Record) -> list[Section]:
    """All parts of the report.

    Args:
        connection: the open warehouse.
        run: as `data.run` tells it.
    """
    clock = clock_of(run)
    return [
        _balances(connection, run, clock),
        _queues(connection, run, clock),
        _settled(connection, run, clock),
        _throughput(connection, run),
        costs(connection, run),
        netting(connection, run, clock),
        collateral(connection, run, clock),
        _delays(connection, run),
        _indicators(connection, run),
    ]


def clock_of(run: Record) -> Clock:
    """The time that a run takes."""
    return Clock(run["ticks"], run["ticks_per_day"])


def _sampling(stretch: int, how: str) -> str:
    return f" Each point stands for {stretch} ticks: {how}." if stretch > 1 else ""


def _balances(connection: duckdb.DuckDBPyConnection, run: Record, clock: Clock) -> Section:
    part = Section("balances", "Balances")
    key = (connection, run["simulation_id"], run["stretch"])
    rows = courses.balances(*key)
    if not rows:
        part.empty = "No balance was recorded: the run ended before its first tick."
        return part
    banks = data.banks(connection, run["simulation_id"])
    limits = courses.accounts(*key)
    pool = " At the close a bank has given back what it took from its liquidity pool, so that it can be below."
    many = run["num_agents"] > data.BANKS_DRAWN
    drawn = f" Drawn are the {data.BANKS_DRAWN} of {run['num_agents']} banks that sent most value." if many else ""
    part.figures.append(
        Figure(
            "Balance of each bank" if not many else f"Balances of the {data.BANKS_DRAWN} largest senders",
            charts.balances(rows, limits, clock),
            "Each bank's balance at the end of a tick. A dashed line of the same colour is how far the bank may "
            "overdraw; a balance near it means that payments have to wait."
            + (pool if any(row["liquidity_pool"] for row in limits) else "")
            + drawn
            + _sampling(run["stretch"], "its lowest and its highest balance"),
        )
    )
    if many:
        part.figures.append(
            Figure(
                f"Balances of all {run['num_agents']} banks",
                charts.spread(courses.spread(*key), clock),
                "The pale band reaches from the lowest balance of any bank to the highest, the dark one holds the "
                "middle eight tenths of the banks, the line is the median."
                + _sampling(run["stretch"], "the balances at the end of the last of them"),
            )
        )
    columns = ("bank", "opening", "lowest", "closing", "sent", "received", "longest queue 1", "total cost")
    cells = [
        (
            row["agent_id"],
            money(row["opening_balance"]),
            money(row["min_balance"]),
            money(row["closing_balance"]),
            money(row["value_sent"]),
            money(row["value_received"]),
            count(row["queue1_peak_size"]),
            money(row["total_cost"]),
        )
        for row in banks
    ]
    if cells:
        title = f"All {plural(len(cells), 'bank')} in figures" if len(cells) > 1 else "The bank in figures"
        part.html = details(title, table(columns, cells, caption=title, silent=True))
    return part


def _queues(connection: duckdb.DuckDBPyConnection, run: Record, clock: Clock) -> Section:
    part = Section("queues", "Queues")
    rows = courses.queues(connection, run["simulation_id"], run["stretch"])
    if not any(row["payments"] for row in rows):
        part.empty = "No payment was waiting at the end of any tick."
        return part
    sampling = _sampling(run["stretch"], "the most at the end of any of them")
    payments = [{name: row[name] for name in ("queue", "tick", "payments")} for row in rows]
    values = [{name: row[name] for name in ("queue", "tick", "value")} for row in rows]
    part.figures = [
        Figure(
            "Payments waiting",
            charts.queues(payments, "payments", clock),
            "Payments waiting at the end of a tick, all banks together: in Queue 1 because the sender holds them "
            "back, in Queue 2 because the sender lacks the liquidity." + sampling,
        ),
        Figure("Value waiting", charts.queues(values, "value", clock), "The value of these payments." + sampling),
    ]
    return part


def _settled(connection: duckdb.DuckDBPyConnection, run: Record, clock: Clock) -> Section:
    part = Section("settled", "Settled value by mechanism")
    rows = courses.settled(connection, run["simulation_id"], run["stretch"])
    if not rows:
        part.empty = "No payment settled."
        return part
    caption = (
        "Value settled since the run began. The areas stand upon each other: the upper edge is all that settled, the "
        "height of an area what one mechanism contributed."
        + _sampling(run["stretch"], "what had settled by the end of the last of them")
    )
    part.figures.append(Figure(part.title, charts.settled(rows, clock), caption))
    part.html = mechanisms([("value settled", rows)])
    return part


def mechanisms(runs: list[tuple[str, list[Record]]]) -> str:
    """A table of the value that each mechanism settled in the end, and its share.

    Args:
        runs: heading of a run, and its rows as `courses.settled` tells them.
    """
    ends: list[dict[str, int]] = [{row["mechanism"]: row["value"] for row in rows} for _, rows in runs]
    found = {name for end in ends for name in end}
    order = [*(name for name in MECHANISMS if name in found), *sorted(found - set(MECHANISMS))]
    cells = []
    for name in order:
        line = [MECHANISMS.get(name, name)]
        for end in ends:
            total = sum(end.values())
            line += [money(end.get(name, 0)), percent(end.get(name, 0) / total if total else None)]
        cells.append(line)
    columns = ["mechanism", *(heading for name, _ in runs for heading in (name, "share"))]
    return table(columns, cells, caption="Value settled by each mechanism, over the whole run")


def _throughput(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("throughput", "Throughput within the day")
    rows = courses.throughput(connection, run["simulation_id"])
    if not rows:
        part.empty = "No payment arrived."
        return part
    days = ", all days together" if run["num_days"] > 1 else ""
    caption = (
        f"Share of the value that had arrived (grey) and that had settled (blue) by the end of each tick of the "
        f"day{days}. The gap is what waits; where the blue line ends below 100 %, the rest did not settle."
        + _sampling(-(-run["ticks_per_day"] // data.STRETCHES), "the shares at the end of the last of them")
    )
    part.figures.append(Figure(part.title, charts.throughput(rows, Clock(run["ticks_per_day"])), caption))
    return part


def _delays(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("delays", "Delays")
    rows = data.delays(connection, run["simulation_id"])
    if not rows:
        part.empty = "No payment settled."
        return part
    payments = sum(row["payments"] for row in rows)
    at_once = sum(row["payments"] for row in rows if row["first"] == 0)
    left = run["total_arrivals"] - run["total_settlements"]
    unsettled = f" {plural(left, 'payment')} did not settle." if left > 0 else ""
    if at_once == payments:
        part.empty = f"Every payment that settled did so in the tick in which it arrived.{unsettled}"
        return part
    caption = (
        "Payments that waited, by the ticks from arrival to settlement. Not drawn: "
        f"{count(at_once)} of {plural(payments, 'settled payment')} ({percent(at_once / payments)}) that settled in "
        f"the tick in which they arrived.{unsettled}"
    )
    part.figures.append(Figure(part.title, bars.delays([row for row in rows if row["first"] > 0]), caption))
    return part


def _indicators(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("indicators", "Indicators")
    days = data.indicators(connection, run["simulation_id"])
    if not days:
        part.empty = "The indicators are computed for runs that completed; this one did not."
        return part
    if len(days) <= _DAYS_LISTED:
        columns = [f"day {day['day']}" for day in days]
        cells = [[each.name, *(each.shown(day[each.name]) for day in days)] for each in indicators()]
    else:
        columns = ["mean of the days", "median", "lowest", "highest"]
        cells = [
            [each.name, *(each.shown(value) for value in summary([day[each.name] for day in days]))]
            for each in indicators()
        ]
    listed = table(("indicator", *columns), cells, caption="Indicators by day", silent=True, groups=grouped())
    part.html = f'<div class="code">{listed}</div>{definitions()}'
    return part
