"""Answers about payments, banks and queues have the values that the engine knows."""

import json
import statistics
from collections import Counter
from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from paysim_pipeline.warehouse import queries
from tests.support.modelled import RUNS, Played, modelled_warehouse, netted
from tests.support.runs import Row, of_type


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect(str(modelled_warehouse()), read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=sorted(RUNS))
def run_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def played(run_id: str) -> Played:
    return Played(run_id)


# ---- payments


def test_payments_have_the_columns_and_values_of_the_run(
    connection: duckdb.DuckDBPyConnection, run_id: str, played: Played
) -> None:
    table = queries.get_transactions(connection, run_id)
    assert table.columns[:25] == [
        "simulation_id", "tx_id", "sender_id", "receiver_id", "amount", "priority", "is_divisible", "arrival_tick",
        "arrival_day", "deadline_tick", "settlement_tick", "settlement_day", "status", "overdue_since_tick",
        "drop_reason", "amount_settled", "queue1_ticks", "queue2_ticks", "total_delay_ticks", "delay_cost",
        "parent_tx_id", "split_index", "rtgs_priority", "rtgs_submission_tick", "declared_rtgs_priority",
    ]  # fmt: skip
    assert table.height == len(played.payments)
    assert table.select("arrival_tick", "tx_id").rows() == sorted(table.select("arrival_tick", "tx_id").rows())
    submitted = {event["tx_id"]: event["tick"] for event in of_type(played.events, "RtgsSubmission")}
    dropped = {event["tx_id"]: event["reason"] for event in of_type(played.events, "PolicyDrop")}
    declared = {event["tx_id"]: event["new_rtgs_priority"] for event in of_type(played.events, "RtgsResubmission")}
    found = {row["tx_id"]: row for row in table.to_dicts()}
    for payment in played.payments:
        row = found[f"tx_{payment['tx_no']:08d}"]
        assert row["status"] == payment["status"]
        assert row["amount_settled"] == payment["settled_amount"]
        assert row["queue1_ticks"] == payment["queue1_ticks"]
        assert row["drop_reason"] == dropped.get(row["tx_id"])
        assert row["declared_rtgs_priority"] == declared.get(row["tx_id"])
        in_central = payment["rtgs_priority"] != "None"
        assert row["rtgs_submission_tick"] == (submitted[row["tx_id"]] if in_central else None)
    for status in set(table["status"]):
        own = queries.get_transactions(connection, run_id, status=status)
        assert own.rows() == table.filter(pl.col("status") == status).rows()
    if run_id == "policies":
        assert len(dropped) * len(declared) > 0


def test_delay_costs_add_up_to_what_was_charged(
    connection: duckdb.DuckDBPyConnection, run_id: str, played: Played
) -> None:
    charged = [event["costs"]["delay_cost"] for event in of_type(played.events, "CostAccrual")]
    shares = queries.get_transactions(connection, run_id)["delay_cost"]
    # Half a cent for each rounding: of a charge, of a payment's share.
    assert abs(sum(charged) - shares.sum()) <= (len(charged) + len(shares)) / 2
    ranged = queries.get_tick_range_summary(connection, run_id, 0, len(played.snapshots) - 1)
    assert ranged["total_delay_cost"] == sum(charged)


