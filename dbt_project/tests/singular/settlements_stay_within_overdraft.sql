-- No settlement takes an agent beyond the overdraft it is allowed at that moment: unsecured cap + posted collateral
-- after the haircut. (The return of pool liquidity may, and so may a direct transfer.)
with agents as (
    select
        simulation_id,
        agent_no,
        agent_id,
        unsecured_cap,
        posted_collateral,
        collateral_haircut,
    from {{ ref('stg_agents') }}
    where {{ is_in_scope() }}
),

payments as (
    select
        simulation_id,
        agent_no,
        agent_id,
        event_seq,
        tick,
        cause,
        balance_after,
    from {{ ref('int_balance_path') }}
    where
        amount < 0
        and cause in ('immediate', 'queue2', 'bilateral', 'cycle', 'multilateral', 'entry_offset')
        and {{ is_in_scope() }}
),

collateral as (
    select
        simulation_id,
        agent_no,
        event_seq,
        posted_after,
    from {{ ref('stg_collateral_movements') }}
),

cap_changes as (
    select
        simulation_id,
        agent_id,
        event_seq,
        sum(cap_change) over (partition by simulation_id, agent_id order by event_seq) as cap_change_so_far,
    from {{ ref('stg_scenario_events') }}
    where scenario_event_type = 'collateral_adjustment'
),

limits as (
    select
        payments.simulation_id,
        payments.agent_id,
        payments.event_seq,
        payments.tick,
        payments.cause,
        payments.balance_after,
        agents.unsecured_cap
        + coalesce(cap_changes.cap_change_so_far, 0)
        + floor(
            coalesce(collateral.posted_after, agents.posted_collateral)
            * greatest(0.0, 1.0 - agents.collateral_haircut)
        )::bigint as overdraft_limit,
    from payments
    inner join agents on payments.simulation_id = agents.simulation_id and payments.agent_no = agents.agent_no
    asof left join collateral
        on
            payments.simulation_id = collateral.simulation_id
            and payments.agent_no = collateral.agent_no
            and payments.event_seq >= collateral.event_seq
    asof left join cap_changes
        on
            payments.simulation_id = cap_changes.simulation_id
            and payments.agent_id = cap_changes.agent_id
            and payments.event_seq >= cap_changes.event_seq
)

select *
from limits
where balance_after < -overdraft_limit
