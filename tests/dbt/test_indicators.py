"""The standard indicators: against the formulas in plain Python, for many runs, and every test of theirs can fail.

Hand-computed examples are the unit tests beside the models.
"""

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_pipeline.dbt_files import DBT_PROJECT
from tests.dbt.indicated import GOLDEN, OWN, QUIET, Indicated, indicated
from tests.dbt.payment_days import MECHANISMS, Figure, Run, play
from tests.dbt.projects import dbt, rows, warehouse

RUNS = [*sorted(OWN), QUIET, *(case.split("/")[1] for case in GOLDEN)]

FAULTS = {
    # Some value settled by no mechanism.
    "indicators_shares_of_mechanisms_add_to_one": """
        update payment_system_indicators set share_immediate = share_immediate - 0.001 where settled_value > 0""",
    # Half of the value has settled before a tenth of it has.
    "indicators_deciles_ascend": """
        update payment_system_indicators set decile_50 = decile_10 - 1 where settled_value > 0""",
    # The net of all payments is said of the wrong agents; the sum stays the same.
    "indicators_liquidity_is_not_below_the_lower_bound": """
        update agent_indicators set liquidity_lower_bound = next_bound
        from (
            select
                simulation_id,
                day,
                agent_id,
                coalesce(
                    lead(liquidity_lower_bound) over agents, first_value(liquidity_lower_bound) over agents
                ) as next_bound,
            from agent_indicators
            window agents as (partition by simulation_id, day order by agent_id)
        ) as shifted
        where agent_indicators.simulation_id = shifted.simulation_id and agent_indicators.day = shifted.day
            and agent_indicators.agent_id = shifted.agent_id""",
    # Nobody is said to have waited, though delays changed the liquidity that was used.
    "indicators_liquidity_without_delay_is_the_upper_bound": """
        update payment_system_indicators set share_ever_queued = 0
        where max_net_debit_total <> liquidity_upper_bound""",
    # An agent submitted a cent that is not among all that was submitted.
    "indicators_of_agents_add_up": """
        update agent_indicators set submitted_value = submitted_value + 1""",
    # Events and final states of payments disagree on what an agent owed at most.
    "indicators_agree_with_daily_agent_metrics": """
        update daily_agent_metrics set max_net_debit = max_net_debit + 1""",
    # More is delayed than there is.
    "indicators_are_fractions_where_they_say_so": """
        update agent_indicators set settlement_delay = 1.001 where settlement_delay > 0.5""",
}
"""Singular test -> what goes wrong, in any warehouse."""


@pytest.fixture(scope="module")
def built() -> Indicated:
    return indicated()


@cache
def played(run: str) -> Run:
    """The run of a scenario, played again."""
    built = indicated()
    return play(built.scenarios[built.current.get(run, run)])


def test_everything_is_built_and_every_test_passes(built: Indicated) -> None:
    assert built.run.ok, built.run.output
    assert {result["status"] for result in built.run.results.values()} == {"success", "pass"}
    tested = {unique_id.split(".")[2] for unique_id in built.run.results if unique_id.startswith("unit_test.")}
    assert {
        "int_indicator_payments", "int_indicator_net_debits", "int_indicator_agent_days", "int_indicator_ticks",
        "int_comparison_pairs", "payment_system_indicators", "agent_indicators",
    } <= tested  # fmt: skip


def check(stored: dict[str, Any], expected: dict[str, Figure], where: object) -> None:
    """Whole numbers are equal; quotients are the nearest fractions, but for the last digits."""
    figures = {name: value for name, value in stored.items() if name not in ("simulation_id", "scenario", "agent_id")}
    figures.pop("day")
    assert figures.keys() == expected.keys(), where
    for name, value in figures.items():
        wanted = expected[name]
        if isinstance(wanted, Fraction) and isinstance(value, float):
            assert math.isclose(value, float(wanted), rel_tol=1e-12, abs_tol=1e-15), (where, name)
        elif isinstance(value, float):
            assert value == wanted, (where, name)
        else:
            assert value == wanted, (where, name)
            assert type(value) is type(wanted), (where, name)


