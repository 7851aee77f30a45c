-- When every payment of a day has settled, no less liquidity was used than is left to pay after multilateral netting;
-- and settling without delay takes no less than that in any case. Per agent as for all together.
with indicators as (
    select
        simulation_id,
        day,
        'all' as agent_id,
        unsettled_value,
        max_net_debit_total as max_net_debit,
        liquidity_lower_bound,
        liquidity_upper_bound,
    from {{ ref('payment_system_indicators') }}
    where {{ is_in_scope() }}
),

agents as (
    select
        simulation_id,
        day,
        agent_id,
        unsettled_value,
        max_net_debit,
        liquidity_lower_bound,
        liquidity_upper_bound,
        sum(unsettled_value) over (partition by simulation_id, day) as unsettled_value_of_all,
    from {{ ref('agent_indicators') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    day,
    agent_id,
    max_net_debit,
    liquidity_lower_bound,
    liquidity_upper_bound,
from indicators
where
    (unsettled_value = 0 and max_net_debit < liquidity_lower_bound)
    or liquidity_upper_bound < liquidity_lower_bound
union all
select
    simulation_id,
    day,
    agent_id,
    max_net_debit,
    liquidity_lower_bound,
    liquidity_upper_bound,
from agents
where
    (unsettled_value_of_all = 0 and max_net_debit < liquidity_lower_bound)
    or liquidity_upper_bound < liquidity_lower_bound
