select
    simulation_id,
    scenario,
    tx_id,
    sender_id,
    receiver_id,
    amount,
    settled_amount,
    priority,
    original_priority,
    rtgs_priority,
    is_divisible,
    arrival_tick,
    arrival_day,
    deadline_tick,
    status,
    origin,
    parent_tx_id,
    split_index,
    settlement_tick,
    settlement_day,
    settled_via,
    case
        when settled_via in ('bilateral', 'cycle', 'multilateral', 'entry_offset') then 'netting'
        else settled_via
    end as mechanism,
    queue1_ticks,
    queue2_ticks,
    total_delay_ticks,
    settlement_tick > deadline_tick as settled_late,
    overdue_since_tick,
    drop_tick,
from {{ ref('stg_transactions') }}
where {{ is_to_build() }}
