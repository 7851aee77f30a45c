"""Questions about costs: per agent, per day; all in cents.

Belongs here: sums of the costs that were charged. Does not belong here: how a cost is worked out (the engine).
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import frame, modelled_run


def get_cost_breakdown_by_agent(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """What each agent paid in the whole run, the highest total first (07 §5.1).

    Returns:
        `agent_id`, `liquidity_cost` (overdraft), `delay_cost`, `collateral_cost`, `split_friction_cost`,
        `deadline_penalty_cost`, `total_cost`. The total includes the opportunity cost of pool liquidity, which
        `daily_costs` shows.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> costs = get_cost_breakdown_by_agent(connection, "stress")
        >>> costs["total_cost"].is_sorted(descending=True), costs["delay_cost"].sum() > 0
        (True, True)
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select
            agent_id,
            liquidity_cost,
            delay_cost,
            collateral_cost,
            split_friction_cost,
            penalty_cost as deadline_penalty_cost,
            total_cost
        from main.cost_breakdown_by_agent
        where simulation_id = $run
        order by total_cost desc, agent_id
        """,
        {"run": simulation_id},
    )


def get_daily_cost_trends(connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str) -> pl.DataFrame:
    """What an agent paid, by day (07 §5.1).

    Returns:
        `day`, `total_cost`, `liquidity_cost`, `delay_cost`, `collateral_cost`, `split_friction_cost`,
        `deadline_penalty_cost`. Empty for an unknown agent.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_daily_cost_trends(connection, "gridlock", "EAST")["total_cost"].to_list()
        [0]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select
            day,
            total_cost,
            liquidity_cost,
            delay_cost,
            collateral_cost,
            split_friction_cost,
            deadline_penalty_cost
        from main.daily_agent_metrics
        where simulation_id = $run and agent_id = $agent
        order by day
        """,
        {"run": simulation_id, "agent": agent_id},
    )


def daily_costs(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """The six components and their total, by day and agent.

    Returns:
        `day`, `agent_id`, `liquidity_cost` (overdraft), `delay_cost`, `collateral_cost`, `penalty_cost` (missed
        deadlines, and late payments at the end of the day), `split_friction_cost`, `liquidity_opportunity_cost`,
        `total_cost`; a day that costs nothing is there too.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> daily_costs(connection, "stress").group_by("day").agg(pl.col("total_cost").sum()).sort("day").height
        3
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        "select * exclude (simulation_id, scenario) from main.daily_costs where simulation_id = $run "
        "order by day, agent_id",
        {"run": simulation_id},
    )
