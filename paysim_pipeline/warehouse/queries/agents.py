"""Questions about agents: their days, the path of their balance, their state at the end of a tick.

Belongs here: rows per agent. Does not belong here: what their payments cost (`costs`) or did (`payments`).
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import Record, frame, modelled_run, records


def get_agent_performance(connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str) -> pl.DataFrame:
    """An agent's days: balances, costs, payments, Queue 1; money in cents (07 §5.1).

    Returns:
        By `day`: `opening_balance`, `closing_balance`, `min_balance`, `max_balance`, `peak_overdraft`, `total_cost`,
        `liquidity_cost`, `delay_cost`, `collateral_cost`, `split_friction_cost`, `deadline_penalty_cost`,
        `num_settled`, `num_dropped`, `num_arrivals`, `num_sent`, `num_received`, `queue1_peak_size`,
        `queue1_eod_size`. Empty for an unknown agent.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> days = get_agent_performance(connection, "gridlock", "EAST")
        >>> days["day"].to_list(), days["queue1_eod_size"].to_list()
        ([0], [0])
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select
            day,
            opening_balance,
            closing_balance,
            min_balance,
            max_balance,
            peak_overdraft,
            total_cost,
            liquidity_cost,
            delay_cost,
            collateral_cost,
            split_friction_cost,
            deadline_penalty_cost,
            num_settled,
            num_dropped,
            num_arrivals,
            num_sent,
            num_received,
            queue1_peak_size,
            queue1_eod_size
        from main.daily_agent_metrics
        where simulation_id = $run and agent_id = $agent
        order by day
        """,
        {"run": simulation_id, "agent": agent_id},
    )


def get_agent_daily_metrics(connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str) -> pl.DataFrame:
    """All that the mart `daily_agent_metrics` has of an agent, by day; money in cents (07 §5.1).

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_agent_daily_metrics(connection, "gridlock", "EAST").select("agent_id", "num_lsm_releases").row(0)
        ('EAST', 2)
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select simulation_id, agent_id, day, * exclude (simulation_id, scenario, agent_id, day)
        from main.daily_agent_metrics
        where simulation_id = $run and agent_id = $agent
        order by day
        """,
        {"run": simulation_id, "agent": agent_id},
    )


def compare_agent_performance(
    connection: duckdb.DuckDBPyConnection, first: str, second: str, agent_id: str
) -> pl.DataFrame:
    """An agent's costs in two runs, for the days that both have; in cents (07 §5.1).

    Returns:
        By `day`: `sim1_total_cost`, `sim2_total_cost`, `cost_delta` (second less first).

    Raises:
        UnknownSimulationError: one of the runs is not there.
        ModelsNotBuiltError: the models of one are not built.

    Example:
        >>> compare_agent_performance(connection, "gridlock", "gridlock", "EAST")["cost_delta"].to_list()
        [0]
    """
    modelled_run(connection, first)
    modelled_run(connection, second)
    return frame(
        connection,
        """
        select
            one.day,
            one.total_cost as sim1_total_cost,
            other.total_cost as sim2_total_cost,
            other.total_cost - one.total_cost as cost_delta
        from main.daily_agent_metrics as one
        inner join main.daily_agent_metrics as other
            on one.day = other.day and other.simulation_id = $second and other.agent_id = $agent
        where one.simulation_id = $first and one.agent_id = $agent
        order by one.day
        """,
        {"first": first, "second": second, "agent": agent_id},
    )


def compare_agents(connection: duckdb.DuckDBPyConnection, first: str, second: str) -> pl.DataFrame:
    """What every agent paid, sent and used in two runs; money in cents.

    Returns:
        By `agent_id`: `total_cost`, `num_settled`, `value_sent` and `max_net_debit` (the largest of its days), each
        with the suffixes `_1`, `_2` and `_delta` (second less first); null where an agent is not in a run.

    Raises:
        UnknownSimulationError: one of the runs is not there.
        ModelsNotBuiltError: the models of one are not built.

    Example:
        >>> compare_agents(connection, "gridlock", "gridlock")["total_cost_delta"].to_list()
        [0, 0, 0, 0]
    """
    modelled_run(connection, first)
    modelled_run(connection, second)
    names = ("total_cost", "num_settled", "value_sent", "max_net_debit")
    columns = ", ".join(
        f"one.{name} as {name}_1, other.{name} as {name}_2, {name}_2 - {name}_1 as {name}_delta" for name in names
    )
    return frame(
        connection,
        f"""
        with totals as (
            select
                simulation_id,
                agent_id,
                sum(total_cost)::bigint as total_cost,
                sum(num_settled)::bigint as num_settled,
                sum(value_sent)::bigint as value_sent,
                max(max_net_debit) as max_net_debit
            from main.daily_agent_metrics
            where simulation_id in ($first, $second)
            group by simulation_id, agent_id
        ),
        one as (select * from totals where simulation_id = $first),
        other as (select * from totals where simulation_id = $second)
        select coalesce(one.agent_id, other.agent_id) as agent_id, {columns}
        from one
        full join other on one.agent_id = other.agent_id
        order by 1
        """,
        {"first": first, "second": second},
    )


def balance_path(connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str) -> pl.DataFrame:
    """An agent's account at the end of every tick; money in cents.

    Returns:
        By `tick`: `day`, `balance`, `overdraft_limit` (unsecured cap and collateral after its haircut),
        `posted_collateral`, `queue1_size`, `queue1_value`, `queue2_size`, `queue2_value`. Empty for an unknown agent.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> path = balance_path(connection, "gridlock", "EAST")
        >>> path.height, path["balance"].first()
        (12, 10000)
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select
            ticks.tick,
            ticks.day,
            ticks.balance,
            floor(ticks.posted_collateral * greatest(0.0, 1.0 - agents.collateral_haircut))::bigint
            + ticks.unsecured_cap as overdraft_limit,
            ticks.posted_collateral,
            ticks.queue1_size,
            ticks.queue1_value,
            ticks.queue2_size,
            ticks.queue2_value
        from staging.stg_agent_ticks as ticks
        inner join main.agents as agents
            on ticks.simulation_id = agents.simulation_id and ticks.agent_id = agents.agent_id
        where ticks.simulation_id = $run and ticks.agent_id = $agent
        order by ticks.tick
        """,
        {"run": simulation_id, "agent": agent_id},
    )


def get_tick_agent_states(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> list[Record]:
    """All agents at the end of a tick, by id; money in cents (07 §5.1).

    Returns:
        `agent_id`, `tick`, `day`, `balance`, `balance_change` (since the tick before; in tick 0 since the opening),
        `unsecured_cap`, `posted_collateral`, then what the day has cost so far (`liquidity_cost`, `delay_cost`,
        `collateral_cost`, `penalty_cost`, `split_friction_cost`) and what this tick added (the same with `_delta`).

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> [state["balance_change"] for state in get_tick_agent_states(connection, "gridlock", 0)]
        [0, 0, 0, 0]
    """
    modelled_run(connection, simulation_id)
    names = ("liquidity_cost", "delay_cost", "collateral_cost", "penalty_cost", "split_friction_cost")
    sums = ", ".join(
        f"sum({name})::bigint as {name}, coalesce(sum({name}) filter (where tick = $tick), 0)::bigint as {name}_delta"
        for name in names
    )
    shown = ", ".join(
        f"coalesce(costs.{name}{suffix}, 0)::bigint as {name}{suffix}" for suffix in ("", "_delta") for name in names
    )
    return records(
        connection,
        f"""
        with ticks as (
            select *
            from staging.stg_agent_ticks
            where simulation_id = $run and tick between $tick - 1 and $tick
        ),
        costs as (
            select agent_id, {sums}
            from staging.stg_cost_accruals
            where
                simulation_id = $run
                and tick <= $tick
                and tick >= $tick - $tick % (select ticks_per_day from main.simulations where simulation_id = $run)
            group by agent_id
        )
        select
            ticks.agent_id,
            ticks.tick,
            ticks.day,
            ticks.balance,
            ticks.balance - coalesce(before.balance, agents.opening_balance) as balance_change,
            ticks.unsecured_cap,
            ticks.posted_collateral,
            {shown}
        from ticks
        inner join main.agents as agents
            on ticks.simulation_id = agents.simulation_id and ticks.agent_id = agents.agent_id
        left join ticks as before on ticks.agent_id = before.agent_id and before.tick = $tick - 1
        left join costs on ticks.agent_id = costs.agent_id
        where ticks.tick = $tick
        order by ticks.agent_id
        """,
        {"run": simulation_id, "tick": tick},
    )