@pytest.mark.parametrize("run", RUNS)
def test_indicators_are_those_of_the_formulas(built: Indicated, run: str) -> None:
    simulation_id = built.current.get(run, run)
    with warehouse(built.database) as connection:
        of_days = rows(connection, "select * from payment_system_indicators where simulation_id = ?", [simulation_id])
        of_agents = rows(connection, "select * from agent_indicators where simulation_id = ?", [simulation_id])
    days = [played(run).day(number) for number in range(played(run).num_days)]
    assert sorted(row["day"] for row in of_days) == list(range(len(days)))
    assert sorted((row["day"], row["agent_id"]) for row in of_agents) == sorted(
        product(range(len(days)), played(run).agents)
    )
    for row in of_days:
        check(row, days[row["day"]].system_indicators(), row["day"])
    expected = [day.agent_indicators() for day in days]
    for row in of_agents:
        check(row, expected[row["day"]][row["agent_id"]], (row["day"], row["agent_id"]))


def test_the_runs_have_every_case_that_the_formulas_speak_of() -> None:
    runs = [played(run) for run in RUNS]
    payments = [(run, payment) for run in runs for payment in run.payments.values()]
    assert {payment.mechanism for _, payment in payments} == {*MECHANISMS.values(), None}
    assert any(payment.is_split for _, payment in payments)
    waited = {
        payment.settled // run.ticks_per_day - payment.submitted // run.ticks_per_day
        for run, payment in payments
        if payment.settled is not None
    }
    assert waited >= {0, 1, 2}
    days = [run.day(number) for run in runs for number in range(run.num_days)]
    systems = [day.system_indicators() for day in days]
    for column in ("turnover_ratio", "settlement_rate", "share_cycle", "decile_10", "gini_liquidity_cost"):
        assert any(system[column] is None for system in systems), column
        assert any(system[column] is not None for system in systems), column
    assert any(system["unsettled_value"] == 0 and system["settled_value"] for system in systems)
    assert any(system["share_ever_queued"] == 0 for system in systems)
    usage = [system["liquidity_usage_ratio"] for system in systems]
    assert any(ratio is not None and 0 < ratio < 1 for ratio in usage)


