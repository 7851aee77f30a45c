"""What a report of a run must show, worked out here from the rows of the warehouse, one by one and in plain Python.

Belongs here: the figures of each part as the models have them. Does not belong here: the same as a page has them
(`shown`), tests. Nothing of `paysim_pipeline.report` is used but its limits.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import floor
from statistics import mean, median
from typing import Any

import duckdb

from paysim_pipeline.cli.output import count, money, percent
from paysim_pipeline.report import data

Figures = dict[str, Any]
Row = dict[str, Any]

COSTS = {
    "liquidity_cost": "overdraft",
    "delay_cost": "delay",
    "collateral_cost": "collateral",
    "penalty_cost": "penalties",
    "split_friction_cost": "splitting",
    "liquidity_opportunity_cost": "pool liquidity",
}
MECHANISMS = {
    "immediate": "immediate",
    "queue2": "from Queue 2",
    "bilateral": "bilateral netting",
    "cycle": "cycle netting",
    "multilateral": "multilateral netting",
    "entry_offset": "offset on entry",
}
SUMS = ("total_value", "settled_value", "liquidity_saved")


class Warehouse:
    """The rows of one run."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, simulation_id: str) -> None:
        self.connection = connection
        self.simulation_id = simulation_id
        (self.run,) = self.rows("main.simulations")
        self.ticks = self.run["num_days"] * self.run["ticks_per_day"]
        self.stretch = -(-self.ticks // data.STRETCHES)
        self.payments = self.rows("main.transactions")
        self.agents = {row["agent_id"]: row for row in self.rows("main.agents", "agent_no")}
        self.agent_days = self.rows("main.daily_agent_metrics", "agent_id, day")
        self.balances = self.rows("staging.stg_agent_ticks", "tick, agent_no")
        self.cycles = self.rows("main.lsm_cycles", "event_seq")
        self.costs = self.rows("main.daily_costs", "day, agent_id")

    def rows(self, table: str, order: str = "all") -> list[Row]:
        """All rows of the run in a table."""
        result = self.connection.execute(
            f"select * from {table} where simulation_id = $run order by {order}", {"run": self.simulation_id}
        )
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def settled(self) -> list[Row]:
        """The payments that settled and are no sums of others."""
        return [row for row in self.payments if row["settled_via"] not in (None, "children")]

    def largest(self, column: str, pick: Callable[[Iterable[int]], int]) -> list[str]:
        """The banks that are drawn: those with most of a column of their days."""
        days: dict[str, list[int]] = {bank: [] for bank in self.agents}
        for row in self.agent_days:
            days[row["agent_id"]].append(row[column])
        order = list(self.agents)
        ranked = sorted(order, key=lambda bank: (-pick(days[bank] or [0]), order.index(bank)))
        return ranked[: data.BANKS_DRAWN]


def expected(warehouse: Warehouse) -> Figures:
    """Every figure of a report, by part and name; money in cents or as it is written in tables."""
    return {
        **_facts(warehouse),
        **_balances(warehouse),
        **_queues(warehouse),
        **_settled(warehouse),
        **_costs(warehouse),
        **_netting(warehouse),
        **_collateral(warehouse),
        **_delays(warehouse),
        **_indicators(warehouse),
    }


def _facts(warehouse: Warehouse) -> Figures:
    run = warehouse.run
    compiled = "compiled" if run["compiled"] else "interpreted"
    arrived = [row for row in warehouse.payments if row["parent_tx_id"] is None]
    return {
        "facts": {
            "payments": count(run["total_arrivals"]),
            "settled": count(run["total_settlements"]),
            "settlement rate": percent(run["total_settlements"] / run["total_arrivals"]),
            "value submitted": money(sum(row["amount"] for row in arrived)),
            "value settled": money(sum(row["settled_amount"] for row in warehouse.settled())),
            "saved by netting": money(sum(row["total_value"] - row["settled_value"] for row in warehouse.cycles)),
            "total cost": money(run["total_cost_cents"]),
            "scenario": run["scenario"],
            "seed": str(run["rng_seed"]),
            "simulation": run["simulation_id"],
            "banks": count(run["num_agents"]),
            "engine": f"{run['engine_version']} ({compiled})",
            "scenario fingerprint": run["config_hash"],
            "events digest": run["events_digest"],
        }
    }


def _stretches(rows: Sequence[Row], stretch: int) -> dict[int, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row["tick"] // stretch].append(row)
    return found


def _limit(warehouse: Warehouse, row: Row) -> int:
    haircut: float = warehouse.agents[row["agent_id"]]["collateral_haircut"]
    return floor(int(row["posted_collateral"]) * max(0.0, 1.0 - haircut)) + int(row["unsecured_cap"])


def _balances(warehouse: Warehouse) -> Figures:
    drawn = warehouse.largest("value_sent", sum)
    lines, limits = {}, {}
    for bank in drawn:
        own = [row for row in warehouse.balances if row["agent_id"] == bank]
        points = set()
        for rows in _stretches(own, warehouse.stretch).values():
            low = min(rows, key=lambda row: (row["balance"], row["tick"]))
            high = max(rows, key=lambda row: (row["balance"], -row["tick"]))
            points |= {(row["tick"], row["balance"]) for row in (low, high)}
        lines[bank] = sorted(points)
        ends = [rows[-1] for rows in _stretches(own, warehouse.stretch).values()]
        limits[bank] = [(row["tick"], -_limit(warehouse, row)) for row in ends]
    found: Figures = {"balances: lines": lines, "balances: limits": limits, "balances: banks": _banks(warehouse)}
    if len(warehouse.agents) > data.BANKS_DRAWN:
        bands = []
        for rows in _stretches(warehouse.balances, warehouse.stretch).values():
            last = max(row["tick"] for row in rows)
            order = sorted(row["balance"] for row in rows if row["tick"] == last)
            bands.append([last, order[0], _quantile(order, 1), _quantile(order, 5), _quantile(order, 9), order[-1]])
        found["balances: bands"] = bands
    return found


def _quantile(order: Sequence[int], tenths: int) -> int:
    """The smallest value that so many tenths do not exceed."""
    return order[max(0, -(-len(order) * tenths // 10) - 1)]


def _banks(warehouse: Warehouse) -> dict[str, list[str]]:
    days = defaultdict(list)
    for row in warehouse.agent_days:
        days[row["agent_id"]].append(row)
    return {
        bank: [
            money(own[0]["opening_balance"]),
            money(min(row["min_balance"] for row in own)),
            money(own[-1]["closing_balance"]),
            money(sum(row["value_sent"] for row in own)),
            money(sum(row["value_received"] for row in own)),
            count(max(row["queue1_peak_size"] for row in own)),
            money(sum(row["total_cost"] for row in own)),
        ]
        for bank, own in days.items()
    }


def _queues(warehouse: Warehouse) -> Figures:
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    columns = ("queue1_size", "queue1_value", "queue2_size", "queue2_value")
    for row in warehouse.balances:
        for column in columns:
            sums[row["tick"]][column] += row[column]
    stretches = _stretches([{"tick": tick, **own} for tick, own in sums.items()], warehouse.stretch)
    found: Figures = {}
    for name, column in zip(("payments 1", "value 1", "payments 2", "value 2"), columns, strict=True):
        line = [(rows[0]["tick"], max(row[column] for row in rows)) for rows in stretches.values()]
        found[name] = line
    if not any(value for name in ("payments 1", "payments 2") for _, value in found[name]):
        return {}
    return {f"queues: {name}": line for name, line in found.items()}


def _settled(warehouse: Warehouse) -> Figures:
    settled = warehouse.settled()
    length = warehouse.run["ticks_per_day"]
    ends = [min(tick + warehouse.stretch, warehouse.ticks) - 1 for tick in range(0, warehouse.ticks, warehouse.stretch)]
    names = {row["settled_via"] for row in settled}
    courses = {
        MECHANISMS[name]: [
            (end, sum(r["settled_amount"] for r in settled if r["settled_via"] == name and r["settlement_tick"] <= end))
            for end in ends
        ]
        for name in names
    }
    total = sum(row["settled_amount"] for row in settled)
    arrived = [row for row in warehouse.payments if row["parent_tx_id"] is None]
    everything = sum(row["amount"] for row in arrived)
    step = -(-length // data.STRETCHES)
    flows = {}
    for flow, rows, at, amount in (
        ("arrived", arrived, "arrival_tick", "amount"),
        ("settled", settled, "settlement_tick", "settled_amount"),
    ):
        line = []
        for begin in range(0, length, step):
            end = min(begin + step, length) - 1
            value = sum(row[amount] for row in rows if row[at] % length <= end)
            line.append((end, value, round(value / everything, 9)))
        flows[flow] = line
    found: Figures = {f"throughput: {flow}": line for flow, line in flows.items()}
    if settled:
        found["settled: courses"] = courses
        found["settled: table"] = {
            name: [money(line[-1][1]), percent(line[-1][1] / total)] for name, line in courses.items()
        }
    return found


def _costs(warehouse: Warehouse) -> Figures:
    kinds = [column for column in COSTS if any(row[column] for row in warehouse.costs)]
    if not kinds:
        return {}
    banks: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(kinds, 0))
    days: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(kinds, 0))
    for row in warehouse.costs:
        for kind in kinds:
            banks[row["agent_id"]][kind] += row[kind]
            days[row["day"]][kind] += row[kind]
    ranked = sorted(banks, key=lambda bank: (-sum(banks[bank].values()), bank))
    drawn = ranked[: data.COST_BANKS]
    found: Figures = {
        "costs: by bank": {(bank, COSTS[kind]): banks[bank][kind] for bank in drawn for kind in kinds},
        "costs: table": {
            bank: [*(money(banks[bank][kind]) for kind in kinds), money(sum(banks[bank].values()))] for bank in ranked
        },
    }
    if warehouse.run["num_days"] > 1:
        found["costs: by day"] = {(day, COSTS[kind]): days[day][kind] for day in days for kind in kinds}
        found["costs: map"] = {
            (row["agent_id"], row["day"]): sum(row[kind] for kind in kinds)
            for row in warehouse.costs
            if row["agent_id"] in drawn
        }
    return found


def _netting(warehouse: Warehouse) -> Figures:
    if not warehouse.cycles:
        return {}
    ranked = sorted(warehouse.cycles, key=lambda row: (-row["total_value"], row["event_seq"]))
    algorithms: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    days: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * 4)
    for row in warehouse.cycles:
        name = MECHANISMS[row["algorithm"]]
        sums = [row[column] for column in SUMS]
        for place, value in enumerate([1, row["num_transactions"], *sums]):
            algorithms[name][place] += value
        for place, value in enumerate([1, *sums]):
            days[name, row["day"]][place] += value
    found: Figures = {
        "netting: points": sorted(
            (row["tick"], ", ".join(row["agents"]), MECHANISMS[row["algorithm"]], row["num_transactions"],
             *(row[column] for column in SUMS))
            for row in ranked[: data.LARGEST_CYCLES]
        ),
        "netting: table": {
            name: [count(own[0]), count(own[1]), *map(money, own[2:])] for name, own in algorithms.items()
        },
        "netting: largest": [
            [", ".join(row["agents"]), MECHANISMS[row["algorithm"]], count(row["tick"]), count(row["num_transactions"]),
             *(money(row[column]) for column in SUMS)]
            for row in ranked[: data.LARGEST_CYCLES][:15]
        ],
    }  # fmt: skip
    if warehouse.run["num_days"] > 1:
        found["netting: days"] = dict(days)
    return found


def _collateral(warehouse: Warehouse) -> Figures:
    moves: dict[str, list[int]] = defaultdict(lambda: [0] * 4)
    for row in warehouse.rows("main.collateral_events"):
        place = 0 if row["action"] == "post" else 2
        moves[row["agent_id"]][place] += 1
        moves[row["agent_id"]][place + 1] += row["amount"]
    lines = {}
    for bank in warehouse.largest("peak_posted_collateral", max):
        own = [row for row in warehouse.balances if row["agent_id"] == bank]
        ends = [rows[-1] for rows in _stretches(own, warehouse.stretch).values()]
        if any(row["posted_collateral"] for row in ends):
            lines[bank] = [(row["tick"], row["posted_collateral"]) for row in ends]
    found: Figures = {}
    if lines:
        found["collateral: lines"] = lines
    if moves:
        found["collateral: table"] = {
            bank: [count(own[0]), money(own[1]), count(own[2]), money(own[3])] for bank, own in moves.items()
        }
    return found


def _delays(warehouse: Warehouse) -> Figures:
    rows = [row for row in warehouse.payments if row["status"] == "settled" and row["parent_tx_id"] is None]
    waited = [row for row in rows if row["total_delay_ticks"]]
    if not waited:
        return {}
    width = (max(row["total_delay_ticks"] for row in waited) - 1) // 40 + 1
    classes: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in waited:
        first = (row["total_delay_ticks"] - 1) // width * width + 1
        classes[first][0] += 1
        classes[first][1] += row["amount"]
    return {"delays: classes": {(first, first + width - 1): own for first, own in classes.items()}}


def _indicators(warehouse: Warehouse) -> Figures:
    days = warehouse.rows("main.payment_system_indicators", "day")
    names = [name for name in days[0] if name not in ("simulation_id", "scenario", "day")]
    found = {}
    for name in names:
        values = [day[name] for day in days]
        if len(days) > 5:
            known = [value for value in values if value is not None]
            values = [mean(known), median(known), min(known), max(known)] if known else [None] * 4
        found[name] = values
    return {"indicators": found}
