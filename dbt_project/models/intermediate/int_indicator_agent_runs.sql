with totals as (
    select
        simulation_id,
        scenario,
        agent_id,
        sum(submitted_value) as submitted_value,
        sum(submitted_value - carried_over_value) as arrived_value,
        sum(sent_value) as sent_value,
        sum(received_value) as received_value,
        sum(delay_value_ticks) as delay_value_ticks,
        sum(longest_delay_value_ticks) as longest_delay_value_ticks,
        sum(max_net_debit) as max_net_debit,
        max(max_net_debit) as max_net_debit_max,
        max(queue_value_max) as queue_value_max,
        count(*) as num_days,
    from {{ ref('int_indicator_agent_days') }}
    group by simulation_id, scenario, agent_id
),

costs as (
    select
        simulation_id,
        agent_id,
        sum(total_cost) as total_cost,
    from {{ ref('daily_costs') }}
    group by simulation_id, agent_id
)

select
    totals.simulation_id,
    totals.scenario,
    totals.agent_id,
    totals.sent_value::bigint as sent_value,
    totals.received_value::bigint as received_value,
    (totals.arrived_value - totals.sent_value)::bigint as unsettled_value,
    costs.total_cost::bigint as total_cost,
    totals.delay_value_ticks / nullif(totals.longest_delay_value_ticks, 0) as settlement_delay,
    totals.delay_value_ticks / nullif(totals.submitted_value, 0) as weighted_delay_ticks,
    totals.queue_value_max,
    totals.max_net_debit / totals.num_days as max_net_debit_avg,
    totals.max_net_debit_max,
    (totals.sent_value - totals.max_net_debit) / nullif(totals.sent_value, 0) as share_funded_by_receipts,
from totals
left join costs on totals.simulation_id = costs.simulation_id and totals.agent_id = costs.agent_id