@pytest.fixture
def planted(built: Indicated, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy to plant faults in."""
    copy = tmp_path / built.database.name
    copy.write_bytes(built.database.read_bytes())
    with warehouse(copy, read_only=False) as connection:
        yield connection


def test_every_test_of_indicators_has_a_fault(built: Indicated) -> None:
    assert sorted(FAULTS) == built.tests("indicators_")


def test_a_fault_is_seen_by_the_test_for_it_alone(built: Indicated, planted: duckdb.DuckDBPyConnection) -> None:
    assert built.failing(planted, "indicators_") == []
    for test, fault in FAULTS.items():
        planted.execute("begin")
        changed = planted.execute(fault).fetchone()
        assert changed is not None
        assert changed[0] > 0, f"the fault for {test} was not planted"
        assert built.failing(planted, "indicators_") == [test]
        planted.execute("rollback")


def test_a_run_that_did_not_end_has_no_indicators(built: Indicated, tmp_path: Path) -> None:
    copy = tmp_path / built.database.name
    copy.write_bytes(built.database.read_bytes())
    before = contents(copy)
    with warehouse(copy, read_only=False) as connection:
        # One scenario's run failed, another's tables are stale; only these two are built anew.
        connection.execute("update raw.simulations set status = 'failed' where scenario = 'policies'")
        connection.execute("delete from raw.transactions where simulation_id = ?", [built.current["policies"]])
        for table in ("intermediate.int_indicator_agent_days", "agent_indicators"):
            connection.execute(f"update {table} set submitted_value = -1 where scenario in ('netting', 'deferred')")
        connection.execute("update payment_system_indicators set day = 9 where scenario in ('netting', 'deferred')")
    selection = ["--select", "int_indicator_agent_days", "agent_indicators", "payment_system_indicators"]
    run = dbt(copy, tmp_path / "target", "run", *selection, scenarios=["policies", "netting"], project=built.project)
    assert run.ok, run.output
    after = contents(copy)
    for table, expected in before.items():
        # The failed run has no rows, the other is right again, and what was not asked for stays as it is.
        expected_now = [row for row in expected if row["scenario"] not in ("policies", "deferred")]
        assert [row for row in after[table] if row["scenario"] != "deferred"] == expected_now, table
        assert len(expected_now) < len(expected)
        stale = [row for row in after[table] if row["scenario"] == "deferred"]
        assert stale, table
        assert not any(row in expected for row in stale), table


def contents(database: Path) -> dict[str, list[dict[str, Any]]]:
    """The stored models of indicators."""
    tables = ("intermediate.int_indicator_agent_days", "agent_indicators", "payment_system_indicators")
    with warehouse(database) as connection:
        return {table: rows(connection, f"select * from {table} order by all") for table in tables}


def test_results_depend_neither_on_threads_nor_on_the_order_of_rows(
    built: Indicated, planted: duckdb.DuckDBPyConnection
) -> None:
    # Sums of fractions differ with their order; here are enough rows that threads share the work.
    planted.execute("""
        create table many as
        select
            's' as simulation_id,
            'x' as scenario,
            d::integer as day,
            a::integer as agent_no,
            'A' as agent_id,
            9 as last_tick,
            (hash(d, a) % 9999999)::bigint as sent_value,
            (hash(a, d) % 977)::bigint as sent_volume,
            (sent_value // (1 + hash(d + a) % 7))::bigint as max_net_debit,
            other_columns.*,
        from range(650) as days(d), range(200) as agents(a), (
            select * exclude (
                simulation_id, scenario, day, agent_no, agent_id, last_tick, sent_value, sent_volume, max_net_debit
            ),
            from intermediate.int_indicator_agent_days
            limit 1
        ) as other_columns
    """)
    # Whatever order the rows come in to be added up: this stands for what threads may do to it.
    shuffled = "from (from liquidity_cost_steps order by hash(agent_no, {shuffle})) as shuffled"
    system, places = re.subn("from liquidity_cost_steps$", shuffled, built.sql("payment_system_indicators"), flags=re.M)
    assert places == 1
    unordered, dropped = re.subn("(?<!day) order by liquidity_cost, agent_no", "", system)
    assert dropped == 2
    queries = {"system": system, "agents": built.sql("agent_indicators"), "unordered": unordered}
    found: dict[str, set[str]] = {name: set() for name in queries}
    for threads, shuffle in ((1, 0), (4, 1)):
        planted.execute(f"set threads = {threads}")
        planted.execute("delete from intermediate.int_indicator_agent_days")
        planted.execute(
            "insert into intermediate.int_indicator_agent_days by name "
            f"select * from many order by hash(agent_no, day, {shuffle})"
        )
        for name, sql in queries.items():
            lines = f"select row_found::varchar as line from ({sql.replace('{shuffle}', str(shuffle))}) as row_found"
            digest = planted.execute(f"select md5(string_agg(line, ' ' order by line)) from ({lines})")
            found[name].add(str(digest.fetchone()))
    assert len(found["system"]) == len(found["agents"]) == 1
    assert len(found["unordered"]) == 2, "the order makes no difference here: the test proves nothing"


def test_every_column_says_where_it_comes_from() -> None:
    text = (DBT_PROJECT / "models/marts/indicators/payment_system_indicators.yml").read_text(encoding="utf-8")
    assert text.count("Source: ") + text.count("In common use") + text.count("By identity") >= 35
