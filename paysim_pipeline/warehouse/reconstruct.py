"""The state of a run at the end of any tick, rebuilt from its events.

Belongs here: putting the parts together. Does not belong here: how accounts and payments follow from events
(`reconstruct_accounts`, `reconstruct_payments`). Stored states (`raw.state_snapshots`), samples of balances and
snapshots of queues are not read: the events must tell it all (00, "Complete").
"""

import json
from typing import Any

import duckdb
import polars as pl

from paysim_pipeline.warehouse.queries_base import Record, frame, rows, stored_run
from paysim_pipeline.warehouse.reconstruct_accounts import accounts_at, registers_at
from paysim_pipeline.warehouse.reconstruct_payments import ALL_PAYMENTS, open_payments_at, queue1_of, queue2_of


def reconstruct_state(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int, *, with_statuses: bool = False
) -> Record:
    """The state at the end of a tick, rebuilt from the events up to then (10 §5).

    Args:
        connection: the open warehouse; the models need not be built.
        simulation_id: the run.
        tick: the tick, from 0.
        with_statuses: add `statuses`: id -> status of every payment that has arrived, as in `reconstruct_payments`.

    Returns:
        What `Simulation.snapshot()` returned there: `tick` (the next one); `agents`: id -> `balance`,
        `posted_collateral`, `unsecured_cap`, `allocated_liquidity` in cents, `queue1` (ids in order), `scheduled`
        (staggered children with `eligible_tick`), `registers`; `queue2` (ids in order); `remaining_amounts`: cents left
        of every open payment, split ones included.

    Raises:
        UnknownSimulationError: there is no such run.
        ValueError: the run has no such tick.

    Example:
        >>> state = reconstruct_state(connection, "gridlock", 1)
        >>> state["agents"]["EAST"]["balance"], state["queue2"][:2]
        (10000, [])
    """
    options = _options(connection, simulation_id, tick)
    payments = open_payments_at(connection, simulation_id, tick)
    registers = registers_at(connection, simulation_id, tick)
    is_sorted = options.get("queue1_ordering", "fifo") == "priority_deadline"
    queues = queue1_of(connection, simulation_id, tick, payments, is_sorted=is_sorted)
    scheduled: dict[int, list[Record]] = {}
    for payment in sorted(
        (p for p in payments if p.place == "scheduled"), key=lambda p: (p.eligible_tick or 0, p.tx_no)
    ):
        entry = {"tx_id": payment.tx_id, "eligible_tick": payment.eligible_tick}
        scheduled.setdefault(payment.agent_no, []).append(entry)
    agents: dict[str, Record] = {}
    deferred = bool(options.get("deferred_crediting", False))
    for account in accounts_at(connection, simulation_id, tick, deferred=deferred):
        agent_no, agent_id = account.pop("agent_no"), account.pop("agent_id")
        agents[agent_id] = {
            **account,
            "queue1": queues.get(agent_no, []),
            "scheduled": scheduled.get(agent_no, []),
            "registers": registers.get(agent_no, {}),
        }
    state: Record = {
        "tick": tick + 1,
        "agents": agents,
        "queue2": queue2_of(payments, priority_mode=bool(options.get("priority_mode", False))),
        "remaining_amounts": {payment.tx_id: payment.remaining for payment in payments},
    }
    if with_statuses:
        statuses = reconstruct_payments(connection, simulation_id, tick).select("tx_id", "status")
        state["statuses"] = dict(statuses.iter_rows())
    return state


def reconstruct_payments(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> pl.DataFrame:
    """Every payment that has arrived by the end of a tick, as it stood there, by id.

    Args:
        connection: the open warehouse; the models need not be built.
        simulation_id: the run.
        tick: the tick, from 0.

    Returns:
        `tx_id`, `sender_id`, `receiver_id`, `amount` and `remaining_amount` in cents, `status` (`pending`, `overdue`,
        `settled`, `dropped`, `split`, `partially_settled`), `overdue_since_tick`.

    Raises:
        UnknownSimulationError: there is no such run.
        ValueError: the run has no such tick.

    Example:
        >>> reconstruct_payments(connection, "gridlock", 11)["status"].unique().to_list()
        ['settled']
    """
    _options(connection, simulation_id, tick)
    return frame(connection, ALL_PAYMENTS, {"run": simulation_id, "tick": tick})


def _options(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> Record:
    """The scenario of a run that has the tick."""
    stored_run(connection, simulation_id)
    last = rows(connection, "select max(tick) from raw.rng_states where simulation_id = $run", {"run": simulation_id})
    if last[0][0] is None:
        raise ValueError(f"{simulation_id}: no tick of this run has been stored")
    if not 0 <= tick <= last[0][0]:
        raise ValueError(f"{simulation_id} has the ticks 0 to {last[0][0]}, not {tick}")
    found = rows(
        connection, "select config_json from raw.simulations where simulation_id = $run", {"run": simulation_id}
    )
    options: dict[str, Any] = json.loads(found[0][0])
    return options
