with runs as (
    select
        simulation_id,
        scenario,
        total_arrivals,
        total_settlements,
    from {{ ref('stg_simulations') }}
    where status = 'completed'
),

days as (
    select
        simulation_id,
        day,
        sum(submitted_value) as submitted_value,
        sum(submitted_value - carried_over_value) as arrived_value,
        sum(sent_value) as settled_value,
        sum(queued_value) as queued_value,
        sum(delay_value_ticks) as delay_value_ticks,
        sum(longest_delay_value_ticks) as longest_delay_value_ticks,
        sum(max_net_debit) as max_net_debit,
        sum(lower_bound) as lower_bound,
        sum(upper_bound) as upper_bound,
    from {{ ref('int_indicator_agent_days') }}
    group by simulation_id, day
),

totals as (
    select
        simulation_id,
        sum(submitted_value) as submitted_value,
        sum(arrived_value) as arrived_value,
        sum(settled_value) as settled_value,
        sum(queued_value) as queued_value,
        sum(delay_value_ticks) as delay_value_ticks,
        sum(longest_delay_value_ticks) as longest_delay_value_ticks,
        sum(max_net_debit) as max_net_debit,
        max(max_net_debit) as max_net_debit_max,
        sum(lower_bound) as lower_bound,
        sum(upper_bound) as upper_bound,
        count(*) as num_days,
    from days
    group by simulation_id
),

costs as (
    select
        simulation_id,
        {{ sums_of_costs() }}
    from {{ ref('daily_costs') }}
    group by simulation_id
)

select
    runs.simulation_id,
    runs.scenario,
    runs.total_arrivals,
    runs.total_settlements,
    runs.total_settlements / nullif(runs.total_arrivals, 0) as settlement_rate,
    totals.settled_value::bigint as settled_value,
    (totals.arrived_value - totals.settled_value)::bigint as unsettled_value,
    costs.total_cost,
    costs.liquidity_cost,
    costs.delay_cost,
    costs.collateral_cost,
    costs.penalty_cost,
    costs.split_friction_cost,
    costs.liquidity_opportunity_cost,
    totals.delay_value_ticks / nullif(totals.longest_delay_value_ticks, 0) as settlement_delay,
    totals.delay_value_ticks / nullif(totals.submitted_value, 0) as weighted_delay_ticks,
    totals.queued_value / nullif(totals.submitted_value, 0) as share_ever_queued,
    totals.max_net_debit / totals.num_days as max_net_debit_avg,
    totals.max_net_debit_max::bigint as max_net_debit_max,
    totals.settled_value / nullif(totals.max_net_debit, 0) as turnover_ratio,
    (totals.max_net_debit - totals.lower_bound)
    / nullif(totals.upper_bound - totals.lower_bound, 0) as liquidity_usage_ratio,
from runs
inner join totals on runs.simulation_id = totals.simulation_id
left join costs on runs.simulation_id = costs.simulation_id
