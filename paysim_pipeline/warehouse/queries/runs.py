"""Questions about runs as a whole: which there are, what came of one, how two differ.

Belongs here: one row per run. Does not belong here: agents, payments, events.
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import (
    Record,
    UnknownSimulationError,
    frame,
    modelled_run,
    records,
    stored_run,
)


def list_simulations(connection: duckdb.DuckDBPyConnection, status: str | None = None) -> pl.DataFrame:
    """All runs whose models are built, the newest first (07 §5.1).

    Args:
        connection: the open warehouse.
        status: only runs of this status (`running`, `completed`, `failed`).

    Returns:
        The columns of the mart `simulations`.

    Example:
        >>> list_simulations(connection, status="completed").select("simulation_id", "num_agents").sort("simulation_id")
        shape: (4, 2)
        ┌───────────────┬────────────┐
        │ simulation_id ┆ num_agents │
        │ ---           ┆ ---        │
        │ str           ┆ i32        │
        ╞═══════════════╪════════════╡
        │ gridlock      ┆ 4          │
        │ netting       ┆ 4          │
        │ policies      ┆ 3          │
        │ stress        ┆ 5          │
        └───────────────┴────────────┘
    """
    return frame(
        connection,
        "select * from main.simulations where $status::varchar is null or status = $status "
        "order by started_at desc nulls last, simulation_id",
        {"status": status},
    )


def list_simulation_runs(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """All runs whose models are built in a few columns, the newest first (07 §5.1).

    Returns:
        `simulation_id`, `config_name` (the scenario), `description`, `start_time`, `end_time`, `status`,
        `total_transactions` (arrivals), `num_days`.

    Example:
        >>> list_simulation_runs(connection).filter(pl.col("config_name") == "gridlock")["description"].item()
        'Simulation run from gridlock.yaml'
    """
    return frame(
        connection,
        """
        select
            simulation_id,
            scenario as config_name,
            'Simulation run from ' || config_file as description,
            started_at as start_time,
            completed_at as end_time,
            status,
            total_arrivals as total_transactions,
            num_days
        from main.simulations
        order by started_at desc nulls last, simulation_id
        """,
    )


def get_simulation_summary(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record | None:
    """A run in a few figures; None if there is no such run (07 §5.1).

    Returns:
        `simulation_id`, `config_file`, `rng_seed`, `ticks_per_day`, `num_days`, `num_agents`, `status`,
        `total_arrivals`, `total_settlements`, `total_transactions` and `total_volume` (both are the arrivals, a count),
        `settlement_rate`, `total_cost_cents`, `avg_daily_cost` in cents, `duration_seconds`, `ticks_per_second`,
        `config_json`.

    Raises:
        ModelsNotBuiltError: the models of the run are not built.

    Example:
        >>> summary = get_simulation_summary(connection, "gridlock")
        >>> summary["total_arrivals"], summary["settlement_rate"]
        (9, 1.0)
        >>> get_simulation_summary(connection, "unheard of") is None
        True
    """
    try:
        modelled_run(connection, simulation_id)
    except UnknownSimulationError:
        return None
    return records(
        connection,
        """
        select
            simulation_id,
            config_file,
            rng_seed,
            ticks_per_day,
            num_days,
            num_agents,
            status,
            coalesce(total_arrivals, 0) as total_arrivals,
            coalesce(total_settlements, 0) as total_settlements,
            coalesce(total_arrivals, 0) as total_transactions,
            coalesce(settlement_rate, 0.0) as settlement_rate,
            coalesce(total_cost_cents, 0) as total_cost_cents,
            coalesce(total_arrivals, 0) as total_volume,
            coalesce(total_cost_cents / nullif(num_days, 0), 0.0) as avg_daily_cost,
            coalesce(duration_seconds, 0.0) as duration_seconds,
            coalesce(ticks_per_second, 0.0) as ticks_per_second,
            config_json
        from main.simulations
        where simulation_id = $run
        """,
        {"run": simulation_id},
    )[0]


def compare_simulations(connection: duckdb.DuckDBPyConnection, first: str, second: str) -> Record:
    """Two runs side by side (07 §5.1).

    Returns:
        `sim1` and `sim2`: `simulation_id`, `total_arrivals`, `total_settlements`, `total_cost` in cents,
        `settlement_rate`; `delta`: `settlement_rate` and `total_cost`, second less first.

    Raises:
        UnknownSimulationError: one of them is not there; it is a `ValueError` too.

    Example:
        >>> compare_simulations(connection, "gridlock", "stress")["sim1"]["settlement_rate"]
        1.0
    """
    sides = []
    for simulation_id in (first, second):
        summary = get_simulation_summary(connection, simulation_id)
        if summary is None:
            stored_run(connection, simulation_id)
            raise UnknownSimulationError(f"{simulation_id}: the run has been removed meanwhile")
        side = {name: summary[name] for name in ("simulation_id", "total_arrivals", "total_settlements")}
        sides.append({**side, "total_cost": summary["total_cost_cents"], "settlement_rate": summary["settlement_rate"]})
    delta = {name: sides[1][name] - sides[0][name] for name in ("settlement_rate", "total_cost")}
    return {"sim1": sides[0], "sim2": sides[1], "delta": delta}


def get_run_totals(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """What a run comes to: payments, value, delay, liquidity and the six costs; money in cents.

    Returns:
        `total_arrivals`, `total_settlements`, `settlement_rate`, `value_settled`, `value_unsettled`, `settled_late` (a
        count), `avg_delay_ticks` (of settled payments), `lsm_releases` (payments that netting settled),
        `liquidity_used` (largest net debits of the banks' days), `liquidity_cost`, `delay_cost`, `collateral_cost`,
        `penalty_cost`, `split_friction_cost`, `liquidity_opportunity_cost`, `total_cost`.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> totals = get_run_totals(connection, "gridlock")
        >>> totals["total_settlements"], totals["lsm_releases"], totals["total_cost"]
        (9, 9, 0)
    """
    modelled_run(connection, simulation_id)
    return records(
        connection,
        """
        with payments as (
            select
                count(*) as total_arrivals,
                count(*) filter (where status = 'settled') as total_settlements,
                coalesce(sum(settled_amount), 0)::bigint as value_settled,
                coalesce(sum(amount - settled_amount), 0)::bigint as value_unsettled,
                count(*) filter (where settled_late) as settled_late,
                avg(total_delay_ticks) as avg_delay_ticks
            from main.transactions
            where simulation_id = $run and parent_tx_id is null
        ),
        days as (
            select
                coalesce(sum(num_lsm_releases), 0)::bigint as lsm_releases,
                coalesce(sum(max_net_debit), 0)::bigint as liquidity_used
            from main.daily_agent_metrics
            where simulation_id = $run
        ),
        costs as (
            select
                coalesce(sum(liquidity_cost), 0)::bigint as liquidity_cost,
                coalesce(sum(delay_cost), 0)::bigint as delay_cost,
                coalesce(sum(collateral_cost), 0)::bigint as collateral_cost,
                coalesce(sum(penalty_cost), 0)::bigint as penalty_cost,
                coalesce(sum(split_friction_cost), 0)::bigint as split_friction_cost,
                coalesce(sum(liquidity_opportunity_cost), 0)::bigint as liquidity_opportunity_cost,
                coalesce(sum(total_cost), 0)::bigint as total_cost
            from main.daily_costs
            where simulation_id = $run
        )
        select
            payments.total_arrivals,
            payments.total_settlements,
            payments.total_settlements / nullif(payments.total_arrivals, 0) as settlement_rate,
            payments.* exclude (total_arrivals, total_settlements),
            days.*,
            costs.*
        from payments, days, costs
        """,
        {"run": simulation_id},
    )[0]
