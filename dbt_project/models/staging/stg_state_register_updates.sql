select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    agent_no,
    agent_id,
    register_key,
    old_value,
    new_value,
    reason,
    decision_path,
from {{ ref('stg_liquidity_events') }}
where event_code = {{ event_code('StateRegisterSet') }}
