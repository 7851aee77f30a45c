-- Several updates of one register in one tick are one row: it ends with the last of them, and began before the first.
with updates as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        agent_id,
        register_key,
        old_value,
        new_value,
        reason,
    from {{ ref('stg_state_register_updates') }}
    where {{ is_to_build() }}
)

select
    simulation_id,
    scenario,
    tick,
    day,
    agent_id,
    register_key,
    max_by(new_value, event_seq) as register_value,
    min_by(old_value, event_seq) as previous_value,
    count(*)::integer as num_updates,
    max_by(reason, event_seq) as reason,
from updates
group by simulation_id, scenario, tick, day, agent_id, register_key
