"""The report's parts on netting and on collateral: what makes payments settle that liquidity alone would not.

Belongs here: choosing and wording, for these two. Does not belong here: the other parts (`sections`).
"""

import json

import duckdb

from paysim_pipeline.report import bars, charts, courses, data
from paysim_pipeline.report.drawing import Clock
from paysim_pipeline.report.page import Figure, Section
from paysim_pipeline.report.words import MECHANISMS, count, details, money, names, table
from paysim_pipeline.warehouse.queries_base import Record

_CYCLES_LISTED = 15
_BANKS_LISTED = 12
_AMOUNTS = ("total_value", "settled_value", "liquidity_saved")


def netting(connection: duckdb.DuckDBPyConnection, run: Record, clock: Clock) -> Section:
    """Settlements by netting: when, who, gross, net, saved.

    Args:
        connection: the open warehouse.
        run: as `data.run` tells it.
        clock: its time.
    """
    part = Section("netting", "Settlement by netting")
    rows = data.cycles(connection, run["simulation_id"])
    if not rows:
        part.empty = (
            "Netting was on, but no payments were settled by netting them against each other."
            if _netting_is_on(run)
            else "There is no netting in this scenario: all its algorithms are switched off."
        )
        return part
    total = data.algorithms(connection, run["simulation_id"])
    number = sum(row["settlements"] for row in total)
    drawn = f" Drawn are the {len(rows)} largest of {count(number)}." if number > len(rows) else ""
    points = [
        row | {"banks": names(row["agents"])} for row in sorted(rows, key=lambda row: (row["tick"], row["agents"]))
    ]
    for point in points:
        del point["agents"]
    part.figures.append(
        Figure(
            "Settlements by netting",
            charts.cycles(points, clock),
            "A point is a set of payments that settled at once: the higher, the more value. Gross is the sum of the "
            "payments, net the liquidity it took, saved the difference." + drawn,
        )
    )
    if run["num_days"] > 1:
        days = data.netted_by_day(connection, run["simulation_id"])
        part.figures.append(
            Figure(
                "Liquidity saved by day",
                bars.saved(days, run["num_days"]),
                "The liquidity that netting saved on each day, by algorithm: gross less net.",
            )
        )
    headings = ("settlements", "payments", "gross", "net", "saved")
    part.html = table(
        ("algorithm", *headings),
        [
            (_called(row), count(row["settlements"]), count(row["num_payments"]), *(money(row[f]) for f in _AMOUNTS))
            for row in total
        ],
        caption="By algorithm, over the whole run",
    ) + table(
        ("who", "algorithm", "tick", *headings[1:]),
        [
            (
                names(row["agents"]),
                _called(row),
                count(row["tick"]),
                count(row["num_transactions"]),
                *(money(row[f]) for f in _AMOUNTS),
            )
            for row in rows[:_CYCLES_LISTED]
        ],
        text=2,
        caption=f"The largest {min(len(rows), _CYCLES_LISTED)}" if len(rows) > 1 else "The only one",
    )
    return part


def _called(row: Record) -> str:
    name: str = row["algorithm"]
    return MECHANISMS.get(name, name)


def _netting_is_on(run: Record) -> bool:
    scenario = json.loads(run["config_json"])
    algorithms = ("enable_bilateral", "enable_cycles", "enable_multilateral")
    switches = scenario.get("lsm_config", {})
    return bool(scenario.get("entry_disposition_offsetting")) or any(switches.get(name) for name in algorithms)


def collateral(connection: duckdb.DuckDBPyConnection, run: Record, clock: Clock) -> Section:
    """Collateral posted, and what each bank posted and withdrew.

    Args:
        connection: the open warehouse.
        run: as `data.run` tells it.
        clock: its time.
    """
    part = Section("collateral", "Collateral")
    rows = courses.accounts(connection, run["simulation_id"], run["stretch"], by="posted_collateral")
    moves = data.collateral(connection, run["simulation_id"])
    if not moves and not any(row["posted_collateral"] for row in rows):
        part.empty = "No bank had collateral posted at any time."
        return part
    posting = [row for row in rows if row["posted_collateral"]]
    if posting:
        banks = {row["agent_id"] for row in posting}
        number = max(len(moves), len(banks))
        shown = [row for row in rows if row["agent_id"] in banks]
        stretch = run["stretch"]
        sampling = (
            f" Each point stands for {stretch} ticks: what was posted at the end of the last of them."
            if stretch > 1
            else ""
        )
        most = f" Drawn are the {data.BANKS_DRAWN} banks that had most posted." if len(banks) < number else ""
        part.figures.append(
            Figure(
                "Collateral posted",
                charts.collateral(shown, clock),
                "Collateral that each bank has posted, at face value; less its haircut it adds to how far the bank "
                "may overdraw. Banks that have none are left out." + most + sampling,
            )
        )
    if moves:
        title = "Postings and withdrawals by bank"
        listed = table(
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
            caption=title,
            silent=len(moves) > _BANKS_LISTED,
        )
        part.html = details(title, listed) if len(moves) > _BANKS_LISTED else listed
    return part
