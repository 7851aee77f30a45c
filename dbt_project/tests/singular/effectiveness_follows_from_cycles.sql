-- What is said of each algorithm and day is what its settlements add up to, by number of agents too, and its share is
-- of the value that all agents sent on the day.
with effectiveness as (
    select
        simulation_id,
        day,
        algorithm,
        settlements,
        num_payments,
        total_value,
        settled_value,
        liquidity_saved,
        share_of_settled_value,
        list_sum([(cycles_by_length ->> num_agents)::bigint for num_agents in json_keys(cycles_by_length)])
            as settlements_by_length,
    from {{ ref('lsm_effectiveness') }}
    where {{ is_in_scope() }}
),

cycles as (
    select
        simulation_id,
        day,
        algorithm,
        count(*) as settlements,
        sum(num_transactions) as num_payments,
        sum(total_value) as total_value,
        sum(settled_value) as settled_value,
        sum(liquidity_saved) as liquidity_saved,
    from {{ ref('lsm_cycles') }}
    where {{ is_in_scope() }}
    group by simulation_id, day, algorithm
),

-- A day that was not finished has no metrics.
days as (
    select
        simulation_id,
        day,
        sum(value_sent) as value_sent,
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
    group by simulation_id, day
)

select
    simulation_id,
    day,
    algorithm,
    effectiveness.settlements,
    cycles.settlements as expected_settlements,
    effectiveness.settlements_by_length,
    effectiveness.num_payments,
    cycles.num_payments as expected_payments,
    effectiveness.total_value,
    cycles.total_value as expected_total_value,
    effectiveness.settled_value,
    cycles.settled_value as expected_settled_value,
    effectiveness.share_of_settled_value,
    days.value_sent,
from effectiveness
full join cycles using (simulation_id, day, algorithm)
left join days using (simulation_id, day)
where
    effectiveness.settlements is distinct from cycles.settlements
    or effectiveness.settlements_by_length is distinct from cycles.settlements
    or effectiveness.num_payments is distinct from cycles.num_payments
    or effectiveness.total_value is distinct from cycles.total_value
    or effectiveness.settled_value is distinct from cycles.settled_value
    or effectiveness.liquidity_saved is distinct from cycles.liquidity_saved
    or effectiveness.share_of_settled_value <> cycles.total_value / days.value_sent
