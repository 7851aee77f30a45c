"""What the figures of a report show: one question to the models each, summed up to a size that a page can carry.

Belongs here: the questions and their limits. Does not belong here: drawing or words. Money is integer cents; ticks
count from the start of the run unless they are called ticks of the day.
"""

from typing import Final

import duckdb

from paysim_pipeline.warehouse.queries_base import Record, records

STRETCHES: Final = 200
"""A line over time has at most so many stretches; what a stretch of several ticks shows is said in the caption."""

BANKS_DRAWN: Final = 7
"""Banks with a line of their own: those that sent most value. There are no more colours that everybody can tell."""

COST_BANKS: Final = 20
"""Banks with a bar of their own: the costliest; the others are drawn as one."""

LARGEST_CYCLES: Final = 400
"""Netting settlements with a point of their own: those of most value."""

OTHERS: Final = "all others"

_BANKS = f"""
    with sent as (
        select agent_id, sum(value_sent) as value_sent
        from main.daily_agent_metrics
        where simulation_id = $run
        group by agent_id
    ),
    banks as (
        select agents.*, coalesce(sent.value_sent, 0) as value_sent
        from main.agents as agents
        left join sent using (agent_id)
        where agents.simulation_id = $run
        order by value_sent desc, agents.agent_no
        limit {BANKS_DRAWN}
    )
"""


