select
    payments.simulation_id,
    simulations.scenario,
    payments.tx_no,
    {{ tx_id('payments.tx_no') }} as tx_id,
    payments.sender_no,
    senders.agent_id as sender_id,
    payments.receiver_no,
    receivers.agent_id as receiver_id,
    payments.amount,
    payments.settled_amount,
    payments.priority::integer as priority,
    payments.original_priority::integer as original_priority,
    -- A payment that is not with the central system has no RTGS priority.
    nullif({{ code_name('rtgs', 'payments.rtgs_priority') }}, 'None') as rtgs_priority,
    payments.is_divisible,
    payments.arrival_tick,
    payments.arrival_tick // simulations.ticks_per_day as arrival_day,
    payments.deadline_tick,
    {{ code_name('status', 'payments.status') }} as status,
    {{ code_name('origin', 'payments.origin') }} as origin,
    payments.parent_tx_no,
    {{ tx_id('payments.parent_tx_no') }} as parent_tx_id,
    payments.split_index::integer as split_index,
    payments.settlement_tick,
    payments.settlement_tick // simulations.ticks_per_day as settlement_day,
    nullif({{ code_name('mechanism', 'payments.settled_via') }}, 'none') as settled_via,
    payments.queue1_ticks::integer as queue1_ticks,
    payments.queue2_ticks::integer as queue2_ticks,
    payments.settlement_tick - payments.arrival_tick as total_delay_ticks,
    payments.overdue_since_tick,
    payments.drop_tick,
from {{ source('raw', 'transactions') }} as payments
inner join {{ ref('stg_simulations') }} as simulations on payments.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as senders
    on payments.simulation_id = senders.simulation_id and payments.sender_no = senders.agent_no
left join {{ source('raw', 'agents') }} as receivers
    on payments.simulation_id = receivers.simulation_id and payments.receiver_no = receivers.agent_no
