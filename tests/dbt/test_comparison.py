"""The comparison of runs: which pairs there are, and what they come to, worked out again in plain Python."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.dbt.indicated import GOLDEN, OWN, SEEDS, Indicated, indicated
from tests.dbt.payment_days import Day, Figure, Indicators, Run, play, ratio
from tests.dbt.projects import Row, rows, warehouse

FAULTS = {
    # A difference that is not the difference of what stands beside it.
    "comparison_is_of_the_runs_it_names": """
        update simulation_comparison set total_settlements_delta = total_settlements_delta + 1""",
    # One agent cost a cent less than it did.
    "comparison_of_agents_adds_up": """
        update agent_comparison set total_cost_delta = total_cost_delta - 1
        where agent_id = (select min(agent_id) from agent_comparison)""",
}
"""Singular test -> what goes wrong, in any warehouse."""

AGAIN, ONCE_MORE = SEEDS


@pytest.fixture(scope="module")
def built() -> Indicated:
    return indicated()


@pytest.fixture
def planted(built: Indicated, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy to plant faults in."""
    copy = tmp_path / built.database.name
    copy.write_bytes(built.database.read_bytes())
    with warehouse(copy, read_only=False) as connection:
        yield connection


@cache
def played(run: str) -> Run:
    """A run of ours or of the experiment, played again."""
    built = indicated()
    if run in SEEDS:
        return play(built.scenarios[built.current["netting"]], SEEDS[run])
    return play(built.scenarios[run])


def test_which_runs_are_compared(built: Indicated) -> None:
    with warehouse(built.database) as connection:
        pairs = rows(connection, "select * from simulation_comparison")
    found = {(row["simulation_id"], row["baseline_simulation_id"], row["compared_as"]) for row in pairs}
    assert len(found) == len(pairs)
    now = built.current
    # The recorded cases were loaded as runs of one scenario without a current one: the first by id stands for it.
    first, *others = sorted(case.split("/")[1] for case in GOLDEN)
    assert found == {
        (now["liquidity_stress"], now["baseline"], "scenario"),
        (AGAIN, now["netting"], "variant"),
        (ONCE_MORE, now["netting"], "variant"),
        (ONCE_MORE, AGAIN, "iteration"),
        *((other, first, "variant") for other in others),
    }
    assert {row["scenario"] for row in pairs} <= {*OWN, "scenario"}


def test_of_many_scenarios_of_one_system_each_is_compared_with_the_first(
    built: Indicated, planted: duckdb.DuckDBPyConnection
) -> None:
    planted.execute("create table one_run as select * from raw.simulations where scenario = 'baseline'")
    planted.execute("create table its_agents as select * from raw.agents semi join one_run using (simulation_id)")
    for number in range(60):
        name = f"alike_{number:02d}"
        planted.execute("update one_run set simulation_id = $name, scenario = $name", {"name": name})
        planted.execute("update its_agents set simulation_id = ?", [name])
        planted.execute("insert into raw.simulations select * from one_run")
        planted.execute("insert into raw.agents select * from its_agents")
    pairs = rows(planted, f"select * from ({built.sql('int_comparison_pairs')}) where compared_as = 'scenario'")
    found = [(row["baseline_scenario"], row["scenario"]) for row in pairs]
    # 62 scenarios of five banks, in order of name: the 60, baseline and liquidity_stress.
    names = [f"alike_{number:02d}" for number in range(60)] + ["baseline", "liquidity_stress"]
    assert sorted(found) == sorted((first, second) for i, first in enumerate(names[:20]) for second in names[i + 1 :])


COSTS = {
    "total_cost": "total",
    "liquidity_cost": "liquidity_cost",
    "delay_cost": "delay_cost",
    "collateral_cost": "collateral_cost",
    "penalty_cost": "penalty_cost",
    "split_friction_cost": "split_friction_cost",
    "liquidity_opportunity_cost": "liquidity_opportunity_cost",
}
"""Column -> component of an accrual."""


def days(run: Run) -> list[Day]:
    return [run.day(number) for number in range(run.num_days)]


def delays(run: Run, agent: str | None = None) -> Indicators:
    """Delay over all days, of one agent or of all."""
    delay = longest = value = queued = 0
    for day in days(run):
        for payment in day.payments:
            if agent in (None, payment.sender):
                waited = (day.last if payment.t is None else payment.t) - payment.s
                delay += payment.v * waited
                longest += payment.v * (day.last - payment.s)
                value += payment.v
                queued += payment.v * (payment.is_carried_over or payment.t is None or waited > 0)
    return {
        "settlement_delay": ratio(delay, longest),
        "weighted_delay_ticks": ratio(delay, value),
        "share_ever_queued": ratio(queued, value),
    }


