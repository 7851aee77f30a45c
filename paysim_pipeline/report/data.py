"""What the figures of a report show: one question to the models each, summed up to a size that a page can carry.

Belongs here: the questions and their limits. Does not belong here: drawing or words. Money is integer cents; ticks
count from the start of the run unless they are called ticks of the day.
"""

from collections.abc import Sequence
from typing import Final

import duckdb

from paysim_pipeline.warehouse.queries_base import Record, records

STRETCHES: Final = 200
"""A line over time has at most so many stretches; what a stretch of several ticks shows is said in the caption."""

BANKS_DRAWN: Final = 7
"""Banks with a line of their own: those that sent most value. There are no more colours that everybody can tell."""

COST_BANKS: Final = 20
"""Banks with a bar of their own: the costliest."""

LARGEST_CYCLES: Final = 400
"""Netting settlements with a point of their own: those of most value."""


def run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """The row of `simulations`, with `ticks`, `stretch` (ticks per stretch of a line) and sums over the run."""
    found = records(
        connection,
        """
        with payments as (
            -- Not from the indicators of the days: a payment that settles on a later day counts on both.
            select
                coalesce(sum(amount) filter (where parent_tx_id is null), 0)::bigint as submitted_value,
                coalesce(sum(settled_amount) filter (where settled_via <> 'children'), 0)::bigint as settled_value,
            from main.transactions
            where simulation_id = $run
        ),
        netting as (
            select coalesce(sum(liquidity_saved), 0)::bigint as liquidity_saved
            from main.lsm_cycles
            where simulation_id = $run
        )
        select * from main.simulations, payments, netting
        where simulation_id = $run
        """,
        {"run": simulation_id},
    )[0]
    ticks = found["num_days"] * found["ticks_per_day"]
    return found | {"ticks": ticks, "stretch": -(-ticks // STRETCHES)}


def banks(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """Every bank with the sums and extremes of its days, those that sent most first."""
    return records(
        connection,
        """
        select
            agent_id,
            arg_min(opening_balance, day) as opening_balance,
            min(min_balance) as min_balance,
            arg_max(closing_balance, day) as closing_balance,
            sum(value_sent)::bigint as value_sent,
            sum(value_received)::bigint as value_received,
            max(queue1_peak_size) as queue1_peak_size,
            sum(total_cost)::bigint as total_cost,
        from main.daily_agent_metrics
        where simulation_id = $run
        group by agent_id
        order by value_sent desc, agent_id
        """,
        {"run": simulation_id},
    )


def costs_by_bank(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """What each bank was charged over the run, the costliest first; rows as in `cost_breakdown_by_agent`."""
    return records(
        connection,
        "select * from main.cost_breakdown_by_agent where simulation_id = $run order by total_cost desc, agent_id",
        {"run": simulation_id},
    )


def costs_by_day(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """What all banks together were charged on each day: `day` and the components of `daily_costs`."""
    return records(
        connection,
        """
        select
            day,
            sum(liquidity_cost)::bigint as liquidity_cost,
            sum(delay_cost)::bigint as delay_cost,
            sum(collateral_cost)::bigint as collateral_cost,
            sum(penalty_cost)::bigint as penalty_cost,
            sum(split_friction_cost)::bigint as split_friction_cost,
            sum(liquidity_opportunity_cost)::bigint as liquidity_opportunity_cost,
        from main.daily_costs
        where simulation_id = $run
        group by day
        order by day
        """,
        {"run": simulation_id},
    )


def costs_by_bank_and_day(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, banks: Sequence[str]
) -> list[Record]:
    """The total of each of these banks on each day: `bank`, `day`, `cost`, in their order."""
    return records(
        connection,
        """
        select agent_id as bank, day, total_cost as cost
        from main.daily_costs
        where simulation_id = $run and list_contains($banks, agent_id)
        order by list_position($banks, agent_id), day
        """,
        {"run": simulation_id, "banks": list(banks)},
    )


def cycles(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """The largest settlements by netting, largest first: rows as in `lsm_cycles`."""
    return records(
        connection,
        f"""
        select tick, day, algorithm, cycle_length, agents, num_transactions, total_value, settled_value,
            liquidity_saved
        from main.lsm_cycles
        where simulation_id = $run
        order by total_value desc, event_seq
        limit {LARGEST_CYCLES}
        """,
        {"run": simulation_id},
    )


def algorithms(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """What each netting algorithm did over the whole run."""
    return records(
        connection,
        """
        select
            algorithm,
            sum(settlements)::bigint as settlements,
            sum(num_payments)::bigint as num_payments,
            sum(total_value)::bigint as total_value,
            sum(settled_value)::bigint as settled_value,
            sum(liquidity_saved)::bigint as liquidity_saved,
        from main.lsm_effectiveness
        where simulation_id = $run
        group by algorithm
        order by algorithm
        """,
        {"run": simulation_id},
    )


def collateral(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """Postings and withdrawals of each bank that made any, those that posted most first."""
    return records(
        connection,
        """
        select
            agent_id,
            count(*) filter (where action = 'post') as posts,
            coalesce(sum(amount) filter (where action = 'post'), 0)::bigint as posted,
            count(*) filter (where action = 'withdraw') as withdrawals,
            coalesce(sum(amount) filter (where action = 'withdraw'), 0)::bigint as withdrawn,
        from main.collateral_events
        where simulation_id = $run
        group by agent_id
        order by posted desc, agent_id
        """,
        {"run": simulation_id},
    )


def netted_by_day(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """What each netting algorithm did on each day; columns as in `lsm_effectiveness`."""
    return records(
        connection,
        """
        select day, algorithm, settlements, num_payments, total_value, settled_value, liquidity_saved
        from main.lsm_effectiveness
        where simulation_id = $run
        order by day, algorithm
        """,
        {"run": simulation_id},
    )


def delays(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """How many payments settled after how many ticks: those that waited in at most forty classes.

    Returns:
        `first`, `last` (ticks of the class; both 0 for those that settled on arrival), `payments`, `value`.
    """
    return records(
        connection,
        """
        with payments as (
            select total_delay_ticks as delay, amount
            from main.transactions
            where simulation_id = $run and status = 'settled' and parent_tx_id is null
        ),
        width as (
            select (greatest(max(delay) - 1, 0) // 40 + 1)::bigint as width from payments
        ),
        classes as (
            select if(delay = 0, 0, (delay - 1) // width * width + 1) as first, width, amount from payments, width
        )
        select
            first,
            if(first = 0, 0, first + width - 1) as last,
            count(*) as payments,
            sum(amount)::bigint as value,
        from classes
        group by first, width
        order by first
        """,
        {"run": simulation_id},
    )


def indicators(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """The indicators of each day: rows as in `payment_system_indicators`."""
    return records(
        connection,
        "select * from main.payment_system_indicators where simulation_id = $run order by day",
        {"run": simulation_id},
    )
