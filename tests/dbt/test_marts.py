"""What happened, read from the marts, is what the events say, worked out again in plain Python.

Belongs here: registers, budgets, collateral, netting, costs, policies. Does not belong here: the figures of a day
(`test_metrics`), queues (`test_build`, `test_queues`), indicators.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from paysim_engine.record.flat import flat_events
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation
from tests.dbt.projects import SCENARIOS, Built, Row, rows, warehouse

NAMES = ["deferred", "netting", "policies"]
NETTED = {
    "LsmBilateralOffset": "bilateral",
    "LsmCycleSettlement": "cycle",
    "LsmMultilateralSettlement": "multilateral",
    "EntryDispositionOffset": "entry_offset",
}


class Played:
    """A run played again, and what the marts say of the stored one.

    Attributes:
        events: all events of the run, flat.
        agents: ids of the agents.
        per_day: ticks of a day.
        payments: id of a payment -> its arrival.
    """

    def __init__(self, built: Built, scenario: str) -> None:
        self.built = built
        self.scenario = scenario
        simulation = Simulation(load_scenario(SCENARIOS / f"{scenario}.yaml").engine_config())
        simulation.run()
        self.events: list[Any] = list(
            flat_events(simulation.recorder.drain(), simulation.recorder.texts, simulation.agent_ids)
        )
        self.agents = list(simulation.agent_ids)
        self.per_day = int(simulation.config.ticks_per_day)
        self.payments = {event["tx_id"]: event for event in self.of("Arrival")}

    def of(self, *types: str) -> Iterator[Row]:
        """The events of some types."""
        return (event for event in self.events if event["event_type"] in types)

    def mart(self, name: str, order: str) -> list[Row]:
        """The rows of a mart for this run, without the names of run and scenario."""
        with warehouse(self.built.database) as connection:
            return rows(
                connection,
                f"select * exclude (simulation_id, scenario) from {name} where scenario = ? order by {order}",
                [self.scenario],
            )


@pytest.fixture(scope="module", params=NAMES)
def played(built: Built, request: pytest.FixtureRequest) -> Played:
    return Played(built, request.param)


def only(row: Row, *names: str) -> list[Any]:
    """Some of the values of a row."""
    return [row[name] for name in names]


def test_registers_are_merged_by_tick(played: Played) -> None:
    expected: dict[tuple[int, str, str], list[Any]] = {}
    for event in played.of("StateRegisterSet"):
        key = event["tick"], event["agent_id"], event["register_key"]
        before, updates = (expected[key][1], expected[key][2]) if key in expected else (event["old_value"], 0)
        expected[key] = [event["new_value"], before, updates + 1, event["reason"]]
    found = played.mart("agent_state_registers", "all")
    columns = ("register_value", "previous_value", "num_updates", "reason")
    assert {(row["tick"], row["agent_id"], row["register_key"]): only(row, *columns) for row in found} == expected
    if played.scenario == "policies":
        ends_of_day = [row for row in found if row["tick"] % played.per_day == played.per_day - 1]
        assert len(ends_of_day) == 2
        assert all((row["register_value"], row["num_updates"]) == (0.0, 2) for row in ends_of_day)


def test_budgets_count_what_was_released_and_refused(played: Played) -> None:
    released: Counter[tuple[str, int]] = Counter()
    refused: Counter[tuple[str, int]] = Counter()
    for event in played.of("RtgsSubmission"):
        released[event["sender"], event["tick"]] += event["amount"]
    for event in played.of("PolicyHold"):
        refused[event["agent_id"], event["tick"]] += event["reason"] == "BudgetExhausted"
    limits = ("event_seq", "agent_id", "tick", "max_value", "focus_counterparties", "max_per_counterparty")
    expected = [
        [
            *only(event, *limits),
            released[event["agent_id"], event["tick"]],
            refused[event["agent_id"], event["tick"]],
        ]
        for event in played.of("BankBudgetSet")
    ]
    found = played.mart("budget_operations", "event_seq")
    assert [only(row, *limits, "value_released", "num_blocked") for row in found] == expected
    assert bool(expected) == (played.scenario == "policies")


def test_every_movement_of_collateral_is_there(played: Played) -> None:
    expected = [
        {
            **{name: event[name] for name in ("event_seq", "agent_id", "tick", "amount", "requested_amount", "layer")},
            "day": event["tick"] // played.per_day,
            "action": "post" if event["event_type"] == "CollateralPost" else "withdraw",
            "reason": event.get("original_reason", event.get("reason")),
            "balance_before": event["balance_before"],
            "posted_collateral_before": event["posted_before"],
            "posted_collateral_after": event["posted_after"],
            "available_capacity_after": event["available_capacity_after"],
            "timer_posted_at_tick": event.get("posted_at_tick"),
            "withdraw_at_tick": event.get("withdraw_at_tick"),
        }
        for event in played.of("CollateralPost", "CollateralWithdraw", "CollateralTimerWithdrawn")
    ]
    assert played.mart("collateral_events", "event_seq") == expected
    if played.scenario == "policies":
        assert {move["layer"] for move in expected} == {"strategic", "end_of_tick", "timer"}


def netting(event: Row, payments: dict[str, Row]) -> Row:
    """A netting worked out from the payments that it names, and from who pays whom in them."""
    first = [event["incoming_tx_id"]] if "incoming_tx_id" in event else []
    tx_ids = first + (event["queued_tx_ids"] if first else event["tx_ids"])
    net: Counter[str] = Counter()
    for tx_id in tx_ids:
        payment = payments[tx_id]
        net[payment["sender_id"]] -= payment["amount"]
        net[payment["receiver_id"]] += payment["amount"]
    gross = sum(payments[tx_id]["amount"] for tx_id in tx_ids)
    used = sum(max(0, -position) for position in net.values())
    largest = max(0, *(-position for position in net.values()))
    return {
        "event_seq": event["event_seq"],
        "tick": event["tick"],
        "algorithm": NETTED[event["event_type"]],
        "cycle_length": len(net),
        "transactions": tx_ids,
        "num_transactions": len(tx_ids),
        "settled_value": used,
        "total_value": gross,
        "liquidity_saved": gross - used,
        "netting_ratio": (gross - used) / gross,
        "tx_amounts": [payments[tx_id]["amount"] for tx_id in tx_ids],
        "positions": dict(net),
        "max_net_outflow": largest,
        "max_net_outflow_agent": max((agent for agent in net if -net[agent] == largest), default=None)
        if largest
        else None,
    }


def test_nettings_and_their_payments(played: Played) -> None:
    expected = [netting(event, played.payments) for event in played.of(*NETTED)]
    found = played.mart("lsm_cycles", "event_seq")
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        positions = dict(zip(row.pop("agents"), row.pop("net_positions"), strict=True))
        assert row.pop("cycle_type") == (
            "bilateral"
            if wanted["cycle_length"] == 2 and wanted["algorithm"] in ("bilateral", "entry_offset")
            else "multilateral"
        )
        assert row.pop("cycle_id").endswith(f":{row['event_seq']}")
        assert row.pop("day") == wanted["tick"] // played.per_day
        assert row | {"positions": positions} == wanted
    legs = played.mart("lsm_cycle_transactions", "tick, cycle_id, position")
    named = {(row["cycle_id"].split(":")[1], row["position"]): row for row in legs}
    for wanted in expected:
        for position, tx_id in enumerate(wanted["transactions"]):
            leg, payment = named.pop((str(wanted["event_seq"]), position)), played.payments[tx_id]
            assert only(leg, "tx_id", "sender_id", "receiver_id", "amount", "tick") == [
                tx_id, payment["sender_id"], payment["receiver_id"], payment["amount"], wanted["tick"]
            ]  # fmt: skip
            assert leg["queue2_ticks"] == waited(played.events, tx_id, wanted["tick"])
    assert not named


def waited(events: list[Row], tx_id: str, tick: int) -> int:
    """Ticks since a payment was last put into Queue 2; 0 if it never was."""
    queued = [event["tick"] for event in events if event["event_type"] == "QueuedRtgs" and event["tx_id"] == tx_id]
    return tick - max(queued, default=tick)


def test_effectiveness_of_each_algorithm_by_day(played: Played) -> None:
    expected: dict[tuple[int, str], list[Row]] = defaultdict(list)
    settled: Counter[int] = Counter()
    for event in played.of(*NETTED):
        cycle = netting(event, played.payments)
        expected[event["tick"] // played.per_day, cycle["algorithm"]].append(cycle)
        settled[event["tick"] // played.per_day] += cycle["total_value"]
    for event in played.of("RtgsImmediateSettlement", "Queue2LiquidityRelease"):
        settled[event["tick"] // played.per_day] += event["amount"]
    found = played.mart("lsm_effectiveness", "all")
    assert {(row["day"], row["algorithm"]) for row in found} == set(expected)
    for row in found:
        cycles = expected[row["day"], row["algorithm"]]
        total = sum(cycle["total_value"] for cycle in cycles)
        used = sum(cycle["settled_value"] for cycle in cycles)
        waits = [waited(played.events, tx_id, cycle["tick"]) for cycle in cycles for tx_id in cycle["transactions"]]
        lengths = Counter(str(cycle["cycle_length"]) for cycle in cycles)
        assert row == {
            "day": row["day"],
            "algorithm": row["algorithm"],
            "settlements": len(cycles),
            "num_payments": len(waits),
            "total_value": total,
            "settled_value": used,
            "liquidity_saved": total - used,
            "netting_ratio": (total - used) / total,
            "share_of_settled_value": total / settled[row["day"]],
            "mean_queue2_ticks": sum(waits) / len(waits),
            "cycles_by_length": row["cycles_by_length"],
        }
        assert json.loads(row["cycles_by_length"]) == lengths


def test_costs_of_the_run_by_agent(played: Played) -> None:
    expected: dict[str, Counter[str]] = {agent: Counter() for agent in played.agents}
    for event in played.of("CostAccrual"):
        expected[event["agent_id"]].update(event["costs"])
    for row in played.mart("cost_breakdown_by_agent", "agent_id"):
        costs = expected.pop(row.pop("agent_id"))
        row["total"] = row.pop("total_cost")
        assert row == {name: costs[name] for name in row}
        assert row["total"] == sum(value for name, value in row.items() if name != "total")
    assert not expected


def test_policies_are_those_of_the_scenario(played: Played) -> None:
    found = played.mart("policy_snapshots", "agent_id")
    hashes = {row["agent_id"]: row["policy_hash"] for row in played.mart("agents", "agent_id")}
    assert [row["agent_id"] for row in found] == played.agents
    for row in found:
        assert (row["snapshot_day"], row["snapshot_tick"], row["created_by"]) == (0, 0, "init")
        assert row["policy_hash"] == hashes[row["agent_id"]]
        assert json.loads(row["policy_json"])["type"]
