{%- set columns = [
    'liquidity_cost',
    'delay_cost',
    'collateral_cost',
    'penalty_cost',
    'split_friction_cost',
    'liquidity_opportunity_cost',
    'total_cost',
] -%}

-- The components of every accrual add up to its total; the accruals of an agent's day, one component like the other, to
-- what both marts of days say of it; its days to what the run cost it; and all of them to the run's total.
with accruals as (
    select
        simulation_id,
        event_seq,
        agent_id,
        day,
        {%- for column in columns %}
            {{ column }},
        {%- endfor %}
    from {{ ref('stg_cost_accruals') }}
    where {{ is_in_scope() }}
),

days as (
    select
        simulation_id,
        agent_id,
        day,
        {%- for column in columns %}
            {{ column }},
        {%- endfor %}
    from {{ ref('daily_costs') }}
    where {{ is_in_scope() }}
),

agents as (
    select
        simulation_id,
        agent_id,
        {%- for column in columns %}
            {{ column }},
        {%- endfor %}
    from {{ ref('cost_breakdown_by_agent') }}
    where {{ is_in_scope() }}
),

metrics as (
    select
        simulation_id,
        agent_id,
        day,
        deadline_penalty_cost as penalty_cost,
        {%- for column in columns if column != 'penalty_cost' %}
            {{ column }},
        {%- endfor %}
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
),

runs as (
    select
        simulation_id,
        total_cost_cents,
    from {{ ref('simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

accruals_of_days as (
    select
        simulation_id,
        agent_id,
        day,
        {%- for column in columns %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
    from accruals
    group by simulation_id, agent_id, day
),

days_of_agents as (
    select
        simulation_id,
        agent_id,
        {%- for column in columns %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
    from days
    group by simulation_id, agent_id
),

days_of_runs as (
    select
        simulation_id,
        sum(total_cost) as total_cost,
    from days
    group by simulation_id
)

select
    simulation_id,
    'event ' || event_seq as place,
    total_cost,
    {{ columns[:-1] | join(' + ') }} as expected_cost,
from accruals
where total_cost <> expected_cost
union all
select
    simulation_id,
    agent_id || ', day ' || day as place,
    days.total_cost,
    accruals_of_days.total_cost as expected_cost,
from days
full join accruals_of_days using (simulation_id, agent_id, day)
where
    false
    {%- for column in columns %}
        or days.{{ column }} is distinct from coalesce(accruals_of_days.{{ column }}, 0)
    {%- endfor %}
union all
-- A day that was not finished has costs and no metrics.
select
    simulation_id,
    'metrics of ' || agent_id || ', day ' || day as place,
    metrics.total_cost,
    days.total_cost as expected_cost,
from metrics
left join days using (simulation_id, agent_id, day)
where
    false
    {%- for column in columns %}
        or metrics.{{ column }} is distinct from days.{{ column }}
    {%- endfor %}
union all
select
    simulation_id,
    agent_id as place,
    agents.total_cost,
    days_of_agents.total_cost as expected_cost,
from agents
full join days_of_agents using (simulation_id, agent_id)
where
    false
    {%- for column in columns %}
        or agents.{{ column }} is distinct from days_of_agents.{{ column }}
    {%- endfor %}
union all
select
    runs.simulation_id,
    'run' as place,
    runs.total_cost_cents as total_cost,
    days_of_runs.total_cost as expected_cost,
from runs
left join days_of_runs on runs.simulation_id = days_of_runs.simulation_id
where runs.total_cost_cents is distinct from days_of_runs.total_cost