def run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """The row of `simulations`, with `ticks`, `stretch` (ticks per stretch of a line) and sums over the days."""
    found = records(
        connection,
        """
        with days as (
            select
                sum(submitted_value)::bigint as submitted_value,
                sum(settled_value)::bigint as settled_value,
            from main.payment_system_indicators
            where simulation_id = $run
        ),
        netting as (
            select coalesce(sum(liquidity_saved), 0)::bigint as liquidity_saved
            from main.lsm_cycles
            where simulation_id = $run
        )
        select * from main.simulations, days, netting
        where simulation_id = $run
        """,
        {"run": simulation_id},
    )[0]
    ticks = found["num_days"] * found["ticks_per_day"]
    return found | {"ticks": ticks, "stretch": -(-ticks // STRETCHES)}


def balances(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """Lowest and highest balance of each stretch at their ticks, for the banks that are drawn.

    Returns:
        `agent_id`, `tick`, `balance`.
    """
    return records(
        connection,
        _BANKS
        + """,
        stretches as (
            select
                agent_no,
                ticks.tick // $stretch as stretch,
                min(balance) as low,
                arg_min(ticks.tick, (balance, ticks.tick)) as low_tick,
                max(balance) as high,
                arg_max(ticks.tick, (balance, -ticks.tick)) as high_tick,
            from staging.stg_agent_ticks as ticks
            where simulation_id = $run and agent_no in (select agent_no from banks)
            group by all
        ),
        points as (
            select agent_no, low_tick as tick, low as balance from stretches
            union
            select agent_no, high_tick, high from stretches
        )
        select banks.agent_id, points.tick, points.balance
        from points
        join banks using (agent_no)
        order by banks.value_sent desc, agent_no, tick
        """,
        {"run": simulation_id, "stretch": stretch},
    )


def accounts(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """Overdraft limit and posted collateral at the end of each stretch, for the banks that are drawn.

    Returns:
        `agent_id`, `tick`, `overdraft_limit`, `posted_collateral`.
    """
    return records(
        connection,
        _BANKS
        + """,
        stretches as (
            select
                agent_no,
                max(ticks.tick) as tick,
                arg_max(posted_collateral, ticks.tick) as posted_collateral,
                arg_max(unsecured_cap, ticks.tick) as unsecured_cap,
            from staging.stg_agent_ticks as ticks
            where simulation_id = $run and agent_no in (select agent_no from banks)
            group by agent_no, ticks.tick // $stretch
        )
        select
            banks.agent_id,
            stretches.tick,
            floor(stretches.posted_collateral * greatest(0.0, 1.0 - banks.collateral_haircut))::bigint
            + stretches.unsecured_cap as overdraft_limit,
            stretches.posted_collateral,
        from stretches
        join banks using (agent_no)
        order by banks.value_sent desc, agent_no, stretches.tick
        """,
        {"run": simulation_id, "stretch": stretch},
    )


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


def queues(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """Both queues of all banks together: the most at the end of any tick of a stretch.

    Returns:
        `queue`, `tick` (the stretch's first), `payments`, `value`.
    """
    return records(
        connection,
        """
        with ticks as (
            select
                tick,
                sum(queue1_size) as size1,
                sum(queue1_value) as value1,
                sum(queue2_size) as size2,
                sum(queue2_value) as value2,
            from staging.stg_agent_ticks
            where simulation_id = $run
            group by tick
        ),
        sides as (
            select 'Queue 1 (at the banks)' as queue, tick, size1 as payments, value1 as value from ticks
            union all
            select 'Queue 2 (in the system)', tick, size2, value2 from ticks
        )
        select
            queue,
            tick // $stretch * $stretch as tick,
            max(payments)::bigint as payments,
            max(value)::bigint as value,
        from sides
        group by all
        order by queue, 2
        """,
        {"run": simulation_id, "stretch": stretch},
    )


def settled(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """Value settled so far, by mechanism, at the end of each stretch.

    Returns:
        `mechanism`, `tick` (the stretch's last), `value`.
    """
    return records(
        connection,
        """
        with settled as (
            select settled_via as mechanism, settlement_tick // $stretch as stretch, sum(settled_amount) as value
            from main.transactions
            where simulation_id = $run and settlement_tick is not null and settled_via <> 'children'
            group by all
        ),
        length as (
            select num_days * ticks_per_day as ticks from main.simulations where simulation_id = $run
        ),
        grid as (
            select mechanism, unnest(range((select (ticks - 1) // $stretch + 1 from length))) as stretch
            from (select distinct mechanism from settled)
        )
        select
            mechanism,
            least((stretch + 1) * $stretch, (select ticks from length)) - 1 as tick,
            (sum(coalesce(settled.value, 0)) over (partition by mechanism order by stretch))::bigint as value,
        from grid
        left join settled using (mechanism, stretch)
        order by mechanism, stretch
        """,
        {"run": simulation_id, "stretch": stretch},
    )


def throughput(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """Value that arrived and value that settled up to each tick of the day, all days together.

    Returns:
        `flow` (`arrived`, `settled`), `tick` (of the day), `value`, `share` (of all that arrived).
    """
    return records(
        connection,
        """
        with length as (
            select ticks_per_day, (ticks_per_day - 1) // $stretches + 1 as stretch
            from main.simulations
            where simulation_id = $run
        ),
        flows as (
            select 'arrived' as flow, arrival_tick % ticks_per_day // stretch as stretch_no, amount as value
            from main.transactions, length
            where simulation_id = $run and parent_tx_id is null
            union all
            select 'settled', settlement_tick % ticks_per_day // stretch, settled_amount
            from main.transactions, length
            where simulation_id = $run and settlement_tick is not null and settled_via <> 'children'
        ),
        sums as (
            select flow, stretch_no, sum(value) as value from flows group by all
        ),
        grid as (
            select flow, unnest(range((select (ticks_per_day - 1) // stretch + 1 from length))) as stretch_no
            from (values ('arrived'), ('settled')) as names (flow)
        ),
        cumulative as (
            select
                flow,
                stretch_no,
                sum(coalesce(sums.value, 0)) over (partition by flow order by stretch_no) as value,
            from grid
            left join sums using (flow, stretch_no)
        )
        select
            flow,
            least((stretch_no + 1) * stretch, ticks_per_day) - 1 as tick,
            value::bigint as value,
            value / (select sum(value) from sums where flow = 'arrived') as share,
        from cumulative, length
        where exists (select 1 from sums)
        order by flow, stretch_no
        """,
        {"run": simulation_id, "stretches": STRETCHES},
    )


def costs(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """What each bank was charged on each day; rows as in `daily_costs`, in order of day and bank."""
    return records(
        connection,
        "select * from main.daily_costs where simulation_id = $run order by day, agent_id",
        {"run": simulation_id},
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


def delays(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> list[Record]:
    """How many payments settled after how many ticks, in at most forty classes.

    Returns:
        `first`, `last` (ticks of the class), `payments`, `value`.
    """
    return records(
        connection,
        """
        with payments as (
            select total_delay_ticks as delay, amount
            from main.transactions
            where simulation_id = $run and status = 'settled' and parent_tx_id is null
        ),
        classes as (
            select (max(delay) // 40 + 1)::bigint as width from payments
        )
        select
            delay // width * width as first,
            delay // width * width + width - 1 as last,
            count(*) as payments,
            sum(amount)::bigint as value,
        from payments, classes
        group by all
        order by 1
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
