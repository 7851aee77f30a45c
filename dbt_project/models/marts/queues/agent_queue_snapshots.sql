select
    simulation_id,
    scenario,
    agent_id,
    day,
    queue_type,
    position,
    tx_id as transaction_id,
from {{ ref('stg_queue_snapshots') }}
where queue_type = 'queue1' and {{ is_to_build() }}
