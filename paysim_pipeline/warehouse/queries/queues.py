"""Questions about queues: what waits, in which order.

Belongs here: both queues at the end of a tick. Does not belong here: their sizes over time (`agents.balance_path`), or
the state of a run as a whole (`reconstruct_state`).
"""

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import frame, modelled_run, rows

_CONTENTS = """
select
    queue_type,
    agent_id,
    position,
    tx_id
from main.queue_contents
where simulation_id = $run and tick = $tick
order by queue_type, case when queue_type = 'queue1' then agent_id end, position
"""


def queue_contents(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> pl.DataFrame:
    """Both queues at the end of any tick, with their order.

    Returns:
        `queue_type` (`queue1`, `queue2`), `agent_id` (owner; in Queue 2 the sender), `position` (from 0, in Queue 1 per
        agent, in Queue 2 over all), `tx_id`, then of the payment `receiver_id`, `amount` in cents, `deadline_tick`.
        Staggered children that are not yet eligible stand behind their Queue 1.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> waiting = queue_contents(connection, "stress", 200)
        >>> waiting.filter(pl.col("queue_type") == "queue2")["position"].to_list()[:3]
        [0, 1, 2]
    """
    modelled_run(connection, simulation_id)
    return frame(
        connection,
        f"""
        with contents as ({_CONTENTS})
        select contents.*, payments.receiver_id, payments.amount, payments.deadline_tick
        from contents
        inner join main.transactions as payments on payments.simulation_id = $run and contents.tx_id = payments.tx_id
        order by
            contents.queue_type,
            case when contents.queue_type = 'queue1' then contents.agent_id end,
            contents.position
        """,
        {"run": simulation_id, "tick": tick},
    )


def get_tick_queue_snapshots(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int
) -> dict[str, dict[str, list[str]]]:
    """Both queues at the end of a tick as lists (07 §5.1).

    Returns:
        Agent -> `queue1` or `rtgs` (its payments in Queue 2) -> ids of payments in order; who has nothing waiting is
        absent.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_tick_queue_snapshots(connection, "gridlock", 11)
        {}
    """
    modelled_run(connection, simulation_id)
    queues: dict[str, dict[str, list[str]]] = {}
    for queue_type, agent_id, _, tx_id in rows(connection, _CONTENTS, {"run": simulation_id, "tick": tick}):
        name = "rtgs" if queue_type == "queue2" else queue_type
        queues.setdefault(agent_id, {}).setdefault(name, []).append(tx_id)
    return queues
