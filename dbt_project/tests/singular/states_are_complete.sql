-- Every tick up to the last one has a row for each agent and one for the generator, and every finished day has a state
-- to go on from.
with runs as (
    select
        simulation_id,
        ticks_per_day,
        num_agents,
    from {{ ref('stg_simulations') }}
    where {{ is_in_scope() }}
),

ticks as (
    select
        simulation_id,
        count(*) as num_rows,
        max(tick) + 1 as num_ticks,
    from {{ ref('stg_agent_ticks') }}
    where {{ is_in_scope() }}
    group by simulation_id
),

generators as (
    select
        simulation_id,
        count(*) as num_rows,
        max(tick) + 1 as num_ticks,
    from {{ ref('stg_rng_states') }}
    where {{ is_in_scope() }}
    group by simulation_id
),

states as (
    select
        simulation_id,
        count(*) as num_rows,
    from {{ ref('stg_state_snapshots') }}
    where {{ is_in_scope() }}
    group by simulation_id
)

select
    runs.simulation_id,
    ticks.num_ticks,
    ticks.num_rows as rows_of_agents,
    generators.num_rows as rows_of_the_generator,
    states.num_rows as states_of_days,
from runs
inner join ticks on runs.simulation_id = ticks.simulation_id
left join generators on runs.simulation_id = generators.simulation_id
left join states on runs.simulation_id = states.simulation_id
where
    ticks.num_rows <> ticks.num_ticks * runs.num_agents
    or generators.num_rows is distinct from ticks.num_ticks
    or generators.num_ticks is distinct from ticks.num_ticks
    or coalesce(states.num_rows, 0) <> ticks.num_ticks // runs.ticks_per_day
