"""Questions about payments: how many settled, how long they waited, what happened to them in a tick.

Belongs here: rows and sums of payments. Does not belong here: events (`events`), queues (`queues`).

Counts, amounts and delays are of whole payments: one that was split counts once and has settled when the last of its
children has. Lists of payments have the children too.
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries.delay_costs import DELAY_COSTS
from paysim_pipeline.warehouse.queries_base import Record, conditions, frame, modelled_run, records

_WHOLE = "simulation_id = $run and parent_tx_id is null"


def get_settlement_rate_by_day(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """How much of what arrived on a day has settled, whenever that was (07 §5.1).

    Returns:
        By `day` of arrival: `total_transactions`, `settled_transactions`, `settlement_rate`; whole payments.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_settlement_rate_by_day(connection, "gridlock").rows()
        [(0, 9, 9, 1.0)]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        f"""
        select
            arrival_day as day,
            count(*) as total_transactions,
            count(*) filter (where status = 'settled') as settled_transactions,
            settled_transactions / total_transactions as settlement_rate
        from main.transactions
        where {_WHOLE}
        group by arrival_day
        order by arrival_day
        """,
        {"run": simulation_id},
    )


def get_daily_transaction_summary(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """What became of the payments that arrived on a day; amounts in cents (07 §5.1).

    Returns:
        By `day` of arrival: `total_count`, `settled_count`, `pending_count`, `dropped_count`, `total_amount`,
        `settled_amount`; whole payments. Overdue ones, and those of whose children some are open, are only in the
        totals.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_daily_transaction_summary(connection, "gridlock").select("total_count", "settled_count").rows()
        [(9, 9)]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        f"""
        select
            arrival_day as day,
            count(*) as total_count,
            count(*) filter (where status = 'settled') as settled_count,
            count(*) filter (where status = 'pending') as pending_count,
            count(*) filter (where status = 'dropped') as dropped_count,
            sum(amount)::bigint as total_amount,
            sum(settled_amount)::bigint as settled_amount
        from main.transactions
        where {_WHOLE}
        group by arrival_day
        order by arrival_day
        """,
        {"run": simulation_id},
    )


def get_transaction_delays(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """How long settled payments took from arrival to settlement, in ticks (07 §5.1).

    Returns:
        By `day` of arrival: `avg_delay_ticks`, `max_delay_ticks`, `p50_delay_ticks`, `p95_delay_ticks` (percentiles
        between two payments are interpolated); whole payments.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_transaction_delays(connection, "gridlock")["max_delay_ticks"].to_list()
        [0]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        f"""
        select
            arrival_day as day,
            avg(total_delay_ticks) as avg_delay_ticks,
            max(total_delay_ticks) as max_delay_ticks,
            quantile_cont(total_delay_ticks, 0.5) as p50_delay_ticks,
            quantile_cont(total_delay_ticks, 0.95) as p95_delay_ticks
        from main.transactions
        where {_WHOLE} and status = 'settled'
        group by arrival_day
        order by arrival_day
        """,
        {"run": simulation_id},
    )


def get_transactions(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, status: str | None = None
) -> pl.DataFrame:
    """The payments of a run in their final state, by arrival and id; money in cents (07 §5.1).

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        status: only these: `pending`, `overdue`, `settled`, `dropped`, `split`, `partially_settled`.

    Returns:
        The columns of 07 §4.1, then `origin`, `original_priority`, `settled_via`, `settled_late`, `drop_tick`. Children
        of splits are rows of their own. `delay_cost` is the payment's share of what its sender paid for waiting,
        rounded for itself.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_transactions(connection, "gridlock", status="settled").select("tx_id", "settled_via").row(0)
        ('tx_00000000', 'cycle')
    """
    modelled_run(connection, simulation_id)
    clauses = ["true"]
    values = {"run": simulation_id}
    if status is not None:
        clauses.append("payments.status = $status")
        values["status"] = status
    return frame(
        connection,
        f"""
        with {DELAY_COSTS},
        drops as (
            select tx_id, max_by(reason, event_seq) as drop_reason
            from staging.stg_policy_decisions
            where simulation_id = $run and decision_type = 'drop'
            group by tx_id
        ),
        submissions as (
            select tx_no, max(tick) as rtgs_submission_tick
            from staging.stg_submissions
            where simulation_id = $run
            group by tx_no
        ),
        declarations as (
            select tx_id, max_by(new_rtgs_priority, event_seq) as declared_rtgs_priority
            from staging.stg_policy_decisions
            where simulation_id = $run and decision_type = 'resubmit'
            group by tx_id
        )
        select
            payments.simulation_id,
            payments.tx_id,
            payments.sender_id,
            payments.receiver_id,
            payments.amount,
            payments.priority,
            payments.is_divisible,
            payments.arrival_tick,
            payments.arrival_day,
            payments.deadline_tick,
            payments.settlement_tick,
            payments.settlement_day,
            payments.status,
            payments.overdue_since_tick,
            drops.drop_reason,
            payments.settled_amount as amount_settled,
            payments.queue1_ticks,
            payments.queue2_ticks,
            payments.total_delay_ticks,
            payments.delay_cost,
            payments.parent_tx_id,
            payments.split_index,
            payments.rtgs_priority,
            case when payments.rtgs_priority is not null then submissions.rtgs_submission_tick end
            as rtgs_submission_tick,
            declarations.declared_rtgs_priority,
            payments.origin,
            payments.original_priority,
            payments.settled_via,
            payments.settled_late,
            payments.drop_tick
        from priced as payments
        left join drops on payments.tx_id = drops.tx_id
        left join submissions on substr(payments.tx_id, 4)::bigint = submissions.tx_no
        left join declarations on payments.tx_id = declarations.tx_id
        where {conditions(clauses)}
        order by payments.arrival_tick, payments.tx_id
        """,
        values,
    )


