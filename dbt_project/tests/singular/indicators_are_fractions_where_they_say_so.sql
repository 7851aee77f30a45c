-- Shares lie between 0 and 1, whatever the scenario.
with shares as (
    select
        simulation_id,
        day,
        'all' as agent_id,
        unnest([
            settlement_rate,
            settlement_delay,
            share_ever_queued,
            unsettled_value_share,
            unsettled_volume_share,
            recycling_ratio,
            provision_vs_usage,
            gini_liquidity_cost,
            herfindahl_value_sent,
            gini_value_sent,
        ]) as share,
    from {{ ref('payment_system_indicators') }}
    where {{ is_in_scope() }}
    union all
    select
        simulation_id,
        day,
        agent_id,
        unnest([settlement_delay, share_funded_by_receipts]) as share,
    from {{ ref('agent_indicators') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    day,
    agent_id,
    share,
from shares
where share < 0 or share > 1
