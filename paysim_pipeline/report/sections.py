"""The report of one run, part by part: which figures, and a sentence under each that says how to read it.

Belongs here: choosing and wording. Does not belong here: questions (`data`), drawing (`charts`), the page (`page`).
"""

from collections.abc import Sequence

import duckdb

from paysim_pipeline.report import charts, data
from paysim_pipeline.report.definitions import indicators, mean
from paysim_pipeline.report.page import Section
from paysim_pipeline.report.words import count, details, money, names, percent, plural, table
from paysim_pipeline.warehouse.queries_base import Record

COSTS = {
    "liquidity_cost": "overdraft",
    "delay_cost": "delay",
    "collateral_cost": "collateral",
    "penalty_cost": "penalties",
    "split_friction_cost": "splitting",
    "liquidity_opportunity_cost": "pool liquidity",
}
"""Column of `daily_costs` -> what it is called."""

_DAYS_LISTED = 5
_CYCLES_LISTED = 15


def facts(run: Record) -> list[tuple[str, str]]:
    """What the run was and what it came to."""
    engine = f"{run['engine_version']} ({'compiled' if run['compiled'] else 'interpreted'})"
    return [
        ("scenario", run["scenario"]),
        ("simulation", run["simulation_id"]),
        ("seed", str(run["rng_seed"])),
        ("length", f"{plural(run['num_days'], 'day')} of {plural(run['ticks_per_day'], 'tick')}"),
        ("banks", count(run["num_agents"])),
        ("engine", engine),
        ("events digest", (run["events_digest"] or "–")[:16]),
        ("payments", count(run["total_arrivals"])),
        ("settled", count(run["total_settlements"])),
        ("settlement rate", percent(run["settlement_rate"])),
        ("value submitted", money(run["submitted_value"])),
        ("value settled", money(run["settled_value"])),
        ("saved by netting", money(run["liquidity_saved"])),
        ("total cost", money(run["total_cost_cents"])),
    ]


def report_sections(connection: duckdb.DuckDBPyConnection, run: Record) -> list[Section]:
    """All parts of the report.

    Args:
        connection: the open warehouse.
        run: as `data.run` tells it.
    """
    return [
        _balances(connection, run),
        _queues(connection, run),
        _settled(connection, run),
        _throughput(connection, run),
        _costs(connection, run),
        _netting(connection, run),
        _collateral(connection, run),
        _delays(connection, run),
        _indicators(connection, run),
    ]


def _sampling(run: Record, how: str) -> str:
    return f" Each point stands for {run['stretch']} ticks: {how}." if run["stretch"] > 1 else ""


def _drawn(run: Record) -> str:
    if run["num_agents"] <= data.BANKS_DRAWN:
        return ""
    return f" Drawn are the {data.BANKS_DRAWN} of {run['num_agents']} banks that sent most value."


def _balances(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("balances", "Balances")
    key = (connection, run["simulation_id"], run["stretch"])
    rows = data.balances(*key)
    if not rows:
        part.empty = "No balance was recorded: the run ended before its first tick."
        return part
    caption = (
        "Each bank's balance at the end of a tick. A dashed line of the same colour is how far the bank may overdraw; "
        "a balance near it means that payments have to wait."
        + _drawn(run)
        + _sampling(run, "its lowest and its highest balance")
    )
    part.figures.append((charts.balances(rows, data.accounts(*key)), caption))
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
        for row in data.banks(connection, run["simulation_id"])
    ]
    if cells:
        part.html = details(f"All {plural(len(cells), 'bank')} in figures", table(columns, cells))
    return part


