select
    events.simulation_id,
    simulations.scenario,
    events.event_seq,
    events.tick,
    events.tick // simulations.ticks_per_day as day,
    events.event_type as event_code,
    {{ event_type_name('events.event_type') }} as event_type,
    {{ code_name('scenario_kind', 'events.scenario_event_type') }} as scenario_event_type,
    events.details,
    events.unsettled_count,
    events.total_penalties,
from {{ source('raw', 'system_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
