select
    {{ event_head() }}
    events.agent_no,
    agents.agent_id,
    events.liquidity_cost,
    events.delay_cost,
    events.collateral_cost,
    events.penalty_cost,
    events.split_friction_cost,
    events.liquidity_opportunity_cost,
    events.total_cost,
from {{ source('raw', 'cost_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on events.simulation_id = agents.simulation_id and events.agent_no = agents.agent_no