def _queues(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("queues", "Queues")
    rows = data.queues(connection, run["simulation_id"], run["stretch"])
    if not any(row["payments"] for row in rows):
        part.empty = "No payment was waiting at the end of any tick."
        return part
    sampling = _sampling(run, "the most at the end of any of them")
    part.figures = [
        (
            charts.queues(rows, "payments"),
            "Payments waiting at the end of a tick, all banks together: in Queue 1 because the sender holds them "
            "back, in Queue 2 because it has not the liquidity." + sampling,
        ),
        (charts.queues(rows, "value"), "The value of these payments." + sampling),
    ]
    return part


def _settled(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("settled", "Settled value by mechanism")
    rows = data.settled(connection, run["simulation_id"], run["stretch"])
    if not rows:
        part.empty = "No payment settled."
        return part
    caption = (
        "Value settled since the run began. The areas stand upon each other: the upper edge is all that settled, the "
        "height of an area what one mechanism contributed."
    )
    part.figures.append((charts.settled(rows), caption))
    return part


def _throughput(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("throughput", "Throughput within the day")
    rows = data.throughput(connection, run["simulation_id"])
    if not rows:
        part.empty = "No payment arrived."
        return part
    days = " over all days together" if run["num_days"] > 1 else ""
    caption = (
        f"Share of the value that had arrived, and that had settled, by the end of each tick of the day{days}. The "
        "gap between the lines is what waits; where the line of settled value ends below 100 %, the rest is unsettled."
    )
    part.figures.append((charts.throughput(rows), caption))
    return part


def _costs(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("costs", "Costs")
    rows = data.costs(connection, run["simulation_id"])
    kinds = {column: name for column, name in COSTS.items() if any(row[column] for row in rows)}
    if not kinds:
        part.empty = "Nothing was charged."
        return part
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["agent_id"]] = totals.get(row["agent_id"], 0) + sum(row[column] for column in kinds)
    ranked = sorted(totals, key=lambda bank: (-totals[bank], bank))
    named = set(ranked if len(ranked) <= data.COST_BANKS else ranked[: data.COST_BANKS])
    by_bank = _summed(rows, kinds, lambda row: row["agent_id"] if row["agent_id"] in named else data.OTHERS)
    by_day = _summed(rows, kinds, lambda row: row["day"])
    place = {bank: number for number, bank in enumerate([*ranked[: data.COST_BANKS], data.OTHERS])}
    bars = [{"bank": key, "kind": kind, "cost": cost} for (key, kind), cost in by_bank.items()]
    bars.sort(key=lambda bar: place[str(bar["bank"])])
    others = f" {data.COST_BANKS} banks have a bar of their own." if len(ranked) > data.COST_BANKS else ""
    part.figures = [
        (
            charts.cost_bars(bars, list(kinds.values()), "bank"),
            "What each bank was charged over the run, by kind of cost; the costliest bank stands first." + others,
        )
    ]
    if run["num_days"] > 1:
        days = [{"day": key, "kind": kind, "cost": cost} for (key, kind), cost in by_day.items()]
        grid = [
            {"bank": row["agent_id"], "day": row["day"], "cost": sum(row[column] for column in kinds)}
            for row in sorted(rows, key=lambda row: (place.get(row["agent_id"], 0), row["day"]))
            if row["agent_id"] in named
        ]
        part.figures += [
            (charts.cost_bars(days, list(kinds.values()), "day"), "The same by day, all banks together."),
            (charts.cost_map(grid), "Cost per bank and day: the darker a field, the costlier." + others),
        ]
    columns = ("bank", *kinds.values(), "total")
    cells = [
        (
            bank,
            *(money(sum(row[column] for row in rows if row["agent_id"] == bank)) for column in kinds),
            money(totals[bank]),
        )
        for bank in ranked
    ]
    part.html = details("Costs in figures", table(columns, cells))
    return part


def _summed(rows: Sequence[Record], kinds: dict[str, str], key: object) -> dict[tuple[object, str], int]:
    assert callable(key)
    sums: dict[tuple[object, str], int] = {}
    for row in rows:
        for column, kind in kinds.items():
            place = (key(row), kind)
            sums[place] = sums.get(place, 0) + row[column]
    return sums


def _netting(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("netting", "Settlement by netting")
    rows = data.cycles(connection, run["simulation_id"])
    if not rows:
        part.empty = "No payments were settled by netting them against each other."
        return part
    total = data.algorithms(connection, run["simulation_id"])
    number = sum(row["settlements"] for row in total)
    shown = f" Drawn are the {len(rows)} largest of {count(number)}." if number > len(rows) else ""
    points = [
        row | {"banks": names(row["agents"])} for row in sorted(rows, key=lambda row: (row["tick"], row["agents"]))
    ]
    for point in points:
        del point["agents"]
    caption = (
        "A point is a set of payments that settled at once: the higher, the more value. Gross is the sum of the "
        "payments, net the liquidity it took, saved the difference." + shown
    )
    part.figures.append((charts.cycles(points), caption))
    fields = ("total_value", "settled_value", "liquidity_saved")
    part.html = table(
        ("algorithm", "settlements", "payments", "gross", "net", "saved"),
        [
            (row["algorithm"], count(row["settlements"]), count(row["num_payments"]), *(money(row[f]) for f in fields))
            for row in total
        ],
        caption="By algorithm, over the whole run",
    ) + table(
        ("who", "algorithm", "tick", "payments", "gross", "net", "saved"),
        [
            (
                names(row["agents"]),
                row["algorithm"],
                count(row["tick"]),
                count(row["num_transactions"]),
                *(money(row[f]) for f in fields),
            )
            for row in rows[:_CYCLES_LISTED]
        ],
        text=2,
        caption=f"The largest {min(len(rows), _CYCLES_LISTED)}",
    )
    return part


def _collateral(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("collateral", "Collateral")
    rows = data.accounts(connection, run["simulation_id"], run["stretch"])
    moves = data.collateral(connection, run["simulation_id"])
    if not moves and not any(row["posted_collateral"] for row in rows):
        part.empty = "No bank had collateral posted."
        return part
    caption = (
        "Collateral that each bank has posted, at face value; less its haircut it adds to how far it may overdraw."
        + _drawn(run)
        + _sampling(run, "what was posted at the end of the last of them")
    )
    if any(row["posted_collateral"] for row in rows):
        part.figures.append((charts.collateral(rows), caption))
    if moves:
        part.html = table(
            ("bank", "postings", "posted", "withdrawals", "withdrawn"),
            [
                (
                    row["agent_id"],
                    count(row["posts"]),
                    money(row["posted"]),
                    count(row["withdrawals"]),
                    money(row["withdrawn"]),
                )
                for row in moves
            ],
        )
    return part


def _delays(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("delays", "Delays")
    rows = data.delays(connection, run["simulation_id"])
    if not rows:
        part.empty = "No payment settled."
        return part
    left = run["total_arrivals"] - run["total_settlements"]
    caption = (
        "Payments that settled, by the ticks they waited from arrival to settlement; the first bar holds those that "
        f"settled at once. Not in it: {plural(left, 'payment')} that did not settle."
    )
    part.figures.append((charts.delays(rows), caption))
    return part


def _indicators(connection: duckdb.DuckDBPyConnection, run: Record) -> Section:
    part = Section("indicators", "Indicators")
    days = data.indicators(connection, run["simulation_id"])
    if not days:
        part.empty = "The indicators are computed for runs that completed; this one did not."
        return part
    single = len(days) <= _DAYS_LISTED
    columns = [f"day {day['day']}" for day in days] if single else ["mean of the days", "lowest", "highest"]
    cells = []
    for indicator in indicators():
        values = [day[indicator.name] for day in days]
        known = [value for value in values if value is not None]
        shown = values if single else [mean(values), min(known, default=None), max(known, default=None)]
        cells.append((indicator.name, *(indicator.shown(value) for value in shown)))
    part.html = table(("indicator", *columns), cells) + definitions()
    return part


def definitions() -> str:
    """What the indicators mean, folded away."""
    rows = [(indicator.name, indicator.definition) for indicator in indicators()]
    inside = f'<div id="definitions">{table(("indicator", "definition"), rows, text=2)}</div>'
    return details("Definitions of the indicators", inside)
