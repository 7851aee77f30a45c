select
    agents.simulation_id,
    simulations.scenario,
    agents.agent_no,
    agents.agent_id,
    agents.opening_balance,
    agents.unsecured_cap,
    agents.posted_collateral,
    agents.collateral_haircut,
    agents.max_collateral_capacity,
    agents.liquidity_pool,
    agents.liquidity_allocation_fraction,
    agents.bilateral_limits,
    agents.multilateral_limit,
    agents.policy_hash,
from {{ source('raw', 'agents') }} as agents
inner join {{ ref('stg_simulations') }} as simulations on agents.simulation_id = simulations.simulation_id
