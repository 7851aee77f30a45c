-- A budget holds from the moment it is set to the end of the tick, or until the bank sets another.
with budgets as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        agent_no,
        agent_id,
        max_value,
        focus_counterparties,
        max_per_counterparty,
        lead(event_seq) over (partition by simulation_id, agent_no, tick order by event_seq) as next_seq,
    from {{ ref('stg_budgets') }}
    where {{ is_to_build() }}
),

releases_and_refusals as (
    select
        simulation_id,
        event_seq,
        tick,
        sender_no as agent_no,
        amount as value_released,
        0 as num_blocked,
    from {{ ref('stg_submissions') }}
    where {{ is_to_build() }}
    union all
    select
        simulation_id,
        event_seq,
        tick,
        agent_no,
        0 as value_released,
        1 as num_blocked,
    from {{ ref('stg_policy_decisions') }}
    where decision_type = 'hold' and reason = 'BudgetExhausted' and {{ is_to_build() }}
),

effects as (
    select
        budgets.simulation_id,
        budgets.event_seq,
        sum(releases_and_refusals.value_released)::bigint as value_released,
        sum(releases_and_refusals.num_blocked)::bigint as num_blocked,
    from budgets
    inner join releases_and_refusals
        on
            budgets.simulation_id = releases_and_refusals.simulation_id
            and budgets.agent_no = releases_and_refusals.agent_no
            and budgets.tick = releases_and_refusals.tick
            and budgets.event_seq < releases_and_refusals.event_seq
            and (budgets.next_seq is null or budgets.next_seq > releases_and_refusals.event_seq)
    group by budgets.simulation_id, budgets.event_seq
)

select
    budgets.simulation_id,
    budgets.scenario,
    budgets.event_seq,
    budgets.agent_id,
    budgets.tick,
    budgets.day,
    budgets.max_value,
    budgets.focus_counterparties,
    budgets.max_per_counterparty,
    coalesce(effects.value_released, 0) as value_released,
    coalesce(effects.num_blocked, 0) as num_blocked,
from budgets
left join effects on budgets.simulation_id = effects.simulation_id and budgets.event_seq = effects.event_seq
