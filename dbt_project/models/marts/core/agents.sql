select
    simulation_id,
    scenario,
    agent_no,
    agent_id,
    opening_balance,
    unsecured_cap,
    posted_collateral,
    collateral_haircut,
    max_collateral_capacity,
    coalesce(max_collateral_capacity, 10 * unsecured_cap) as collateral_capacity,
    floor(posted_collateral * greatest(0.0, 1.0 - collateral_haircut))::bigint + unsecured_cap as overdraft_limit,
    liquidity_pool,
    liquidity_allocation_fraction,
    bilateral_limits,
    multilateral_limit,
    policy_hash,
from {{ ref('stg_agents') }}
where {{ is_to_build() }}
