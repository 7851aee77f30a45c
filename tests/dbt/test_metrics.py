"""The figures of a day, worked out again in plain Python from what the engine shows, tick by tick."""

from collections import defaultdict
from typing import Any

import pytest

from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation, TickSummary
from tests.dbt.projects import SCENARIOS, Built, Row, rows, warehouse

KEYS = ("simulation_id", "scenario", "agent_id", "day")

COSTS = {
    "liquidity_cost": "liquidity_cost",
    "delay_cost": "delay_cost",
    "collateral_cost": "collateral_cost",
    "split_friction_cost": "split_friction_cost",
    "penalty_cost": "deadline_penalty_cost",
    "liquidity_opportunity_cost": "liquidity_opportunity_cost",
    "total": "total_cost",
}
"""Component of an accrual -> its column."""


class Day:
    """Accounts of one agent on one day."""

    def __init__(self, opening: Row) -> None:
        self.opening = opening
        self.ticks: list[Row] = []
        self.figures: dict[str, int] = defaultdict(int)
        self.net_debit = 0

    def metrics(self) -> Row:
        balances = [tick["balance"] for tick in self.ticks]
        posted = [tick["posted_collateral"] for tick in self.ticks]
        return {
            "opening_balance": self.opening["balance"],
            "closing_balance": balances[-1],
            "min_balance": min([self.opening["balance"], *balances]),
            "max_balance": max([self.opening["balance"], *balances]),
            "unsecured_cap": self.opening["unsecured_cap"],
            "peak_overdraft": max(0, *(-balance for balance in balances)),
            "opening_posted_collateral": self.opening["posted_collateral"],
            "closing_posted_collateral": posted[-1],
            "peak_posted_collateral": max([self.opening["posted_collateral"], *posted]),
            "collateral_capacity": 10 * self.opening["unsecured_cap"],
            "queue1_peak_size": max(tick["queue1"] for tick in self.ticks),
            "queue1_eod_size": self.ticks[-1]["queue1"],
            "queue2_peak_size": max(tick["queue2"] for tick in self.ticks),
            "queue2_eod_size": self.ticks[-1]["queue2"],
            **self.figures,
        }


