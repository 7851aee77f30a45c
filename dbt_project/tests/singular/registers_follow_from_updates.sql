-- A register ends a tick with its last update, begins it with the value that the row before left (0 at the start of the
-- run), and no update is counted twice or left out.
with last_updates as (
    select
        simulation_id,
        tick,
        agent_id,
        register_key,
        new_value,
        count(*) over register_tick as num_updates,
        row_number() over (register_tick order by event_seq desc) as from_last,
    from {{ ref('stg_state_register_updates') }}
    where {{ is_in_scope() }}
    window register_tick as (partition by simulation_id, tick, agent_id, register_key)
),

expected as (
    select
        simulation_id,
        tick,
        agent_id,
        register_key,
        new_value as register_value,
        coalesce(lag(new_value) over register, 0) as previous_value,
        num_updates,
    from last_updates
    where from_last = 1
    window register as (partition by simulation_id, agent_id, register_key order by tick)
),

registers as (
    select
        simulation_id,
        tick,
        agent_id,
        register_key,
        register_value,
        previous_value,
        num_updates,
    from {{ ref('agent_state_registers') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    tick,
    agent_id,
    register_key,
    registers.register_value,
    expected.register_value as expected_value,
    registers.previous_value,
    expected.previous_value as expected_previous_value,
    registers.num_updates,
    expected.num_updates as expected_updates,
from registers
full join expected using (simulation_id, tick, agent_id, register_key)
where
    registers.register_value is distinct from expected.register_value
    or registers.previous_value is distinct from expected.previous_value
    or registers.num_updates is distinct from expected.num_updates
