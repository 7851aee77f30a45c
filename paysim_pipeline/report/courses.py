"""How things went over time: one question to the models each, summed up to a size that a page can carry.

Belongs here: the questions whose answers have a tick. Does not belong here: sums over a day or the run (`data`),
drawing, words. Money is integer cents; ticks count from the start of the run unless they are called ticks of the day.
"""

from typing import Literal

import duckdb

from paysim_pipeline.report import data
from paysim_pipeline.warehouse.queries_base import Record, records

Ranking = Literal["value_sent", "posted_collateral"]
"""By what the banks that are drawn are chosen."""

_BANKS = """
    with sent as (
        select agent_id, sum(value_sent) as importance
        from main.daily_agent_metrics
        where simulation_id = $run
        group by agent_id
    ),
    banks as (
        select agents.*, coalesce(sent.importance, 0) as importance
        from main.agents as agents
        left join sent using (agent_id)
        where agents.simulation_id = $run
        order by importance desc, agents.agent_no
        limit $banks
    )
"""

# The same by the collateral that a bank had posted at its most.
_POSTING_BANKS = _BANKS.replace("sum(value_sent)", "max(peak_posted_collateral)")


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
        order by banks.importance desc, agent_no, tick
        """,
        {"run": simulation_id, "stretch": stretch, "banks": data.BANKS_DRAWN},
    )


def accounts(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int, *, by: Ranking = "value_sent"
) -> list[Record]:
    """Overdraft limit and posted collateral at the end of each stretch, for the banks that are drawn.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        stretch: its length in ticks.
        by: which banks are drawn: those that sent most value, or those that had most collateral posted.

    Returns:
        `agent_id`, `tick`, `overdraft_limit`, `posted_collateral`, `liquidity_pool` (the bank's, all the time).
    """
    return records(
        connection,
        (_BANKS if by == "value_sent" else _POSTING_BANKS)
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
            banks.liquidity_pool,
        from stretches
        join banks using (agent_no)
        order by banks.importance desc, agent_no, stretches.tick
        """,
        {"run": simulation_id, "stretch": stretch, "banks": data.BANKS_DRAWN},
    )


def spread(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """How the balances of all banks lie at the end of each stretch.

    Returns:
        `tick` (the stretch's last), `lowest`, `low` (a tenth of the banks have no more), `median`, `high` (nine tenths
        have no more), `highest`; each is the balance of a bank.
    """
    return records(
        connection,
        """
        with ends as (
            select max(tick) as tick
            from staging.stg_agent_ticks
            where simulation_id = $run
            group by tick // $stretch
        )
        select
            tick,
            min(balance) as lowest,
            quantile_disc(balance, 0.1) as low,
            quantile_disc(balance, 0.5) as median,
            quantile_disc(balance, 0.9) as high,
            max(balance) as highest,
        from staging.stg_agent_ticks
        semi join ends using (tick)
        where simulation_id = $run
        group by tick
        order by tick
        """,
        {"run": simulation_id, "stretch": stretch},
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
            min(tick) as tick,
            max(payments)::bigint as payments,
            max(value)::bigint as value,
        from sides
        group by queue, sides.tick // $stretch
        order by queue, 2
        """,
        {"run": simulation_id, "stretch": stretch},
    )


def waiting(connection: duckdb.DuckDBPyConnection, simulation_id: str, stretch: int) -> list[Record]:
    """The value in both queues of all banks together: the most at the end of any tick of a stretch.

    Returns:
        `tick` (the stretch's first), `value`.
    """
    return records(
        connection,
        """
        with ticks as (
            select tick, sum(queue1_value + queue2_value) as value
            from staging.stg_agent_ticks
            where simulation_id = $run
            group by tick
        )
        select min(tick) as tick, max(value)::bigint as value
        from ticks
        group by ticks.tick // $stretch
        order by 1
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
        {"run": simulation_id, "stretches": data.STRETCHES},
    )
