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
        sum(liquidity_cost) as liquidity_cost,
        sum(delay_cost) as delay_cost,
        sum(collateral_cost) as collateral_cost,
        sum(penalty_cost) as penalty_cost,
        sum(split_friction_cost) as split_friction_cost,
        sum(liquidity_opportunity_cost) as liquidity_opportunity_cost,
        sum(total_cost) as total_cost,
    from {{ ref('stg_cost_accruals') }}
    where {{ is_to_build() }}
    group by simulation_id, agent_id, day
)

select
    agent_days.simulation_id,
    agent_days.scenario,
    agent_days.day,
    agent_days.agent_id,
    coalesce(costs.liquidity_cost, 0)::bigint as liquidity_cost,
    coalesce(costs.delay_cost, 0)::bigint as delay_cost,
    coalesce(costs.collateral_cost, 0)::bigint as collateral_cost,
    coalesce(costs.penalty_cost, 0)::bigint as penalty_cost,
    coalesce(costs.split_friction_cost, 0)::bigint as split_friction_cost,
    coalesce(costs.liquidity_opportunity_cost, 0)::bigint as liquidity_opportunity_cost,
    coalesce(costs.total_cost, 0)::bigint as total_cost,
from agent_days
left join costs
    on
        agent_days.simulation_id = costs.simulation_id
        and agent_days.agent_id = costs.agent_id
        and agent_days.day = costs.day
