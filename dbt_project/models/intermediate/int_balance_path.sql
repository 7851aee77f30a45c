with openings as (
    select
        simulation_id,
        agent_no,
        opening_balance,
    from {{ ref('stg_agents') }}
),

flows as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        agent_no,
        agent_id,
        amount,
        cause,
        sum(amount) over (partition by simulation_id, agent_no order by event_seq)::bigint as net_flow,
    from {{ ref('int_cash_flows') }}
)

select
    flows.simulation_id,
    flows.scenario,
    flows.event_seq,
    flows.tick,
    flows.day,
    flows.agent_no,
    flows.agent_id,
    flows.cause,
    flows.amount,
    openings.opening_balance + flows.net_flow - flows.amount as balance_before,
    openings.opening_balance + flows.net_flow as balance_after,
from flows
inner join openings on flows.simulation_id = openings.simulation_id and flows.agent_no = openings.agent_no
