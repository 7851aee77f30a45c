select
    {{ event_head() }}
    events.tx_no,
    {{ tx_id('events.tx_no') }} as tx_id,
    events.agent_no,
    agents.agent_id,
    events.counterparty_no,
    counterparties.agent_id as counterparty_id,
    events.amount,
    events.deadline_tick,
    events.priority::integer as priority,
    events.is_divisible,
    {{ code_name('origin', 'events.origin') }} as origin,
    events.parent_tx_no,
    {{ tx_id('events.parent_tx_no') }} as parent_tx_id,
    events.split_index::integer as split_index,
    events.eligible_tick,
    {{ code_name('rtgs', 'events.rtgs_priority') }} as rtgs_priority,
    events.rtgs_priority as rtgs_priority_code,
    events.balance_before,
    events.queue_wait_ticks::integer as queue_wait_ticks,
    {{ code_name('release_reason', 'events.release_reason') }} as release_reason,
    events.deadline_penalty_cost,
    events.overdue_since_tick,
    events.estimated_delay_cost,
    events.current_outflow,
    events.outflow_limit,
from {{ source('raw', 'payment_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on events.simulation_id = agents.simulation_id and events.agent_no = agents.agent_no
left join {{ source('raw', 'agents') }} as counterparties
    on events.simulation_id = counterparties.simulation_id and events.counterparty_no = counterparties.agent_no
