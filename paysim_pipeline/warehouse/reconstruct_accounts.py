"""Accounts at the end of a tick, from the opening accounts and the events up to then.

Belongs here: balances, collateral, caps, pool liquidity and registers. Does not belong here: payments and queues
(`reconstruct_payments`). Reads raw tables only, so that it proves what the models claim and needs no dbt.
"""

from typing import Any

import duckdb

from paysim_engine.record.schema import CODES, EVENT_CODE
from paysim_pipeline.warehouse.queries_base import Record, records, rows

_GROSS = f"{EVENT_CODE['RtgsImmediateSettlement']}, {EVENT_CODE['Queue2LiquidityRelease']}"
_PAIRS = f"{EVENT_CODE['EntryDispositionOffset']}, {EVENT_CODE['LsmBilateralOffset']}"
_CIRCLES = f"{EVENT_CODE['LsmCycleSettlement']}, {EVENT_CODE['LsmMultilateralSettlement']}"
_ADDED = f"{EVENT_CODE['LiquidityAllocation']}, {EVENT_CODE['DeferredCreditApplied']}"
_WITHDRAWN = f"{EVENT_CODE['CollateralWithdraw']}, {EVENT_CODE['CollateralTimerWithdrawn']}"
_TRANSFER = CODES["scenario_kind"].index("direct_transfer")
_CAP_CHANGE = CODES["scenario_kind"].index("collateral_adjustment")

# What changed in each account, one row per change and column. With deferred crediting (D30) a settlement takes from the
# sender at once, and what the receivers get comes in one credit at the end of the tick.
_ACCOUNTS = f"""
with changes as (
    select agent_no, -amount as cash, 0 as posted, 0 as cap, 0 as pool
    from raw.payment_events
    where simulation_id = $run and tick <= $tick and event_type in ({_GROSS})
    union all
    select counterparty_no, amount, 0, 0, 0
    from raw.payment_events
    where simulation_id = $run and tick <= $tick and event_type in ({_GROSS}) and not $deferred
    union all
    select agent_no, net, 0, 0, 0
    from (
        select unnest(agent_nos) as agent_no, unnest(net_positions) as net
        from raw.netting_events
        where simulation_id = $run and tick <= $tick and event_type in ({_CIRCLES})
        union all
        select unnest([agent_no, counterparty_no]), unnest([amount_b - amount_a, amount_a - amount_b])
        from raw.netting_events
        where simulation_id = $run and tick <= $tick and event_type in ({_PAIRS})
    )
    where net < 0 or not $deferred
    union all
    select
        agent_no,
        case
            when event_type in ({_ADDED}) then amount
            when event_type = {EVENT_CODE["LiquidityReturn"]} then -amount
            else 0
        end,
        case
            when event_type = {EVENT_CODE["CollateralPost"]} then amount
            when event_type in ({_WITHDRAWN}) then -amount
            else 0
        end,
        0,
        case event_type
            when {EVENT_CODE["LiquidityAllocation"]} then amount
            when {EVENT_CODE["LiquidityReturn"]} then -amount
            else 0
        end
    from raw.liquidity_events
    where simulation_id = $run and tick <= $tick
    union all
    select agents.agent_no, moves.cash, 0, moves.cap, 0
    from (
        select
            unnest([details ->> '$.from_agent', details ->> '$.to_agent']) as agent_id,
            unnest([-(details ->> '$.amount')::bigint, (details ->> '$.amount')::bigint]) as cash,
            0 as cap
        from raw.system_events
        where simulation_id = $run and tick <= $tick and scenario_event_type = {_TRANSFER}
        union all
        select details ->> '$.agent', 0, (details ->> '$.delta')::bigint
        from raw.system_events
        where simulation_id = $run and tick <= $tick and scenario_event_type = {_CAP_CHANGE}
    ) as moves
    inner join raw.agents as agents on agents.simulation_id = $run and agents.agent_id = moves.agent_id
),

sums as (
    select agent_no, sum(cash) as cash, sum(posted) as posted, sum(cap) as cap, sum(pool) as pool
    from changes
    group by agent_no
)

select
    agents.agent_no,
    agents.agent_id,
    (agents.opening_balance + coalesce(sums.cash, 0))::bigint as balance,
    (agents.posted_collateral + coalesce(sums.posted, 0))::bigint as posted_collateral,
    (agents.unsecured_cap + coalesce(sums.cap, 0))::bigint as unsecured_cap,
    coalesce(sums.pool, 0)::bigint as allocated_liquidity
from raw.agents as agents
left join sums on agents.agent_no = sums.agent_no
where agents.simulation_id = $run
order by agents.agent_no
"""

# At the end of a day every register is removed, whatever its value.
_REGISTERS = f"""
select agent_no, register_key, max_by(new_value, event_seq) as register_value
from raw.liquidity_events
where simulation_id = $run and tick <= $tick and event_type = {EVENT_CODE["StateRegisterSet"]}
group by agent_no, register_key
having max_by(reason, event_seq) <> 'eod_reset'
order by agent_no, register_key
"""


def accounts_at(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int, *, deferred: bool
) -> list[Record]:
    """The accounts of all agents at the end of a tick, by agent number.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        tick: the tick.
        deferred: whether the scenario credits receivers at the end of the tick.

    Returns:
        `agent_no`, `agent_id`, and in cents `balance`, `posted_collateral`, `unsecured_cap`, `allocated_liquidity`.
    """
    return records(connection, _ACCOUNTS, {"run": simulation_id, "tick": tick, "deferred": deferred})


def registers_at(connection: duckdb.DuckDBPyConnection, simulation_id: str, tick: int) -> dict[int, dict[str, Any]]:
    """Agent number -> register -> value at the end of a tick; what an agent has not set that day is absent."""
    registers: dict[int, dict[str, Any]] = {}
    for agent_no, key, value in rows(connection, _REGISTERS, {"run": simulation_id, "tick": tick}):
        registers.setdefault(agent_no, {})[key] = value
    return registers