def get_transaction_statistics(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """The payments of a run in four figures (07 §5.1).

    Returns:
        `total_count`, `settled_count`, `settlement_rate`, `avg_delay_ticks` (of settled ones); whole payments; zeros if
        there are none.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_transaction_statistics(connection, "gridlock")
        {'total_count': 9, 'settled_count': 9, 'settlement_rate': 1.0, 'avg_delay_ticks': 0.0}
    """
    modelled_run(connection, simulation_id)
    return records(
        connection,
        f"""
        select
            count(*) as total_count,
            count(*) filter (where status = 'settled') as settled_count,
            coalesce(settled_count / nullif(total_count, 0), 0.0) as settlement_rate,
            coalesce(avg(total_delay_ticks), 0.0) as avg_delay_ticks
        from main.transactions
        where {_WHOLE}
        """,
        {"run": simulation_id},
    )[0]


def get_transactions_by_tick(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int
) -> dict[str, list[Record]]:
    """The payments that arrived and those that settled in a tick, by id; money in cents (07 §5.1).

    Returns:
        `arrivals`: `tx_id`, `sender_id`, `receiver_id`, `amount`, `priority`, `is_divisible`, `arrival_tick`,
        `arrival_day`, `deadline_tick`, `status` (the final one). `settlements`: `tx_id`, `sender_id`, `receiver_id`,
        `amount`, `amount_settled`, `settlement_tick`, `settlement_day`, `status`, `queue1_ticks`, `queue2_ticks`,
        `total_delay_ticks`, `delay_cost` (see `get_transactions`).

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> found = get_transactions_by_tick(connection, "gridlock", 4)
        >>> len(found["arrivals"]), len(found["settlements"])
        (2, 2)
    """
    modelled_run(connection, simulation_id)
    values = {"run": simulation_id, "tick": tick}
    arrivals = records(
        connection,
        """
        select
            tx_id,
            sender_id,
            receiver_id,
            amount,
            priority,
            is_divisible,
            arrival_tick,
            arrival_day,
            deadline_tick,
            status
        from main.transactions
        where simulation_id = $run and arrival_tick = $tick
        order by tx_id
        """,
        values,
    )
    settlements = records(
        connection,
        f"""
        with {DELAY_COSTS}
        select
            tx_id,
            sender_id,
            receiver_id,
            amount,
            settled_amount as amount_settled,
            settlement_tick,
            settlement_day,
            status,
            queue1_ticks,
            queue2_ticks,
            total_delay_ticks,
            delay_cost
        from priced
        where settlement_tick = $tick
        order by tx_id
        """,
        values,
    )
    return {"arrivals": arrivals, "settlements": settlements}


def get_tick_range_summary(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, from_tick: int, to_tick: int
) -> Record:
    """What happened from one tick to another, both included (07 §5.1).

    Returns:
        `total_arrivals`, `total_settlements`, `total_delay_cost` (charged in these ticks, in cents), `avg_delay_ticks`
        (of payments that settled in these ticks); whole payments.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.
        ValueError: the range is upside down.

    Example:
        >>> get_tick_range_summary(connection, "gridlock", 0, 11)["total_settlements"]
        9
    """
    if from_tick > to_tick:
        raise ValueError(f"the ticks {from_tick} to {to_tick} are no range")
    modelled_run(connection, simulation_id)
    return records(
        connection,
        f"""
        select
            count(*) filter (where arrival_tick between $from and $to) as total_arrivals,
            count(*) filter (where settlement_tick between $from and $to) as total_settlements,
            (
                select coalesce(sum(delay_cost), 0)::bigint
                from staging.stg_cost_accruals
                where simulation_id = $run and tick between $from and $to
            ) as total_delay_cost,
            coalesce(avg(total_delay_ticks) filter (where settlement_tick between $from and $to), 0.0)
            as avg_delay_ticks
        from main.transactions
        where {_WHOLE}
        """,
        {"run": simulation_id, "from": from_tick, "to": to_tick},
    )[0]
