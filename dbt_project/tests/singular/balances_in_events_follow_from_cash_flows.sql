-- The balances that events report are those that follow from the cash flows up to them: the payer's at a gross
-- settlement, an agent's when its collateral moves and after its pool liquidity moved.
with openings as (
    select
        simulation_id,
        agent_no,
        opening_balance,
    from {{ ref('stg_agents') }}
    where {{ is_in_scope() }}
),

flows_and_reports as (
    select
        simulation_id,
        agent_no,
        event_seq,
        amount,
        null::bigint as balance,
    from {{ ref('int_cash_flows') }}
    where {{ is_in_scope() }}
    union all
    select
        simulation_id,
        sender_no as agent_no,
        event_seq,
        0 as amount,
        sender_balance_before - amount as balance,
    from {{ ref('stg_settlements') }}
    where sender_balance_before is not null and {{ is_in_scope() }}
    union all
    select
        simulation_id,
        agent_no,
        event_seq,
        0 as amount,
        balance_before as balance,
    from {{ ref('stg_collateral_movements') }}
    where {{ is_in_scope() }}
    union all
    select
        simulation_id,
        agent_no,
        event_seq,
        0 as amount,
        balance_after as balance,
    from {{ ref('stg_liquidity_movements') }}
    where balance_after is not null and {{ is_in_scope() }}
),

-- Flows of the event itself are in its sum.
sums as (
    select
        simulation_id,
        agent_no,
        event_seq,
        balance,
        sum(amount) over (partition by simulation_id, agent_no order by event_seq) as net_flow,
    from flows_and_reports
)

select
    sums.simulation_id,
    sums.agent_no,
    sums.event_seq,
    sums.balance,
    openings.opening_balance + sums.net_flow as expected_balance,
from sums
left join openings on sums.simulation_id = openings.simulation_id and sums.agent_no = openings.agent_no
where sums.balance is not null and sums.balance is distinct from openings.opening_balance + sums.net_flow
