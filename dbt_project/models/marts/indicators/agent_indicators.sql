with agent_days as (
    select
        *,
        sum(max_net_debit) over day as max_net_debit_total,
        sum(sent_value) over day as sent_value_total,
    from {{ ref('int_indicator_agent_days') }}
    where {{ is_to_build() }}
    window day as (partition by simulation_id, day)
)

-- Whole numbers up to here, and one division each: nothing depends on the order of a sum.
select
    simulation_id,
    scenario,
    day,
    agent_id,
    submitted_value,
    submitted_volume,
    sent_value,
    sent_volume,
    received_value,
    received_volume,
    submitted_value - sent_value as unsettled_value,
    max_net_debit,
    max_net_credit,
    lower_bound as liquidity_lower_bound,
    upper_bound as liquidity_upper_bound,
    weighted_debit / nullif(last_tick::bigint * last_tick, 0) as avg_net_debit_weighted,
    (max_net_debit * sent_value_total - sent_value * max_net_debit_total)
    / nullif(max_net_debit_total * sent_value_total, 0) as provision_minus_usage,
    delay_value_ticks / nullif(longest_delay_value_ticks, 0) as settlement_delay,
    delay_value_ticks / nullif(submitted_value, 0) as weighted_delay_ticks,
    queue_value_max,
    queue_count_max,
    (sent_value - max_net_debit) / nullif(sent_value, 0) as share_funded_by_receipts,
from agent_days
