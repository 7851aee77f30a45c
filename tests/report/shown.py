"""What a report of a run shows, read off its page in the form in which `truth` works it out.

Belongs here: which table or chart holds which figure. Does not belong here: what they should be (`truth`), tests.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from paysim_pipeline.cli.output import count, money, percent
from tests.report.pages import Page
from tests.report.truth import SUMS, Figures, Row


def cents(units: float) -> int:
    """An amount of a chart, which is in units, in cents."""
    return round(100 * units)


def shown(page: Page, like: Figures) -> Figures:
    """The same figures as a page shows them.

    Args:
        page: the page.
        like: what `expected` found; the indicators of the page are read in the units that it has.
    """
    found: Figures = {"facts": {name: value for name, value in page.facts.items() if name != "length"}}
    figures, tables = page.specs, page.tables
    if "balances-1" in figures:
        found["balances: lines"] = _lines(page.rows("balances-1", 1), "agent_id", "balance")
        found["balances: limits"] = _held(page.rows("balances-1", 0), "agent_id", "limit", like["balances: limits"])
        found["balances: banks"] = next(page.table(*key) for key in tables if key[0] == "balances")
    if "balances-2" in figures:
        names = ("lowest", "low", "median", "high", "highest")
        found["balances: bands"] = [
            [row["tick"], *(cents(row[name]) for name in names)] for row in page.rows("balances-2")
        ]
    if "queues-1" in figures:
        for place, queue in ((1, "Queue 1 (at the banks)"), (2, "Queue 2 (in the system)")):
            rows = [row for row in page.rows("queues-1") if row["queue"] == queue]
            found[f"queues: payments {place}"] = [(row["tick"], row["payments"]) for row in rows]
            found[f"queues: value {place}"] = _lines(page.rows("queues-2"), "queue", "value")[queue]
    if "settled-1" in figures:
        found["settled: courses"] = _lines(page.rows("settled-1"), "mechanism", "value")
        found["settled: table"] = next(page.table(*key) for key in tables if key[0] == "settled")
    for flow in ("arrived", "settled"):
        rows = [row for row in page.rows("throughput-1") if row["flow"] == flow]
        found[f"throughput: {flow}"] = [(r["tick"], cents(r["value"]), round(r["share"], 9)) for r in rows]
    if "costs-1" in figures:
        found["costs: by bank"] = {(r["bank"], r["kind"]): cents(r["cost"]) for r in page.rows("costs-1")}
        found["costs: table"] = page.table("costs", "Costs in figures")
    if "costs-3" in figures:
        found["costs: by day"] = {(r["day"], r["kind"]): cents(r["cost"]) for r in page.rows("costs-2")}
        found["costs: map"] = {(r["bank"], r["day"]): cents(r["cost"]) for r in page.rows("costs-3")}
    if "netting-1" in figures:
        found["netting: points"] = sorted(
            (r["tick"], r["banks"], r["algorithm"], r["num_transactions"], *(cents(r[column]) for column in SUMS))
            for r in page.rows("netting-1")
        )
        found["netting: table"] = page.table("netting", "By algorithm, over the whole run")
        found["netting: largest"] = next(table[1:] for table in tables.values() if table[0][0] == "who")
    if "netting-2" in figures:
        found["netting: days"] = {
            (r["algorithm"], r["day"]): [r["settlements"], *(cents(r[column]) for column in SUMS)]
            for r in page.rows("netting-2")
        }
    if "collateral-1" in figures:
        rows = page.rows("collateral-1")
        found["collateral: lines"] = _held(rows, "agent_id", "posted", like["collateral: lines"])
    if any(key[0] == "collateral" for key in tables):
        found["collateral: table"] = page.table("collateral", "Postings and withdrawals by bank")
    if "delays-1" in figures:
        found["delays: classes"] = {
            (r["first"], r["last"]): [r["payments"], cents(r["value"])] for r in page.rows("delays-1")
        }
    if any(key[0] == "indicators" for key in tables):
        cells = next(page.table(*key) for key in tables if key[0] == "indicators" and "Definitions" not in key[1])
        found["indicators"] = {
            name: [_agreed(text, value) for text, value in zip(cells[name], values, strict=True)]
            for name, values in like["indicators"].items()
        }
    return found


def _lines(rows: Sequence[Row], series: str, value: str) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        found[row[series]].append((row["tick"], cents(row[value])))
    return dict(found)


def _held(rows: Sequence[Row], series: str, value: str, like: dict[str, list[tuple[int, int]]]) -> Figures:
    """A line that is drawn where it changes, read at the ticks of another one."""
    found: Figures = {}
    for name, line in _lines(rows, series, value).items():
        ticks = [tick for tick, _ in like.get(name, [])]
        found[name] = [(tick, [held for at, held in line if at <= tick][-1]) for tick in ticks]
    return found


def _agreed(text: str, value: float | None) -> Any:
    """The value, if the text is one of the ways to write it; otherwise the text."""
    if value is None:
        return None if text == "–" else text
    ways = {f"{value:,.2f}", percent(value), money(round(value))}
    if value == int(value):
        ways.add(count(int(value)))
    return value if text in ways else text
