-- A day's closing balance is its opening balance and what flowed in between, and what some agents sent is what others
-- received.
with metrics as (
    select
        simulation_id,
        agent_id,
        day,
        opening_balance,
        closing_balance,
        num_sent,
        num_received,
        value_sent,
        value_received,
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
),

flows as (
    select
        simulation_id,
        agent_id,
        day,
        sum(amount) as net_flow,
    from {{ ref('int_cash_flows') }}
    where {{ is_in_scope() }}
    group by simulation_id, agent_id, day
)

select
    metrics.simulation_id,
    metrics.agent_id,
    metrics.day,
    metrics.closing_balance as found,
    metrics.opening_balance + coalesce(flows.net_flow, 0) as expected,
from metrics
left join flows
    on
        metrics.simulation_id = flows.simulation_id
        and metrics.agent_id = flows.agent_id
        and metrics.day = flows.day
where metrics.closing_balance <> metrics.opening_balance + coalesce(flows.net_flow, 0)
union all
select
    simulation_id,
    'all agents' as agent_id,
    day,
    sum(value_sent) as found,
    sum(value_received) as expected,
from metrics
group by simulation_id, day
having sum(value_sent) <> sum(value_received) or sum(num_sent) <> sum(num_received)
