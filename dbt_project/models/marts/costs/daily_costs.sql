with agent_days as (
    select distinct
        simulation_id,
        scenario,
        agent_id,
        day,
    from {{ ref('stg_agent_ticks') }}
    where {{ is_to_build() }}
),

costs as (
    select
        simulation_id,
        agent_id,
        day,
        {{ sums_of_costs() }}
    from {{ ref('stg_cost_accruals') }}
    where {{ is_to_build() }}
    group by simulation_id, agent_id, day
)

select
    agent_days.simulation_id,
    agent_days.scenario,
    agent_days.day,
    agent_days.agent_id,
    coalesce(costs.liquidity_cost, 0) as liquidity_cost,
    coalesce(costs.delay_cost, 0) as delay_cost,
    coalesce(costs.collateral_cost, 0) as collateral_cost,
    coalesce(costs.penalty_cost, 0) as penalty_cost,
    coalesce(costs.split_friction_cost, 0) as split_friction_cost,
    coalesce(costs.liquidity_opportunity_cost, 0) as liquidity_opportunity_cost,
    coalesce(costs.total_cost, 0) as total_cost,
from agent_days
left join costs
    on
        agent_days.simulation_id = costs.simulation_id
        and agent_days.agent_id = costs.agent_id
        and agent_days.day = costs.day
