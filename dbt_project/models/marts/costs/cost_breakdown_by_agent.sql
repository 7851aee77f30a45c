select
    simulation_id,
    scenario,
    agent_id,
    sum(liquidity_cost)::bigint as liquidity_cost,
    sum(delay_cost)::bigint as delay_cost,
    sum(collateral_cost)::bigint as collateral_cost,
    sum(penalty_cost)::bigint as penalty_cost,
    sum(split_friction_cost)::bigint as split_friction_cost,
    sum(liquidity_opportunity_cost)::bigint as liquidity_opportunity_cost,
    sum(total_cost)::bigint as total_cost,
from {{ ref('daily_costs') }}
where {{ is_to_build() }}
group by simulation_id, scenario, agent_id
