select
    snapshots.simulation_id,
    simulations.scenario,
    snapshots.day,
    snapshots.tick,
    snapshots.state_json,
from {{ source('raw', 'state_snapshots') }} as snapshots
inner join {{ ref('stg_simulations') }} as simulations on snapshots.simulation_id = simulations.simulation_id
