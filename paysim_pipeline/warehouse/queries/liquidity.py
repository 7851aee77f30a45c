"""Questions about liquidity: what netting saved, how collateral moved, the indicators of the field.

Belongs here: liquidity saving, collateral, indicators. Does not belong here: balances (`agents`).
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import Record, frame, modelled_run, records


def lsm_effectiveness(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """What each liquidity-saving algorithm did, by day; money in cents.

    Returns:
        The columns of the mart `lsm_effectiveness` but the run's: `day`, `algorithm`, its settlements, gross value,
        liquidity used and saved, share of the day's settled value, queue times, cycles by length.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> lsm_effectiveness(connection, "gridlock").select("algorithm", "settlements").rows()
        [('bilateral', 1), ('cycle', 2)]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        "select * exclude (simulation_id, scenario) from main.lsm_effectiveness where simulation_id = $run "
        "order by day, algorithm",
        {"run": simulation_id},
    )


def indicators(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> pl.DataFrame:
    """The standard indicators of payment systems, by day (12); money in cents.

    Returns:
        The columns of the mart `payment_system_indicators` but the run's; the model's description has the formulas and
        their sources.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> indicators(connection, "gridlock")["day"].to_list()
        [0]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        "select * exclude (simulation_id, scenario) from main.payment_system_indicators where simulation_id = $run "
        "order by day",
        {"run": simulation_id},
    )


def get_collateral_events_by_tick(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> list[Record]:
    """The movements of collateral in a tick, in order; money in cents (07 §5.1).

    Returns:
        `agent_id`, `tick`, `day`, `action` (`post`, `withdraw`), `amount`, `reason`, `layer`, `balance_before`,
        `posted_collateral_before`, `posted_collateral_after`, `available_capacity_after`.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> [(move["agent_id"], move["action"]) for move in get_collateral_events_by_tick(connection, "policies", 0)]
        [('PACER', 'post')]
    """
    modelled_run(connection, simulation_id)
    return records(
        connection,
        """
        select
            agent_id,
            tick,
            day,
            action,
            amount,
            reason,
            layer,
            balance_before,
            posted_collateral_before,
            posted_collateral_after,
            available_capacity_after
        from main.collateral_events
        where simulation_id = $run and tick = $tick
        order by event_seq
        """,
        {"run": simulation_id, "tick": tick},
    )


def get_lsm_cycles_by_tick(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> list[Record]:
    """What liquidity saving settled in a tick, in order; money in cents (07 §5.1).

    Returns:
        `tick`, `day`, `cycle_type` (`bilateral`, `multilateral`), `cycle_length`, `agent_ids`, `tx_ids`,
        `settled_value` (the liquidity used: the sum of the net payers' debits), `total_value` (gross), `tx_amounts`,
        `net_positions` (agent -> received less sent), `max_net_outflow`, `max_net_outflow_agent` (null if nobody pays
        net).

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> [cycle["agent_ids"] for cycle in get_lsm_cycles_by_tick(connection, "gridlock", 6)]
        [['EAST', 'WEST', 'SOUTH']]
    """
    modelled_run(connection, simulation_id)
    cycles = records(
        connection,
        """
        select
            tick,
            day,
            cycle_type,
            cycle_length,
            agents as agent_ids,
            transactions as tx_ids,
            settled_value,
            total_value,
            tx_amounts,
            net_positions,
            max_net_outflow,
            max_net_outflow_agent
        from main.lsm_cycles
        where simulation_id = $run and tick = $tick
        order by event_seq
        """,
        {"run": simulation_id, "tick": tick},
    )
    for cycle in cycles:
        cycle["net_positions"] = dict(zip(cycle["agent_ids"], cycle["net_positions"], strict=True))
    return cycles
