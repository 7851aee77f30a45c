-- Both queues at the end of every day, rebuilt from events, are what the engine reports: the same payments in the same
-- order.
with snapshots as (
    select
        simulation_id,
        tick,
        queue_type,
        agent_id,
        tx_id,
        position,
    from {{ ref('stg_queue_snapshots') }}
    where {{ is_in_scope() }}
),

day_ends as (
    select
        simulation_id,
        tick,
    from {{ ref('stg_days') }}
    where {{ is_in_scope() }}
),

rebuilt as (
    {{ queue_at(ticks='day_ends') }}
)

select
    simulation_id,
    tick,
    queue_type,
    agent_id,
    tx_id,
    snapshots.position,
    rebuilt.position as rebuilt_position,
from snapshots
full join rebuilt using (simulation_id, tick, queue_type, agent_id, tx_id)
where snapshots.position is distinct from rebuilt.position
