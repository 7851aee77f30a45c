select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    scenario_event_type,
    coalesce((details ->> '$.applied')::boolean, true) as is_applied,
    coalesce(details ->> '$.from_agent', details ->> '$.agent') as agent_id,
    coalesce(details ->> '$.to_agent', details ->> '$.counterparty') as counterparty_id,
    (details ->> '$.amount')::bigint as amount,
    (details ->> '$.delta')::bigint as cap_change,
    details ->> '$.tx_id' as tx_id,
    details,
from {{ ref('stg_system_events') }}
where event_code = {{ event_code('ScenarioEventExecuted') }}
