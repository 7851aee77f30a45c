-- Under a release budget an agent releases no more than it allows, in all and to each counterparty, and only to the
-- counterparties in focus; every release in a tick with a budget and every refusal for lack of one is counted once.
with budgets as (
    select
        simulation_id,
        agent_id,
        tick,
        max_by(max_value, event_seq) as max_value,
        arg_max_null(max_per_counterparty, event_seq) as max_per_counterparty,
        arg_max_null(focus_counterparties, event_seq) as focus_counterparties,
        sum(value_released) as value_released,
        sum(num_blocked) as num_blocked,
    from {{ ref('budget_operations') }}
    where {{ is_in_scope() }}
    group by simulation_id, agent_id, tick
),

releases as (
    select
        simulation_id,
        sender_id as agent_id,
        tick,
        receiver_id,
        sum(amount) as value_released,
    from {{ ref('stg_submissions') }}
    where {{ is_in_scope() }}
    group by simulation_id, sender_id, tick, receiver_id
),

refusals as (
    select
        simulation_id,
        agent_id,
        tick,
        count(*) as num_blocked,
    from {{ ref('stg_policy_decisions') }}
    where decision_type = 'hold' and reason = 'BudgetExhausted' and {{ is_in_scope() }}
    group by simulation_id, agent_id, tick
),

under_budget as (
    select
        budgets.simulation_id,
        budgets.agent_id,
        budgets.tick,
        sum(releases.value_released) as value_released,
        bool_or(releases.value_released > budgets.max_per_counterparty) as is_beyond_counterparty,
        bool_or(not list_contains(budgets.focus_counterparties, releases.receiver_id)) as is_out_of_focus,
    from budgets
    inner join releases
        on
            budgets.simulation_id = releases.simulation_id
            and budgets.agent_id = releases.agent_id
            and budgets.tick = releases.tick
    group by budgets.simulation_id, budgets.agent_id, budgets.tick
)

select
    simulation_id,
    agent_id,
    tick,
    budgets.max_value,
    budgets.value_released,
    under_budget.value_released as expected_value_released,
    under_budget.is_beyond_counterparty,
    under_budget.is_out_of_focus,
    budgets.num_blocked,
    refusals.num_blocked as expected_blocked,
from budgets
full join refusals using (simulation_id, agent_id, tick)
left join under_budget using (simulation_id, agent_id, tick)
where
    budgets.value_released <> coalesce(under_budget.value_released, 0)
    or budgets.num_blocked is distinct from coalesce(refusals.num_blocked, 0)
    or under_budget.value_released > budgets.max_value
    or under_budget.is_beyond_counterparty
    or under_budget.is_out_of_focus
