select
    simulation_id,
    scenario,
    agent_id,
    snapshot_day,
    snapshot_tick,
    policy_hash,
    policy_json,
    created_by,
from {{ ref('stg_policy_snapshots') }}
where {{ is_to_build() }}
