with participants as (
    -- Position in the list = agent number, to turn lists of numbers into lists of ids.
    select
        simulation_id,
        list(agent_id order by agent_no) as agent_ids,
    from {{ source('raw', 'agents') }}
    group by simulation_id
)

select
    {{ event_head() }}
    events.agent_no,
    participants.agent_ids[events.agent_no + 1] as agent_id,
    events.counterparty_no,
    participants.agent_ids[events.counterparty_no + 1] as counterparty_id,
    events.incoming_tx_no,
    {{ tx_id('events.incoming_tx_no') }} as incoming_tx_id,
    events.queued_tx_no,
    {{ tx_id('events.queued_tx_no') }} as queued_tx_id,
    events.offset_amount,
    events.amount_a,
    events.amount_b,
    events.tx_nos,
    {{ tx_ids('events.tx_nos') }} as tx_ids,
    events.tx_amounts,
    events.agent_nos,
    [participants.agent_ids[agent_no + 1] for agent_no in events.agent_nos] as agent_ids,
    events.net_positions,
    events.total_value,
    events.max_net_outflow,
    events.max_net_outflow_agent_no,
    participants.agent_ids[events.max_net_outflow_agent_no + 1] as max_net_outflow_agent_id,
    events.algorithm::integer as algorithm,
    {{ code_name('result', 'events.result') }} as result,
    events.settlements,
    events.settled_value,
    events.truncated,
from {{ source('raw', 'netting_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
left join participants on events.simulation_id = participants.simulation_id
