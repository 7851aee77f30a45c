-- Two roads to the same: what an agent sent, received and owed at most on a day comes here from the final state of
-- payments, and in the daily metrics from the events of settlement. Of a run that did not end there are no indicators.
with ended_runs as (
    select simulation_id
    from {{ ref('simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

indicators as (
    select
        simulation_id,
        day,
        agent_id,
        sent_value,
        sent_volume,
        received_value,
        received_volume,
        max_net_debit,
    from {{ ref('agent_indicators') }} as indicators
    semi join ended_runs on indicators.simulation_id = ended_runs.simulation_id
),

metrics as (
    select
        simulation_id,
        day,
        agent_id,
        value_sent,
        num_sent,
        value_received,
        num_received,
        max_net_debit,
    from {{ ref('daily_agent_metrics') }} as metrics
    semi join ended_runs on metrics.simulation_id = ended_runs.simulation_id
)

select
    simulation_id,
    day,
    agent_id,
    indicators.sent_value,
    metrics.value_sent,
    indicators.received_value,
    metrics.value_received,
    indicators.max_net_debit as max_net_debit_of_indicators,
    metrics.max_net_debit as max_net_debit_of_metrics,
from indicators
full join metrics using (simulation_id, day, agent_id)
where
    indicators.sent_value is distinct from metrics.value_sent
    or indicators.sent_volume is distinct from metrics.num_sent
    or indicators.received_value is distinct from metrics.value_received
    or indicators.received_volume is distinct from metrics.num_received
    or indicators.max_net_debit is distinct from metrics.max_net_debit
