select
    snapshots.simulation_id,
    simulations.scenario,
    snapshots.agent_no,
    agents.agent_id,
    snapshots.snapshot_day,
    snapshots.snapshot_tick,
    snapshots.policy_hash,
    snapshots.policy_json,
    snapshots.created_by,
from {{ source('raw', 'policy_snapshots') }} as snapshots
inner join {{ ref('stg_simulations') }} as simulations on snapshots.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on snapshots.simulation_id = agents.simulation_id and snapshots.agent_no = agents.agent_no