def totals(run: Run) -> Indicators:
    """What a run comes to."""
    whole = {tx_id: payment for tx_id, payment in run.payments.items() if not payment.is_split}
    systems = [day.system_indicators() for day in days(run)]
    liquidity, lower, upper = (
        [figure for system in systems if isinstance(figure := system[column], int)]
        for column in ("max_net_debit_total", "liquidity_lower_bound", "liquidity_upper_bound")
    )
    settled = sum(payment.amount for payment in whole.values() if payment.settled is not None)
    return {
        "settled_value": settled,
        "unsettled_value": sum(payment.amount for payment in whole.values()) - settled,
        **{column: sum(costs[name] for costs in run.costs.values()) for column, name in COSTS.items()},
        **delays(run),
        "max_net_debit_avg": Fraction(sum(liquidity), len(liquidity)),
        "max_net_debit_max": max(liquidity),
        "turnover_ratio": ratio(settled, sum(liquidity)),
        "liquidity_usage_ratio": ratio(sum(liquidity) - sum(lower), sum(upper) - sum(lower)),
    }


def agent_totals(run: Run, agent: str) -> Indicators:
    """What a run comes to for an agent."""
    own = [p for p in run.payments.values() if p.sender == agent and not p.is_split]
    daily = [day.agent_indicators()[agent] for day in days(run)]
    debits = [figure for row in daily if isinstance(figure := row["max_net_debit"], int)]
    queues = [figure for row in daily if isinstance(figure := row["queue_value_max"], int)]
    sent = sum(p.amount for p in own if p.settled is not None)
    delayed = delays(run, agent)
    return {
        "sent_value": sent,
        "received_value": sum(
            p.amount for p in run.payments.values() if p.receiver == agent and not p.is_split and p.settled is not None
        ),
        "unsettled_value": sum(p.amount for p in own if p.settled is None),
        "total_cost": run.costs.get(agent, {}).get("total", 0),
        "settlement_delay": delayed["settlement_delay"],
        "weighted_delay_ticks": delayed["weighted_delay_ticks"],
        "queue_value_max": max(queues),
        "max_net_debit_avg": Fraction(sum(debits), len(debits)),
        "max_net_debit_max": max(debits),
        "share_funded_by_receipts": 1 - Fraction(sum(debits), sent) if sent else None,
    }


def check(row: Row, figures: Callable[[Run], Indicators]) -> None:
    """Both sides and the difference are those of the two runs."""
    ours, theirs = figures(played(row["simulation_id"])), figures(played(row["baseline_simulation_id"]))
    for name, figure in ours.items():
        baseline = theirs[name]
        difference: Figure = None if figure is None or baseline is None else figure - baseline
        for column, expected in ((name, figure), (f"baseline_{name}", baseline), (f"{name}_delta", difference)):
            if isinstance(expected, Fraction):
                assert math.isclose(row[column], float(expected), rel_tol=1e-9, abs_tol=1e-12), column
            else:
                assert row[column] == expected, column


PAIRS = "where scenario in ('netting', 'liquidity_stress')"


def test_comparisons_are_those_of_the_runs(built: Indicated) -> None:
    with warehouse(built.database) as connection:
        compared = rows(connection, f"select * from simulation_comparison {PAIRS}")
        simulations = {row["simulation_id"]: row for row in rows(connection, "select * from simulations")}
    assert len(compared) == 4
    for row in compared:
        check(row, totals)
        run, baseline = simulations[row["simulation_id"]], simulations[row["baseline_simulation_id"]]
        for name in ("total_arrivals", "total_settlements", "settlement_rate"):
            assert row[name] == run[name]
            assert row[f"baseline_{name}"] == baseline[name]
            assert row[f"{name}_delta"] == run[name] - baseline[name] != 0


def test_comparisons_of_agents_are_those_of_the_runs(built: Indicated) -> None:
    with warehouse(built.database) as connection:
        compared = rows(connection, f"select * from agent_comparison {PAIRS}")
    assert len(compared) == 3 * 4 + 5
    for row in compared:
        agent = row["agent_id"]
        check(row, lambda run, agent=agent: agent_totals(run, agent))  # type: ignore[misc]
    assert any(row["total_cost_delta"] for row in compared)


def test_agents_that_only_one_run_has_are_not_compared(built: Indicated) -> None:
    with warehouse(built.database) as connection:
        strangers = rows(
            connection,
            """
            select compared.agent_id, agents.agent_id as agent, baselines.agent_id as baseline_agent
            from agent_comparison as compared
            left join raw.agents as agents using (simulation_id, agent_id)
            left join raw.agents as baselines
                on compared.baseline_simulation_id = baselines.simulation_id
                and compared.agent_id = baselines.agent_id
            where agents.agent_id is null or baselines.agent_id is null
            """,
        )
    assert strangers == []


def test_every_test_of_comparisons_has_a_fault(built: Indicated) -> None:
    assert sorted(FAULTS) == built.tests("comparison_")


@pytest.mark.parametrize("test", FAULTS)
def test_a_fault_is_seen_by_the_test_for_it_alone(
    built: Indicated, planted: duckdb.DuckDBPyConnection, test: str
) -> None:
    assert built.failing(planted, "comparison_") == []
    changed = planted.execute(FAULTS[test]).fetchone()
    assert changed is not None
    assert changed[0] > 0
    assert built.failing(planted, "comparison_") == [test]
