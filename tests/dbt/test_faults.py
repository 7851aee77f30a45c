"""Every data test can fail: a fault is planted in a copy of the warehouse, and the test that watches for it sees it.

Belongs here: one fault for each test of ours, small enough that only that test should see it, and one of the obvious
kind for each key, each column that must not be null and each list of accepted values. The SQL is what dbt compiled for
`dbt build`; running it directly takes milliseconds where a call of dbt takes seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.projects import Built

# Test -> what goes wrong; what stands after a colon tells several faults of one test apart. Statements are run one
# after the other; the scenarios are those beside this file.
FAULTS: dict[str, str] = {
    # A cent changes hands in the books of one tick without any payment.
    "balances_follow_from_cash_flows": """
        update raw.agent_ticks set balance = balance + case agent_no when 0 then 1 else -1 end
        where tick = 4 and agent_no in (0, 1) and simulation_id = getvariable('netting')""",
    # Pool liquidity is reported that nobody brought in.
    "conserves_money": """
        update raw.agent_ticks set allocated_liquidity = allocated_liquidity + 1
        where tick = 4 and agent_no = 1 and simulation_id = getvariable('netting')""",
    # Two payments change places in Queue 2.
    "rebuilt_queues_equal_snapshots": """
        update raw.queue_snapshots set position = 1 - position
        where queue_type = 1 and position in (0, 1) and tick = 7 and simulation_id = getvariable('netting')""",
    # The last payment of a queue is missing from the mart.
    "rows_match_count_agent_queue_snapshots": """
        delete from agent_queue_snapshots where scenario = 'policies' and day = 0 and agent_id = 'PACER'
        and position = (select max(position) from agent_queue_snapshots
                        where scenario = 'policies' and day = 0 and agent_id = 'PACER')""",
    "rows_match_count_rtgs_queue_snapshots": """
        delete from rtgs_queue_snapshots where scenario = 'netting' and day = 0
        and position = (select max(position) from rtgs_queue_snapshots where scenario = 'netting' and day = 0)""",
    # Positions begin with 1.
    "sequential_positions_agent_queue_snapshots": """
        update agent_queue_snapshots set position = position + 1 where day = 0""",
    "sequential_positions_rtgs_queue_snapshots": """
        update rtgs_queue_snapshots set position = position + 1 where day = 0""",
    # An event is missing at the end of the log.
    "sequential_positions_stg_events": """
        update raw.liquidity_events set event_seq = event_seq + 1
        where simulation_id = getvariable('netting')
        and event_seq = (select max(event_seq) from raw.liquidity_events
                         where simulation_id = getvariable('netting'))""",
    # The engine reports a cent more in Queue 1 than the payments there are worth.
    "queue_sizes_follow_from_stays": """
        update raw.agent_ticks set queue1_value = queue1_value + 1
        where tick = 4 and agent_no = 0 and simulation_id = getvariable('policies')""",
    # A decision is about a payment that never was.
    "payments_in_events_exist": """
        update raw.policy_events set tx_no = 99999
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.policy_events where simulation_id = getvariable('netting'))""",
    # A netting names somebody who does not take part.
    "agents_in_events_exist": """
        update raw.netting_events set max_net_outflow_agent_no = 77
        where simulation_id = getvariable('netting') and max_net_outflow_agent_no is not null""",
    # A cent was there when a payment settled that no cash flow brought.
    "balances_in_events_follow_from_cash_flows": """
        update raw.payment_events set balance_before = balance_before + 1
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.payment_events
                         where balance_before is not null and simulation_id = getvariable('netting'))""",
    "balances_in_events_follow_from_cash_flows: collateral": """
        update raw.liquidity_events set balance_before = balance_before + 1
        where simulation_id = getvariable('policies')
        and event_seq = (select min(event_seq) from raw.liquidity_events
                         where balance_before is not null and simulation_id = getvariable('policies'))""",
    "balances_in_events_follow_from_cash_flows: pool": """
        update raw.liquidity_events set balance_after = balance_after + 1
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.liquidity_events
                         where balance_after is not null and simulation_id = getvariable('netting'))""",
    # A submission is recorded a tick late.
    "events_are_in_order_of_time": """
        update raw.policy_events set tick = tick + 1
        where event_type = 9 and simulation_id = getvariable('policies')
        and event_seq = (select max(event_seq) from raw.policy_events
                         where event_type = 9 and simulation_id = getvariable('policies'))""",
    # A cent more is submitted than arrived.
    "events_are_about_payments_as_they_arrived": """
        update raw.payment_events set amount = amount + 1
        where event_type = 1 and simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.payment_events
                         where event_type = 1 and simulation_id = getvariable('netting'))""",
    # Payer and receiver change places on the way to the central system.
    "events_are_about_payments_as_they_arrived: sides": """
        update raw.payment_events set agent_no = counterparty_no, counterparty_no = agent_no
        where event_type = 1 and simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.payment_events
                         where event_type = 1 and simulation_id = getvariable('netting'))""",
    # Somebody decides about a payment of somebody else.
    "events_are_about_payments_as_they_arrived: decision": """
        update raw.policy_events set agent_no = 1 - agent_no
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.policy_events
                         where agent_no in (0, 1) and simulation_id = getvariable('netting'))""",
    # A payment has a tick more time than it arrived with.
    "payments_follow_from_their_events": """
        update raw.transactions set deadline_tick = deadline_tick + 1
        where tx_no = 5 and simulation_id = getvariable('netting')""",
    # A payment that never settled is owed by the one it was for.
    "payments_follow_from_their_events: sides": """
        update raw.transactions set sender_no = receiver_no, receiver_no = sender_no
        where simulation_id = getvariable('netting')
        and tx_no = (select min(tx_no) from raw.transactions
                     where settlement_tick is null and simulation_id = getvariable('netting'))""",
    # A payment became overdue, and another was dropped, a tick later than the events say.
    "payments_follow_from_their_events: overdue": """
        update raw.transactions set overdue_since_tick = overdue_since_tick + 1
        where overdue_since_tick is not null and simulation_id = getvariable('policies')""",
    "payments_follow_from_their_events: dropped": """
        update raw.transactions set drop_tick = drop_tick + 1 where drop_tick is not null""",
    # The generator's state after a tick is missing, and with it the tick in `queue_contents`.
    "states_are_complete": """
        delete from raw.rng_states where tick = 3 and simulation_id = getvariable('netting')""",
    # No run can be continued from the end of a day.
    "states_are_complete: day": """
        delete from raw.state_snapshots where day = 0 and simulation_id = getvariable('netting')""",
    # A payment claims to have waited in Queue 2 though it settled at once.
    "settled_payments_settle_once": """
        update raw.transactions set settled_via = 2
        where simulation_id = getvariable('netting')
        and tx_no = (select min(tx_no) from raw.transactions
                     where settled_via = 1 and simulation_id = getvariable('netting'))""",
    # A split payment has settled by a cent less than its children.
    "split_payments_are_their_children": """
        update raw.transactions set settled_amount = settled_amount - 1
        where simulation_id = getvariable('policies')
        and tx_no = (select min(parent_tx_no) from raw.transactions
                     where settlement_tick is not null and simulation_id = getvariable('policies'))""",
    # An agent used credit that it does not have.
    "settlements_stay_within_overdraft": """
        update raw.agents set unsecured_cap = 0
        where agent_no = (select agent_no from raw.agents where agent_id = 'D')
        and simulation_id = getvariable('netting')""",
    # A movement of collateral does not start where the one before ended.
    "collateral_movements_chain": """
        update raw.liquidity_events set posted_before = posted_before + 1, posted_after = posted_after + 1
        where simulation_id = getvariable('policies')
        and event_seq = (select min(event_seq) from raw.liquidity_events
                         where posted_after is not null and simulation_id = getvariable('policies'))""",
    # A component of a cost is not in the total.
    "costs_add_up": """
        update raw.cost_events set delay_cost = delay_cost + 1
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.cost_events where simulation_id = getvariable('netting'))""",
    # A cent is charged for another reason than the accruals give.
    "costs_add_up: component": """
        update daily_costs set delay_cost = delay_cost - 1, penalty_cost = penalty_cost + 1
        where scenario = 'netting' and agent_id = 'A';
        update daily_agent_metrics
        set delay_cost = delay_cost - 1, deadline_penalty_cost = deadline_penalty_cost + 1
        where scenario = 'netting' and agent_id = 'A';
        update cost_breakdown_by_agent set
            delay_cost = delay_cost - (select max(day) + 1 from daily_costs where scenario = 'netting'),
            penalty_cost = penalty_cost + (select max(day) + 1 from daily_costs where scenario = 'netting')
        where scenario = 'netting' and agent_id = 'A'""",
    # A cent is charged a day early.
    "costs_add_up: day": """
        update daily_costs set
            delay_cost = delay_cost + case day when 0 then 1 else -1 end,
            total_cost = total_cost + case day when 0 then 1 else -1 end
        where scenario = 'netting' and agent_id = 'A' and day in (0, 1);
        update daily_agent_metrics set
            delay_cost = delay_cost + case day when 0 then 1 else -1 end,
            total_cost = total_cost + case day when 0 then 1 else -1 end
        where scenario = 'netting' and agent_id = 'A' and day in (0, 1)""",
    # The metrics of a day give another reason for a cost than the mart of costs.
    "costs_add_up: metrics": """
        update daily_agent_metrics
        set delay_cost = delay_cost - 1, deadline_penalty_cost = deadline_penalty_cost + 1
        where scenario = 'netting' and agent_id = 'A' and day = 0""",
    # A cent of a run's costs is nobody's.
    "costs_add_up: the run of an agent": """
        update cost_breakdown_by_agent set total_cost = total_cost - 1, delay_cost = delay_cost - 1
        where scenario = 'netting' and agent_id = 'A'""",
    # A netted payment went to somebody else, from its arrival on.
    "netting_legs_net_to_positions": """
        update raw.transactions set receiver_no = 3 - sender_no - receiver_no
        where simulation_id = getvariable('deferred')
        and tx_no = (select min(tx_no) from raw.transactions
                     where settled_via = 5 and simulation_id = getvariable('deferred'));
        update raw.payment_events set counterparty_no = 3 - agent_no - counterparty_no
        where simulation_id = getvariable('deferred')
        and tx_no = (select min(tx_no) from raw.transactions
                     where settled_via = 5 and simulation_id = getvariable('deferred'))""",
    # A payment of a netting is worth a cent more than it brought.
    "netted_payments_add_up_to_their_settlement": """
        update lsm_cycle_transactions set amount = amount + 1
        where cycle_id = (select min(cycle_id) from lsm_cycle_transactions) and position = 0""",
    # A netting counts a payment that it did not settle.
    "rows_match_count_lsm_cycle_transactions": """
        update lsm_cycles set num_transactions = num_transactions + 1, transactions = list_append(transactions, 'tx_x')
        where cycle_id = (select min(cycle_id) from lsm_cycles where scenario = 'deferred');
        update lsm_effectiveness set num_payments = num_payments + 1 where scenario = 'deferred'""",
    "sequential_positions_lsm_cycle_transactions": """
        update lsm_cycle_transactions set position = position + 1""",
    # A cent that was used counts as saved.
    "effectiveness_follows_from_cycles": """
        update lsm_effectiveness set settled_value = settled_value - 1, liquidity_saved = liquidity_saved + 1
        where scenario = 'netting' and day = 0""",
    # A reset at the end of the day is taken for two rows, as it would be without merging.
    "registers_follow_from_updates": """
        update agent_state_registers set register_value = previous_value + 1, reason = 'policy_action', num_updates = 1
        where num_updates = 2 and tick = (select min(tick) from agent_state_registers where num_updates = 2)""",
    # A register ends a tick with the first of its updates.
    "registers_follow_from_updates: value": """
        update agent_state_registers set register_value = previous_value
        where num_updates = 2 and tick = (select min(tick) from agent_state_registers where num_updates = 2)""",
    # A posting is not counted.
    "collateral_events_agree_with_metrics": """
        update daily_agent_metrics set num_collateral_posts = num_collateral_posts - 1
        where num_collateral_posts > 0 and day = 0""",
    # A cent is released that nobody submitted.
    "budgets_are_kept": """
        update budget_operations set value_released = value_released + 1
        where event_seq = (select min(event_seq) from budget_operations)""",
    # More was released than the budget allows.
    "budgets_are_kept: in all": """
        update budget_operations set max_value = value_released - 1
        where event_seq = (select min(event_seq) from budget_operations where value_released > 0)""",
    # A release went to somebody who was not in focus.
    "budgets_are_kept: focus": """
        update budget_operations set focus_counterparties = ['NOBODY']
        where event_seq = (select min(event_seq) from budget_operations where value_released > 0)""",
    # One counterparty got more than any should.
    "budgets_are_kept: per counterparty": """
        update budget_operations set max_per_counterparty = 1
        where event_seq = (select min(event_seq) from budget_operations where value_released > 0)""",
    # A refusal is not counted.
    "budgets_are_kept: refusals": """
        update budget_operations set num_blocked = num_blocked - 1
        where event_seq = (select min(event_seq) from budget_operations where num_blocked > 0)""",
    # An agent has another policy than its scenario gave it.
    "agents_begin_with_their_policy": """
        update policy_snapshots set policy_hash = 'another'
        where scenario = 'policies' and agent_id = 'ZEN'""",
    # An arrival is counted twice.
    "totals_follow_from_payments": """
        update daily_agent_metrics set num_arrivals = num_arrivals + 1
        where scenario = 'netting' and day = 1 and agent_id = 'A'""",
    # The day of an agent closes with a cent that did not flow.
    "days_follow_from_cash_flows": """
        update daily_agent_metrics set closing_balance = closing_balance + 1
        where scenario = 'netting' and day = 1 and agent_id = 'A'""",
    # A cent is received that nobody sent.
    "days_follow_from_cash_flows: both sides": """
        update daily_agent_metrics set value_received = value_received + 1
        where scenario = 'netting' and day = 1 and agent_id = 'A'""",
    # A payment stands at its old place a tick longer, and at its new one already.
    "payments_have_one_place_at_a_time": """
        update intermediate.int_queue_places set until_tick = until_tick + 1
        where scenario = 'policies' and tx_no = 12 and from_tick = 2""",
    "delays_are_not_negative": """
        update transactions set total_delay_ticks = -1
        where scenario = 'netting'
        and tx_id = (select min(tx_id) from transactions where status = 'settled' and scenario = 'netting')""",
    "queue_times_follow_from_stays": """
        update raw.transactions set queue1_ticks = queue1_ticks + 1
        where tx_no = 3 and simulation_id = getvariable('policies')""",
    # A payment was released a tick earlier than it could.
    "queue_times_follow_from_stays: release": """
        update raw.payment_events set queue_wait_ticks = queue_wait_ticks + 1
        where simulation_id = getvariable('netting')
        and event_seq = (select min(event_seq) from raw.payment_events
                         where queue_wait_ticks is not null and simulation_id = getvariable('netting'))""",
    # A payment vanishes: it is in no queue and nothing became of it.
    "unsettled_payments_are_queued": """
        update intermediate.int_queue_episodes set left_seq = 999999
        where scenario = 'deferred' and left_seq is null
        and tx_no = (select min(tx_no) from intermediate.int_queue_episodes
                     where scenario = 'deferred' and left_seq is null)""",
    "queues_are_left_by_the_rules": """
        update intermediate.int_queue_episodes set left_by = 'PolicyHold'
        where scenario = 'netting' and left_by = 'RtgsSubmission' and tx_no = 0""",
    "days_end_once": """
        update raw.system_events set unsettled_count = unsettled_count + 1
        where day = 0 and unsettled_count is not null and simulation_id = getvariable('netting')""",
}  # fmt: skip

PLAIN = ("unique_combination", "not_null", "accepted_values")
"""Tests whose faults need no thought."""


ELSEWHERE = ("indicators_", "comparison_", "scenario_ids_")
"""How tests begin whose faults are planted in `test_indicators`, `test_comparison` and `test_replace_scenarios`."""


class DataTests:
    """The data tests as dbt compiled them, on a copy of the warehouse.

    Attributes:
        connection: the open copy. Every fault is planted in a transaction and rolled back.
        sql: name of the test -> its SQL, which yields the rows that are wrong.
        nodes: name of the test -> its node in the manifest.
    """

    def __init__(self, database: Path, built: Built) -> None:
        self.connection = duckdb.connect(str(database))
        self.nodes: dict[str, Any] = {
            node["name"]: node for node in built.run.nodes.values() if node["resource_type"] == "test"
        }
        self.sql: dict[str, str] = {
            name: built.run.results[node["unique_id"]]["compiled_code"] for name, node in self.nodes.items()
        }
        # These queries are so small that a second thread costs more than it brings.
        self.connection.execute("set threads = 1")
        runs = self.connection.execute("select scenario, simulation_id from raw.simulations").fetchall()
        for scenario, simulation_id in runs:
            self.connection.execute(f"set variable {scenario} = '{simulation_id}'")

    def fails(self, name: str) -> bool:
        """Whether a test finds anything wrong."""
        found = self.connection.execute(f"select exists ({self.sql[name]})").fetchone()
        assert found is not None
        return bool(found[0])

    @property
    def ours(self) -> list[str]:
        """The tests that say something about payment systems, and not only about keys, nulls and lists of words."""
        return [name for name in self.sql if self.kind(name) not in PLAIN and not name.startswith(ELSEWHERE)]

    def kind(self, name: str) -> str:
        """The generic test that a test is an instance of; empty for a singular one."""
        metadata: dict[str, str] = self.nodes[name].get("test_metadata") or {}
        return str(metadata.get("name", ""))

    def named(self, beginning: str) -> str:
        """The one test of this name, or whose name begins so, up to a colon."""
        beginning = beginning.split(":")[0]
        if beginning in self.sql:
            return beginning
        (name,) = (name for name in self.sql if name.startswith(f"{beginning}_"))
        return name


@pytest.fixture(scope="module")
def tests(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataTests]:
    prepared = DataTests(built.copy(tmp_path_factory.mktemp("faults")), built)
    yield prepared
    prepared.connection.close()


@pytest.fixture
def planted(tests: DataTests) -> Iterator[duckdb.DuckDBPyConnection]:
    """The copy, in a transaction that is rolled back."""
    tests.connection.execute("begin")
    yield tests.connection
    tests.connection.execute("rollback")


def test_every_test_of_ours_has_a_fault(tests: DataTests) -> None:
    # But for the numbers of agents: no other fault than a wrong number, which the test of obvious faults plants.
    obvious = {tests.named("sequential_positions_stg_agents")}
    assert {tests.named(fault) for fault in FAULTS} == set(tests.ours) - obvious


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_by_the_test_for_it_alone(
    tests: DataTests, planted: duckdb.DuckDBPyConnection, fault: str
) -> None:
    changed = planted.execute(FAULTS[fault]).fetchone()
    assert changed is not None
    assert changed[0] > 0, "the fault was not planted"
    assert [name for name in tests.ours if tests.fails(name)] == [tests.named(fault)]


def test_a_run_that_failed_is_no_fault(tests: DataTests, planted: duckdb.DuckDBPyConnection) -> None:
    # Its log ends early and its payments were not final; what is there is still consistent.
    for table in ("raw.simulations", "simulations"):
        planted.execute(
            f"update {table} set status = 'failed', total_arrivals = null, total_settlements = null, "
            "total_cost_cents = null, events_digest = null where scenario = 'policies'"
        )
    planted.execute("delete from raw.transactions where simulation_id = getvariable('policies')")
    assert [name for name in tests.sql if tests.fails(name)] == []


def relation(node: dict[str, Any], built: Built) -> tuple[str, bool]:
    """The relation that a generic test looks at, and whether it is a view."""
    model = built.run.nodes[node["attached_node"]]
    return f"{model['schema']}.{model['name']}", model["config"]["materialized"] == "view"


def obvious_fault(kind: str, node: dict[str, Any], table: str, *, is_filled: bool) -> str:
    """The statement that breaks a plain test; an empty table gets a row that is wrong."""
    if kind == "unique_combination":
        key = node["test_metadata"]["kwargs"]["columns"][0]
        return (
            f"insert into {table} select * from {table}" if is_filled else f"insert into {table} ({key}) values (null)"
        )
    column = node["column_name"]
    wrong = {"not_null": "null", "accepted_values": "'nonsense'", "sequential_positions": f"{column} + 1"}[kind]
    if not is_filled:
        return f"insert into {table} ({column}) values ({wrong.replace(column, '0')})"
    last = f"select max({column}) from {table}"
    which = f"{column} = ({last})" if kind == "sequential_positions" else f"rowid = (select min(rowid) from {table})"
    return f"update {table} set {column} = {wrong} where {which}"


def test_obvious_faults_are_seen(tests: DataTests, built: Built) -> None:
    connection = tests.connection
    seen = 0
    for name, node in tests.nodes.items():
        kind = tests.kind(name)
        if kind not in (*PLAIN, "sequential_positions"):
            continue
        table, is_view = relation(node, built)
        assert not tests.fails(name)
        connection.execute("begin")
        if is_view:
            connection.execute(f"create temp table content as select * from {table}; drop view {table}")
            connection.execute(f"create table {table} as select * from content; drop table content")
        filled = connection.execute(f"select exists (select 1 from {table})").fetchone() == (True,)
        connection.execute(obvious_fault(kind, node, table, is_filled=filled))
        assert tests.fails(name), f"{name} does not see its fault"
        connection.execute("rollback")
        seen += 1
    assert seen > 40
