-- What is a sum over agents is the sum of the agents' own figures; what one agent sends another receives; and an excess
-- of provision over usage is somebody else's lack of it.
with agents as (
    select
        simulation_id,
        day,
        sum(submitted_value) as submitted_value,
        sum(submitted_volume) as submitted_volume,
        sum(sent_value) as sent_value,
        sum(sent_volume) as sent_volume,
        sum(received_value) as received_value,
        sum(received_volume) as received_volume,
        sum(unsettled_value) as unsettled_value,
        sum(max_net_debit) as max_net_debit,
        sum(liquidity_lower_bound) as liquidity_lower_bound,
        sum(liquidity_upper_bound) as liquidity_upper_bound,
        sum(provision_minus_usage) as provision_minus_usage,
        sum(greatest(provision_minus_usage, 0)) as provision_vs_usage,
    from {{ ref('agent_indicators') }}
    where {{ is_in_scope() }}
    group by simulation_id, day
),

indicators as (
    select
        simulation_id,
        day,
        submitted_value,
        submitted_volume,
        settled_value,
        settled_volume,
        unsettled_value,
        max_net_debit_total,
        liquidity_lower_bound,
        liquidity_upper_bound,
        provision_vs_usage,
    from {{ ref('payment_system_indicators') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    day,
    indicators.settled_value,
    agents.sent_value,
    agents.received_value,
    indicators.max_net_debit_total,
    agents.max_net_debit,
from indicators
full join agents using (simulation_id, day)
where
    indicators.submitted_value is distinct from agents.submitted_value
    or indicators.submitted_volume is distinct from agents.submitted_volume
    or indicators.settled_value is distinct from agents.sent_value
    or indicators.settled_volume is distinct from agents.sent_volume
    or indicators.settled_value is distinct from agents.received_value
    or indicators.settled_volume is distinct from agents.received_volume
    or indicators.unsettled_value is distinct from agents.unsettled_value
    or indicators.max_net_debit_total is distinct from agents.max_net_debit
    or indicators.liquidity_lower_bound is distinct from agents.liquidity_lower_bound
    or indicators.liquidity_upper_bound is distinct from agents.liquidity_upper_bound
    or abs(agents.provision_minus_usage) > 1e-9
    or abs(indicators.provision_vs_usage - agents.provision_vs_usage) > 1e-9
