select
    ticks.simulation_id,
    simulations.scenario,
    ticks.tick,
    ticks.tick // simulations.ticks_per_day as day,
    (ticks.tick + 1) % simulations.ticks_per_day = 0 as is_last_tick_of_day,
    ticks.agent_no,
    agents.agent_id,
    ticks.balance,
    ticks.posted_collateral,
    ticks.unsecured_cap,
    ticks.allocated_liquidity,
    ticks.queue1_size::integer as queue1_size,
    ticks.queue1_value,
    ticks.queue2_size::integer as queue2_size,
    ticks.queue2_value,
from {{ source('raw', 'agent_ticks') }} as ticks
inner join {{ ref('stg_simulations') }} as simulations on ticks.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on ticks.simulation_id = agents.simulation_id and ticks.agent_no = agents.agent_no
