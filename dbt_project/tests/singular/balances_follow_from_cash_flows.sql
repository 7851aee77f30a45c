-- Opening balance + all cash flows so far = the balance that the engine reports, for every agent at the end of every
-- tick.
with openings as (
    select
        simulation_id,
        agent_no,
        opening_balance,
    from {{ ref('stg_agents') }}
    where {{ is_in_scope() }}
),

balances as (
    select
        simulation_id,
        scenario,
        agent_no,
        agent_id,
        tick,
        balance,
    from {{ ref('stg_agent_ticks') }}
    where {{ is_in_scope() }}
),

flows as (
    select
        simulation_id,
        agent_no,
        tick,
        sum(amount) as net_flow,
    from {{ ref('int_cash_flows') }}
    where {{ is_in_scope() }}
    group by simulation_id, agent_no, tick
),

-- A full join, so that a flow at a tick without a balance shows too.
balances_and_flows as (
    select
        simulation_id,
        agent_no,
        tick,
        balances.balance,
        sum(coalesce(flows.net_flow, 0)) over (partition by simulation_id, agent_no order by tick) as net_flow_so_far,
    from balances
    full join flows using (simulation_id, agent_no, tick)
)

select
    balances_and_flows.simulation_id,
    balances_and_flows.agent_no,
    balances_and_flows.tick,
    balances_and_flows.balance,
    openings.opening_balance + balances_and_flows.net_flow_so_far as expected_balance,
from balances_and_flows
left join openings
    on
        balances_and_flows.simulation_id = openings.simulation_id
        and balances_and_flows.agent_no = openings.agent_no
where balances_and_flows.balance is distinct from openings.opening_balance + balances_and_flows.net_flow_so_far
