{#- So many scenarios of one system have all their pairs; of more, each is paired with this many, first by name. -#}
{%- set most_baselines = 20 -%}

with ended_runs as (
    select
        simulation_id,
        scenario,
        ticks_per_day,
        num_days,
        experiment_run_id,
        experiment_iteration,
        is_kept,
    from {{ ref('stg_simulations') }}
    where status = 'completed'
),

systems as (
    select
        simulation_id,
        list(agent_id order by agent_id) as agent_ids,
    from {{ ref('stg_agents') }}
    group by simulation_id
),

-- A scenario has one run that is not kept: its current one.
current_runs as (
    select
        ended_runs.simulation_id,
        ended_runs.scenario,
        systems.agent_ids,
        ended_runs.ticks_per_day,
        ended_runs.num_days,
        row_number() over (
            partition by systems.agent_ids, ended_runs.ticks_per_day, ended_runs.num_days
            order by ended_runs.scenario, ended_runs.simulation_id
        ) as place,
    from ended_runs
    inner join systems on ended_runs.simulation_id = systems.simulation_id
    where not ended_runs.is_kept
),

scenario_pairs as (
    select
        runs.simulation_id,
        runs.scenario,
        baselines.simulation_id as baseline_simulation_id,
        baselines.scenario as baseline_scenario,
        'scenario' as compared_as,
    from current_runs as runs
    inner join current_runs as baselines
        on
            runs.agent_ids = baselines.agent_ids
            and runs.ticks_per_day = baselines.ticks_per_day
            and runs.num_days = baselines.num_days
            and runs.place > baselines.place
    where baselines.place <= {{ most_baselines }}
),

-- What the kept runs of a scenario are measured against: its current run, or the first of them by id if it has none.
scenario_baselines as (
    select
        scenario,
        min_by(simulation_id, [is_kept::varchar, simulation_id]) as simulation_id,
    from ended_runs
    group by scenario
),

variant_pairs as (
    select
        runs.simulation_id,
        runs.scenario,
        baselines.simulation_id as baseline_simulation_id,
        baselines.scenario as baseline_scenario,
        'variant' as compared_as,
    from ended_runs as runs
    inner join scenario_baselines as baselines on runs.scenario = baselines.scenario
    where runs.simulation_id <> baselines.simulation_id
),

iterations as (
    select
        simulation_id,
        scenario,
        lag(simulation_id) over experiment as baseline_simulation_id,
    from ended_runs
    where is_kept and experiment_run_id is not null and experiment_iteration is not null
    window
        experiment as (
            partition by experiment_run_id, scenario
            order by experiment_iteration, simulation_id
        )
),

iteration_pairs as (
    select
        iterations.simulation_id,
        iterations.scenario,
        iterations.baseline_simulation_id,
        iterations.scenario as baseline_scenario,
        'iteration' as compared_as,
    from iterations
    anti join variant_pairs
        on
            iterations.simulation_id = variant_pairs.simulation_id
            and iterations.baseline_simulation_id = variant_pairs.baseline_simulation_id
    where iterations.baseline_simulation_id is not null
),

pairs as (
    select * from scenario_pairs
    union all
    select * from variant_pairs
    union all
    select * from iteration_pairs
)

select * from pairs
