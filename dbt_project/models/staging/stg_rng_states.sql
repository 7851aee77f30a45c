select
    states.simulation_id,
    simulations.scenario,
    states.tick,
    states.tick // simulations.ticks_per_day as day,
    states.rng_state,
from {{ source('raw', 'rng_states') }} as states
inner join {{ ref('stg_simulations') }} as simulations on states.simulation_id = simulations.simulation_id
