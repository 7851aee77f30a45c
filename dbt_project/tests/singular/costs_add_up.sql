-- The components of every accrual add up to its total, the accruals of an agent to what its run cost it, the days to
-- the run's total, and the two marts that show costs by day agree.
with accruals as (
    select
        simulation_id,
        event_seq::varchar as place,
        total_cost,
        liquidity_cost
        + delay_cost
        + collateral_cost
        + penalty_cost
        + split_friction_cost
        + liquidity_opportunity_cost as expected_cost,
    from {{ ref('stg_cost_accruals') }}
    where {{ is_in_scope() }}
),

days as (
    select
        simulation_id,
        agent_id,
        day,
        total_cost,
    from {{ ref('daily_costs') }}
    where {{ is_in_scope() }}
),

metrics as (
    select
        simulation_id,
        agent_id,
        day,
        total_cost,
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
),

agent_accruals as (
    select
        simulation_id,
        agent_id,
        sum(total_cost) as total_cost,
    from {{ ref('stg_cost_accruals') }}
    where {{ is_in_scope() }}
    group by simulation_id, agent_id
),

agent_totals as (
    select
        simulation_id,
        agent_id,
        total_cost,
        liquidity_cost
        + delay_cost
        + collateral_cost
        + penalty_cost
        + split_friction_cost
        + liquidity_opportunity_cost as sum_of_components,
    from {{ ref('cost_breakdown_by_agent') }}
    where {{ is_in_scope() }}
),

run_totals as (
    select
        simulation_id,
        sum(total_cost) as total_cost,
    from days
    group by simulation_id
),

runs as (
    select
        simulation_id,
        total_cost_cents,
    from {{ ref('simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
)

select
    simulation_id,
    'event ' || place as place,
    total_cost,
    expected_cost,
from accruals
where total_cost <> expected_cost
union all
select
    metrics.simulation_id,
    metrics.agent_id || ', day ' || metrics.day as place,
    metrics.total_cost,
    days.total_cost as expected_cost,
from metrics
left join days
    on
        metrics.simulation_id = days.simulation_id
        and metrics.agent_id = days.agent_id
        and metrics.day = days.day
where metrics.total_cost is distinct from days.total_cost
union all
select
    simulation_id,
    agent_id as place,
    agent_totals.total_cost,
    coalesce(agent_accruals.total_cost, 0) as expected_cost,
from agent_totals
full join agent_accruals using (simulation_id, agent_id)
where
    agent_totals.total_cost is distinct from coalesce(agent_accruals.total_cost, 0)
    or agent_totals.sum_of_components is distinct from agent_totals.total_cost
union all
select
    runs.simulation_id,
    'run' as place,
    runs.total_cost_cents as total_cost,
    run_totals.total_cost as expected_cost,
from runs
left join run_totals on runs.simulation_id = run_totals.simulation_id
where runs.total_cost_cents is distinct from run_totals.total_cost
