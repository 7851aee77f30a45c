select
    {{ event_head() }}
    events.agent_no,
    agents.agent_id,
    events.amount,
    events.requested_amount,
    events.reason,
    events.blocked_reason,
    {{ code_name('layer', 'events.layer') }} as layer,
    events.balance_before,
    events.balance_after,
    events.posted_before,
    events.posted_after,
    events.available_capacity_after,
    events.posted_at_tick,
    events.withdraw_at_tick,
    events.max_value,
    events.focus_counterparties,
    events.max_per_counterparty,
    events.register_key,
    events.old_value,
    events.new_value,
    events.decision_path,
    events.fraction,
    events.tx_nos,
    {{ tx_ids('events.tx_nos') }} as tx_ids,
from {{ source('raw', 'liquidity_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on events.simulation_id = agents.simulation_id and events.agent_no = agents.agent_no
