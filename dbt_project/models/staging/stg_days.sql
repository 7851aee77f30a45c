select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    unsettled_count,
    total_penalties,
from {{ ref('stg_system_events') }}
where event_code = {{ event_code('EndOfDay') }}
