select
    places.simulation_id,
    simulations.scenario,
    places.tick // simulations.ticks_per_day as day,
    places.tick,
    {{ code_name('queue', 'places.queue_type') }} as queue_type,
    places.agent_no,
    agents.agent_id,
    places.position::integer as position,
    places.tx_no,
    {{ tx_id('places.tx_no') }} as tx_id,
from {{ source('raw', 'queue_snapshots') }} as places
inner join {{ ref('stg_simulations') }} as simulations on places.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on places.simulation_id = agents.simulation_id and places.agent_no = agents.agent_no