class Ledger:
    """All days of all agents of a run, filled from the engine's own pictures and from its events."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.per_day = simulation.config.ticks_per_day
        self.last = {
            agent.id: {
                "balance": agent.opening_balance,
                "posted_collateral": agent.posted_collateral,
                "unsecured_cap": agent.unsecured_cap,
            }
            for agent in simulation.config.agents
        }
        self.days: dict[tuple[str, int], Day] = {}
        self.payments: dict[str, Row] = {}
        self.children: dict[str, list[str]] = {}
        self.settled: dict[str, int] = {}

    def look(self, summary: TickSummary) -> None:
        """Take down the accounts at the end of a tick."""
        picture: Any = self.simulation.snapshot()
        for agent, account in picture["agents"].items():
            day = self.days.setdefault((agent, summary.tick // self.per_day), Day(self.last[agent]))
            account["queue1"] = len(account["queue1"]) + len(account["scheduled"])
            account["queue2"] = sum(self.senders()[tx_id] == agent for tx_id in picture["queue2"])
            day.ticks.append(account)
            self.last[agent] = account

    def senders(self) -> dict[str, str]:
        """Payment -> who pays it, of all that arrived so far."""
        arrivals: Any = (event for event in self.simulation.events() if event["event_type"] == "Arrival")
        return {event["tx_id"]: event["sender_id"] for event in arrivals}

    def read(self, events: list[Row]) -> None:
        """Count what happened."""
        by_tick: dict[int, list[Row]] = defaultdict(list)
        for event in events:
            by_tick[event["tick"]].append(event)
        for tick, happened in sorted(by_tick.items()):
            sent: dict[str, int] = defaultdict(int)
            for event in happened:
                self._read(event, self.days, tick // self.per_day, sent)
            for agent, value in sent.items():
                day = self.days[agent, tick // self.per_day]
                day.net_debit += value
                day.figures["max_net_debit"] = max(day.figures["max_net_debit"], day.net_debit)

    def _read(self, event: Row, days: dict[tuple[str, int], Day], day: int, sent: dict[str, int]) -> None:
        kind = event["event_type"]
        if kind == "Arrival":
            self.payments[event["tx_id"]] = event
            if event["parent_tx_id"] is None:
                days[event["sender_id"], day].figures["num_arrivals"] += 1
        elif kind == "PolicySplit":
            self.children[event["tx_id"]] = event["child_ids"]
        elif kind == "PolicyDrop":
            days[event["agent_id"], day].figures["num_dropped"] += 1
        elif kind == "CollateralPost":
            days[event["agent_id"], day].figures["num_collateral_posts"] += 1
        elif kind in ("CollateralWithdraw", "CollateralTimerWithdrawn"):
            days[event["agent_id"], day].figures["num_collateral_withdrawals"] += 1
        elif kind == "CostAccrual":
            for component, column in COSTS.items():
                days[event["agent_id"], day].figures[column] += event["costs"][component]
        elif kind in ("RtgsImmediateSettlement", "Queue2LiquidityRelease"):
            self._settle(event["tx_id"], day, sent, netted=False)
        elif kind == "EntryDispositionOffset":
            for tx_id in [event["incoming_tx_id"], *event["queued_tx_ids"]]:
                self._settle(tx_id, day, sent, netted=True)
        elif kind.startswith("Lsm"):
            for tx_id in event["tx_ids"]:
                self._settle(tx_id, day, sent, netted=True)

    def _settle(self, tx_id: str, day: int, sent: dict[str, int], *, netted: bool) -> None:
        payment = self.payments[tx_id]
        sender, receiver = payment["sender_id"], payment["receiver_id"]
        figures = self.days[sender, day].figures
        figures["num_sent"] += 1
        figures["num_lsm_releases"] += netted
        figures["value_sent"] += payment["amount"]
        self.days[receiver, day].figures["num_received"] += 1
        self.days[receiver, day].figures["value_received"] += payment["amount"]
        sent[sender] += payment["amount"]
        sent[receiver] -= payment["amount"]
        self.settled[tx_id] = day
        while payment["parent_tx_id"] is not None:
            payment = self.payments[payment["parent_tx_id"]]
            if all(child in self.settled for child in self.children[payment["tx_id"]]):
                self.settled[payment["tx_id"]] = day
        if payment["tx_id"] in self.settled:
            figures["num_settled"] += 1


@pytest.mark.parametrize("scenario", ["netting", "deferred", "policies"])
def test_daily_agent_metrics(built: Built, scenario: str) -> None:
    simulation = Simulation(load_scenario(SCENARIOS / f"{scenario}.yaml").engine_config())
    ledger = Ledger(simulation)
    simulation.run(on_tick=ledger.look)
    ledger.read(list(flat_events(simulation.recorder.drain(), simulation.recorder.texts, simulation.agent_ids)))

    with warehouse(built.database) as connection:
        stored = rows(connection, "select * from daily_agent_metrics where scenario = ?", [scenario])
    assert {(row["agent_id"], row["day"]) for row in stored} == set(ledger.days)
    for row in stored:
        expected = ledger.days[row["agent_id"], row["day"]].metrics()
        figures = {name: value for name, value in row.items() if name not in KEYS}
        assert figures == {**dict.fromkeys(figures, 0), **expected}


def test_totals_of_the_run_are_those_of_its_days(built: Built) -> None:
    with warehouse(built.database) as connection:
        compared = rows(
            connection,
            """
            select
                runs.scenario,
                runs.total_arrivals = days.arrivals as arrivals,
                runs.total_settlements = days.settlements as settlements,
                runs.total_cost_cents = days.costs as costs,
                runs.settlement_rate = runs.total_settlements / runs.total_arrivals as rate,
            from simulations as runs
            inner join (
                select
                    simulation_id,
                    sum(num_arrivals) as arrivals,
                    sum(num_settled) as settlements,
                    sum(total_cost) as costs,
                from daily_agent_metrics
                group by simulation_id
            ) as days using (simulation_id)
            """,
        )
    assert len(compared) == 3
    assert all(row["arrivals"] and row["settlements"] and row["costs"] and row["rate"] for row in compared)
