"""Questions about policies: which one an agent had when, and what policies decided in a tick.

Belongs here: policy snapshots and decisions. Does not belong here: other events (`events`).
"""

import json

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import Record, frame, modelled_run, records


def get_agent_policy_history(connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str) -> pl.DataFrame:
    """The policies that an agent had, in order (07 §5.1).

    Returns:
        `snapshot_day`, `snapshot_tick`, `policy_hash`, `policy_json`, `created_by`. Empty for an unknown agent.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_agent_policy_history(connection, "gridlock", "EAST").select("snapshot_day", "created_by").rows()
        [(0, 'init')]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        """
        select snapshot_day, snapshot_tick, policy_hash, policy_json, created_by
        from main.policy_snapshots
        where simulation_id = $run and agent_id = $agent
        order by snapshot_day, snapshot_tick
        """,
        {"run": simulation_id, "agent": agent_id},
    )


def get_policy_at_day(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, agent_id: str, day: int
) -> Record | None:
    """The policy that an agent had on a day; None if it had none yet (07 §5.1).

    Returns:
        Of the newest snapshot up to that day: `snapshot_day`, `snapshot_tick`, `policy_hash`, `policy_config` (the
        document as data), `created_by`.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_policy_at_day(connection, "gridlock", "EAST", 0)["policy_config"]["type"]
        'Fifo'
        >>> get_policy_at_day(connection, "gridlock", "EAST", -1) is None
        True
    """
    modelled_run(connection, simulation_id)
    found = records(
        connection,
        """
        select snapshot_day, snapshot_tick, policy_hash, policy_json as policy_config, created_by
        from main.policy_snapshots
        where simulation_id = $run and agent_id = $agent and snapshot_day <= $day
        order by snapshot_day desc, snapshot_tick desc
        limit 1
        """,
        {"run": simulation_id, "agent": agent_id, "day": day},
    )
    if not found:
        return None
    return {**found[0], "policy_config": json.loads(found[0]["policy_config"])}


def get_policy_decisions_by_tick(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> list[Record]:
    """What policies decided about waiting payments in a tick, in order (07 §5.1).

    Returns:
        `agent_id`, `tick`, `day`, `decision_type` (`submit`, `hold`, `drop`, `split`), `tx_id`, `reason`, `num_splits`,
        `child_tx_ids` (JSON text).

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> {decision["decision_type"] for decision in get_policy_decisions_by_tick(connection, "gridlock", 1)}
        {'submit'}
    """
    modelled_run(connection, simulation_id)
    return records(
        connection,
        """
        select
            agent_id,
            tick,
            day,
            decision_type,
            tx_id,
            reason,
            num_splits,
            case when decision_type = 'split' then to_json(child_ids)::varchar end as child_tx_ids
        from staging.stg_policy_decisions
        where simulation_id = $run and tick = $tick and decision_type in ('submit', 'hold', 'drop', 'split')
        order by event_seq
        """,
        {"run": simulation_id, "tick": tick},
    )
