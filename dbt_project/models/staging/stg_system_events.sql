select
    {{ event_head() }}
    {{ code_name('scenario_kind', 'events.scenario_event_type') }} as scenario_event_type,
    events.details,
    events.unsettled_count,
    events.total_penalties,
from {{ source('raw', 'system_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
