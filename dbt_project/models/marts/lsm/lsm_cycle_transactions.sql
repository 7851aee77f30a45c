select
    simulation_id,
    scenario,
    {{ event_id() }} as cycle_id,
    position,
    tick,
    day,
    algorithm,
    tx_id,
    sender_id,
    receiver_id,
    amount,
    queue2_ticks,
from {{ ref('int_lsm_legs') }}
where {{ is_to_build() }}
