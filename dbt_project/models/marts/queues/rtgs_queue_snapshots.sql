select
    simulation_id,
    scenario,
    day,
    position,
    tx_id as transaction_id,
    agent_id as sender_id,
from {{ ref('stg_queue_snapshots') }}
where queue_type = 'queue2' and {{ is_to_build() }}
