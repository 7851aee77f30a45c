-- The run's totals, and those of its days, are the whole payments that arrived and that settled.
-- Of a run that did not end, payments that were not final are missing.
with payments as (
    select
        simulation_id,
        count(*) as num_arrivals,
        count(settlement_tick) as num_settled,
    from {{ ref('transactions') }}
    where parent_tx_id is null and {{ is_in_scope() }}
    group by simulation_id
),

days as (
    select
        simulation_id,
        sum(num_arrivals) as num_arrivals,
        sum(num_settled) as num_settled,
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
    group by simulation_id
),

runs as (
    select
        simulation_id,
        total_arrivals,
        total_settlements,
    from {{ ref('simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
)

select
    runs.simulation_id,
    runs.total_arrivals,
    days.num_arrivals as arrivals_of_days,
    payments.num_arrivals as payments_that_arrived,
    runs.total_settlements,
    days.num_settled as settlements_of_days,
    payments.num_settled as payments_that_settled,
from runs
left join days on runs.simulation_id = days.simulation_id
left join payments on runs.simulation_id = payments.simulation_id
where
    runs.total_arrivals is distinct from coalesce(payments.num_arrivals, 0)
    or days.num_arrivals is distinct from coalesce(payments.num_arrivals, 0)
    or runs.total_settlements is distinct from coalesce(payments.num_settled, 0)
    or days.num_settled is distinct from coalesce(payments.num_settled, 0)
