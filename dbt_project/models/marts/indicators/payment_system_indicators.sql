{%- set mechanisms = ['immediate', 'queue2', 'bilateral', 'cycle', 'multilateral', 'entry_offset'] -%}
{%- set deciles = range(1, 10) -%}

with agent_days as (
    select
        *,
        sum(max_net_debit) over day as max_net_debit_total,
        sum(sent_value) over day as sent_value_total,
        sum(sent_volume) over day as sent_volume_total,
    from {{ ref('int_indicator_agent_days') }}
    where {{ is_to_build() }}
    window day as (partition by simulation_id, day)
),

ticks as (
    select
        *,
        sum(settled_value) over (partition by simulation_id, day) as settled_value_total,
    from {{ ref('int_indicator_ticks') }}
    where {{ is_to_build() }}
),

-- Whole numbers only, which add up to the same in any order.
totals as (
    select
        simulation_id,
        scenario,
        day,
        last_tick,
        sum(submitted_value) as submitted_value,
        sum(submitted_volume) as submitted_volume,
        sum(sent_value) as settled_value,
        sum(sent_volume) as settled_volume,
        sum(queued_value) as queued_value,
        sum(delay_value_ticks) as delay_value_ticks,
        sum(longest_delay_value_ticks) as longest_delay_value_ticks,
        sum(settled_value_ticks) as settled_value_ticks,
        sum(max_net_debit) as max_net_debit,
        sum(lower_bound) as lower_bound,
        sum(upper_bound) as upper_bound,
        sum(weighted_debit) as weighted_debit,
        sum(greatest(max_net_debit * sent_value_total - sent_value * max_net_debit_total, 0)) as excess_provision,
        sum(sent_value::hugeint * sent_value) as squared_sent_value,
    from agent_days
    group by simulation_id, scenario, day, last_tick
),

by_tick as (
    select
        simulation_id,
        day,
        max(queue_value) as queue_value_max,
        sum(queue_value) as queue_value_ticks,
        max(queue_count) as queue_count_max,
        count(*) as num_ticks,
        {%- for mechanism in mechanisms %}
            sum({{ mechanism }}_value) as {{ mechanism }}_value,
        {%- endfor %}
        {%- for decile in deciles %}
            min(tick) filter (
                where settled_so_far * 10::hugeint >= settled_value_total * {{ decile }} and settled_value_total > 0
            ) as decile_{{ decile }}0,
        {%- endfor %}
    from ticks
    group by simulation_id, day
),

-- What a unit of value costs in liquidity, over the agents that sent any.
liquidity_costs as (
    select
        simulation_id,
        day,
        agent_no,
        sent_volume,
        sent_volume_total,
        max_net_debit / sent_value as liquidity_cost,
    from agent_days
    where sent_value > 0
),

-- A sum over all pairs of abs(difference) is a sum over the steps from each agent to the next in order: each step lies
-- between so many payments below and so many above.
liquidity_cost_steps as (
    select
        simulation_id,
        day,
        agent_no,
        sent_volume,
        sent_volume_total,
        liquidity_cost,
        lead(liquidity_cost) over agents_by_cost - liquidity_cost as step_up,
        sum(sent_volume) over agents_by_cost as volume_below,
    from liquidity_costs
    window agents_by_cost as (partition by simulation_id, day order by liquidity_cost, agent_no)
),

-- The only sums of fractions here: they are taken in a stated order, since in another they might differ in the last
-- digit, and threads would choose it.
unequal_liquidity_costs as (
    select
        simulation_id,
        day,
        sum(step_up * volume_below * (sent_volume_total - volume_below) order by liquidity_cost, agent_no)
            as differences,
        max(sent_volume_total) * sum(liquidity_cost * sent_volume order by liquidity_cost, agent_no) as scale,
    from liquidity_cost_steps
    group by simulation_id, day
),

ranked_agents as (
    select
        simulation_id,
        day,
        sent_value,
        row_number() over (partition by simulation_id, day order by sent_value, agent_no) as place,
        count(*) over (partition by simulation_id, day) as num_agents,
    from agent_days
),

-- Again the sum over all pairs, of values sent: who stands at a place is above all before and below all after it.
unequal_values as (
    select
        simulation_id,
        day,
        sum(sent_value::hugeint * (2 * place - num_agents - 1)) as differences,
        max(num_agents) * sum(sent_value) as scale,
    from ranked_agents
    group by simulation_id, day
)

select
    totals.simulation_id,
    totals.scenario,
    totals.day,
    totals.submitted_value::bigint as submitted_value,
    totals.submitted_volume::bigint as submitted_volume,
    totals.settled_value::bigint as settled_value,
    totals.settled_volume::bigint as settled_volume,
    totals.settled_volume / nullif(totals.submitted_volume, 0) as settlement_rate,
    totals.max_net_debit::bigint as max_net_debit_total,
    totals.settled_value / nullif(totals.max_net_debit, 0) as turnover_ratio,
    totals.lower_bound::bigint as liquidity_lower_bound,
    totals.upper_bound::bigint as liquidity_upper_bound,
    (totals.max_net_debit - totals.lower_bound)
    / nullif(totals.upper_bound - totals.lower_bound, 0) as liquidity_usage_ratio,
    totals.delay_value_ticks / nullif(totals.longest_delay_value_ticks, 0) as settlement_delay,
    totals.delay_value_ticks / nullif(totals.submitted_value, 0) as weighted_delay_ticks,
    by_tick.queue_value_max,
    by_tick.queue_value_ticks / by_tick.num_ticks as queue_value_avg,
    by_tick.queue_count_max,
    totals.queued_value / nullif(totals.submitted_value, 0) as share_ever_queued,
    (totals.submitted_value - totals.settled_value)::bigint as unsettled_value,
    (totals.submitted_value - totals.settled_value) / nullif(totals.submitted_value, 0) as unsettled_value_share,
    (totals.submitted_volume - totals.settled_volume) / nullif(totals.submitted_volume, 0) as unsettled_volume_share,
    {%- for mechanism in mechanisms %}
        by_tick.{{ mechanism }}_value / nullif(totals.settled_value, 0) as share_{{ mechanism }},
    {%- endfor %}
    (totals.settled_value - totals.max_net_debit) / nullif(totals.settled_value, 0) as recycling_ratio,
    totals.settled_value_ticks / nullif(totals.settled_value, 0) as avg_settlement_tick,
    {%- for decile in deciles %}
        by_tick.decile_{{ decile }}0,
    {%- endfor %}
    by_tick.decile_90 - by_tick.decile_10 as interdecile_range,
    totals.weighted_debit / nullif(totals.last_tick::bigint * totals.last_tick, 0) as avg_net_debit_weighted,
    totals.excess_provision / nullif(totals.max_net_debit * totals.settled_value, 0) as provision_vs_usage,
    -- With a single agent there is no step, and no inequality.
    coalesce(unequal_liquidity_costs.differences, 0) / nullif(unequal_liquidity_costs.scale, 0) as gini_liquidity_cost,
    totals.squared_sent_value / nullif(totals.settled_value * totals.settled_value, 0) as herfindahl_value_sent,
    unequal_values.differences / nullif(unequal_values.scale, 0) as gini_value_sent,
from totals
left join by_tick on totals.simulation_id = by_tick.simulation_id and totals.day = by_tick.day
left join unequal_liquidity_costs
    on totals.simulation_id = unequal_liquidity_costs.simulation_id and totals.day = unequal_liquidity_costs.day
left join unequal_values
    on totals.simulation_id = unequal_values.simulation_id and totals.day = unequal_values.day