def test_days_of_payments(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    whole = [payment for payment in played.payments if payment["parent_tx_no"] is None]
    by_day: dict[int, list[Row]] = {}
    for payment in whole:
        by_day.setdefault(payment["arrival_tick"] // played.ticks_per_day, []).append(payment)
    settled = {day: [p for p in payments if p["status"] == "settled"] for day, payments in by_day.items()}
    assert queries.get_settlement_rate_by_day(connection, run_id).rows() == [
        (day, len(by_day[day]), len(settled[day]), len(settled[day]) / len(by_day[day])) for day in sorted(by_day)
    ]
    assert queries.get_daily_transaction_summary(connection, run_id).rows() == [
        (
            day,
            len(by_day[day]),
            len(settled[day]),
            sum(p["status"] == "pending" for p in by_day[day]),
            sum(p["status"] == "dropped" for p in by_day[day]),
            sum(p["amount"] for p in by_day[day]),
            sum(p["settled_amount"] for p in by_day[day]),
        )
        for day in sorted(by_day)
    ]
    delays = {day: [p["settlement_tick"] - p["arrival_tick"] for p in settled[day]] for day in sorted(by_day)}
    found = queries.get_transaction_delays(connection, run_id)
    assert found["day"].to_list() == [day for day in delays if delays[day]]
    for day, mean, longest, median, high in found.rows():
        assert mean == pytest.approx(statistics.fmean(delays[day]))
        assert longest == max(delays[day])
        assert median == pytest.approx(statistics.median(delays[day]))
        assert high == pytest.approx(statistics.quantiles(delays[day], n=20, method="inclusive")[-1])
    every = [delay for of_day in delays.values() for delay in of_day]
    assert queries.get_transaction_statistics(connection, run_id) == {
        "total_count": len(whole),
        "settled_count": len(every),
        "settlement_rate": len(every) / len(whole),
        "avg_delay_ticks": pytest.approx(statistics.fmean(every)),
    }


def test_payments_of_a_tick_and_of_a_range(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    for tick in range(0, len(played.snapshots), 7):
        found = queries.get_transactions_by_tick(connection, run_id, tick)
        arrived = [p["tx_no"] for p in played.payments if p["arrival_tick"] == tick]
        settled = [p["tx_no"] for p in played.payments if p["settlement_tick"] == tick]
        assert [row["tx_id"] for row in found["arrivals"]] == [f"tx_{number:08d}" for number in sorted(arrived)]
        assert [row["tx_id"] for row in found["settlements"]] == [f"tx_{number:08d}" for number in sorted(settled)]
    whole = [p for p in played.payments if p["parent_tx_no"] is None]
    first, last = 2, 9
    settled_in = [p for p in whole if p["settlement_tick"] is not None and first <= p["settlement_tick"] <= last]
    summary = queries.get_tick_range_summary(connection, run_id, first, last)
    assert summary["total_arrivals"] == sum(first <= p["arrival_tick"] <= last for p in whole)
    assert summary["total_settlements"] == len(settled_in)
    assert summary["avg_delay_ticks"] == pytest.approx(
        statistics.fmean(p["settlement_tick"] - p["arrival_tick"] for p in settled_in)
    )
    with pytest.raises(ValueError, match="the ticks 9 to 2 are no range"):
        queries.get_tick_range_summary(connection, run_id, 9, 2)


# ---- agents, queues, decisions


def test_agents_at_the_end_of_a_tick(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    names = ("liquidity_cost", "delay_cost", "collateral_cost", "penalty_cost", "split_friction_cost")
    for tick in {0, 1, played.ticks_per_day - 1, played.ticks_per_day, len(played.snapshots) - 1}:
        if tick >= len(played.snapshots):
            continue
        day = tick // played.ticks_per_day
        states = queries.get_tick_agent_states(connection, run_id, tick)
        assert [state["agent_id"] for state in states] == sorted(played.simulation.agent_ids)
        for state in states:
            agent = state["agent_id"]
            account = played.snapshots[tick]["agents"][agent]
            before = played.snapshots[tick - 1]["agents"][agent]["balance"] if tick else None
            if before is None:
                before = next(a.opening_balance for a in played.simulation.config.agents if a.id == agent)
            assert (state["tick"], state["day"]) == (tick, day)
            assert state["balance"] == account["balance"]
            assert state["balance_change"] == account["balance"] - before
            assert state["posted_collateral"] == account["posted_collateral"]
            costs = [event for event in of_type(played.events, "CostAccrual") if event["agent_id"] == agent]
            for name in names:
                today = [e for e in costs if day * played.ticks_per_day <= e["tick"] <= tick]
                assert state[name] == sum(e["costs"][name] for e in today)
                assert state[f"{name}_delta"] == sum(e["costs"][name] for e in today if e["tick"] == tick)


def test_a_balance_and_its_limit(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    for number, agent in enumerate(played.simulation.agent_ids):
        path = queries.balance_path(connection, run_id, agent)
        assert path["tick"].to_list() == list(range(len(played.snapshots)))
        assert path["balance"].to_list() == [snapshot["agents"][agent]["balance"] for snapshot in played.snapshots]
        assert path["overdraft_limit"].last() == played.simulation.state.ledger.overdraft_limit[number]


def test_both_queues(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    for tick in range(0, len(played.snapshots), 11):
        state = played.snapshots[tick]
        expected: dict[str, dict[str, list[str]]] = {}
        for agent, account in state["agents"].items():
            queue = account["queue1"] + [child["tx_id"] for child in account["scheduled"]]
            if queue:
                expected.setdefault(agent, {})["queue1"] = queue
        for tx_id in state["queue2"]:
            sender = next(p for p in played.payments if p["tx_no"] == int(tx_id[3:]))["sender_no"]
            expected.setdefault(played.simulation.agent_ids[sender], {}).setdefault("rtgs", []).append(tx_id)
        assert queries.get_tick_queue_snapshots(connection, run_id, tick) == expected
        contents = queries.queue_contents(connection, run_id, tick)
        assert contents.filter(pl.col("queue_type") == "queue2")["tx_id"].to_list() == state["queue2"]
        assert contents.height == sum(len(queue) for queues in expected.values() for queue in queues.values())


def test_decisions_movements_and_cycles_of_a_tick(
    connection: duckdb.DuckDBPyConnection, run_id: str, played: Played
) -> None:
    kinds = {"PolicySubmit": "submit", "PolicyHold": "hold", "PolicyDrop": "drop", "PolicySplit": "split"}
    moves = {"CollateralPost": "post", "CollateralWithdraw": "withdraw", "CollateralTimerWithdrawn": "withdraw"}
    seen: Counter[str] = Counter()
    for tick in range(len(played.snapshots) if run_id != "stress" else 20):
        events = [event for event in played.events if event["tick"] == tick]
        decisions = queries.get_policy_decisions_by_tick(connection, run_id, tick)
        assert [(d["decision_type"], d["agent_id"], d["tx_id"], d["reason"]) for d in decisions] == [
            (kinds[e["event_type"]], e["agent_id"], e["tx_id"], e.get("reason")) for e in of_type(events, *kinds)
        ]
        assert [json.loads(d["child_tx_ids"]) for d in decisions if d["child_tx_ids"]] == [
            e["child_ids"] for e in of_type(events, "PolicySplit")
        ]
        collateral = queries.get_collateral_events_by_tick(connection, run_id, tick)
        assert [(m["agent_id"], m["action"], m["amount"], m["posted_collateral_after"]) for m in collateral] == [
            (e["agent_id"], moves[e["event_type"]], e["amount"], e["posted_after"]) for e in of_type(events, *moves)
        ]
        cycles = queries.get_lsm_cycles_by_tick(connection, run_id, tick)
        assert [cycle["tx_ids"] for cycle in cycles] == [netted(event) for event in events if netted(event)]
        for cycle in cycles:
            assert sum(cycle["net_positions"].values()) == 0
            assert cycle["settled_value"] == sum(net for net in cycle["net_positions"].values() if net > 0)
        seen.update(decisions=len(decisions), collateral=len(collateral), cycles=len(cycles))
    assert seen["decisions"] > 0
    assert run_id != "policies" or seen["collateral"] > 0
    assert run_id != "gridlock" or seen["cycles"] == 3


def test_costs_agree_with_each_other(connection: duckdb.DuckDBPyConnection, run_id: str, played: Played) -> None:
    daily = queries.daily_costs(connection, run_id)
    breakdown = queries.get_cost_breakdown_by_agent(connection, run_id)
    charged: Counter[str] = Counter()
    for event in of_type(played.events, "CostAccrual"):
        charged[event["agent_id"]] += event["costs"]["total"]
    assert {agent: cost for agent, cost in breakdown.select("agent_id", "total_cost").rows() if cost} == charged
    assert breakdown["total_cost"].is_sorted(descending=True)
    for agent in played.simulation.agent_ids:
        trend = queries.get_daily_cost_trends(connection, run_id, agent)
        own = daily.filter(pl.col("agent_id") == agent).sort("day")
        assert trend["total_cost"].to_list() == own["total_cost"].to_list()
        assert trend["deadline_penalty_cost"].to_list() == own["penalty_cost"].to_list()
        performance = queries.get_agent_performance(connection, run_id, agent)
        metrics = queries.get_agent_daily_metrics(connection, run_id, agent)
        assert performance.rows() == metrics.select(performance.columns).rows()
        assert performance["closing_balance"].last() == played.snapshots[-1]["agents"][agent]["balance"]


def test_policies_of_an_agent(connection: duckdb.DuckDBPyConnection) -> None:
    history = queries.get_agent_policy_history(connection, "policies", "PACER")
    assert history.columns == ["snapshot_day", "snapshot_tick", "policy_hash", "policy_json", "created_by"]
    policy = queries.get_policy_at_day(connection, "policies", "PACER", 5)
    assert policy is not None
    assert policy["policy_config"] == json.loads(history["policy_json"].item())
    assert queries.get_policy_at_day(connection, "policies", "NOBODY", 5) is None
