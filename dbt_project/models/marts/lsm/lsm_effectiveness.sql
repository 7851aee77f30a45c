with cycles as (
    select
        simulation_id,
        scenario,
        day,
        algorithm,
        cycle_length,
        num_transactions,
        total_value,
        settled_value,
        liquidity_saved,
    from {{ ref('lsm_cycles') }}
    where {{ is_to_build() }}
),

by_length as (
    select
        simulation_id,
        scenario,
        day,
        algorithm,
        cycle_length,
        count(*) as num_cycles,
        sum(num_transactions) as num_payments,
        sum(total_value) as total_value,
        sum(settled_value) as settled_value,
        sum(liquidity_saved) as liquidity_saved,
    from cycles
    group by simulation_id, scenario, day, algorithm, cycle_length
),

by_algorithm as (
    select
        simulation_id,
        scenario,
        day,
        algorithm,
        sum(num_cycles)::bigint as num_cycles,
        sum(num_payments)::bigint as num_payments,
        sum(total_value)::bigint as total_value,
        sum(settled_value)::bigint as settled_value,
        sum(liquidity_saved)::bigint as liquidity_saved,
        to_json(map_from_entries(list((cycle_length, num_cycles) order by cycle_length))) as cycles_by_length,
    from by_length
    group by simulation_id, scenario, day, algorithm
),

waits as (
    select
        simulation_id,
        day,
        algorithm,
        avg(queue2_ticks) as mean_queue2_ticks,
    from {{ ref('lsm_cycle_transactions') }}
    where {{ is_to_build() }}
    group by simulation_id, day, algorithm
),

days as (
    select
        simulation_id,
        day,
        sum(amount)::bigint as value_settled,
    from {{ ref('stg_settlements') }}
    where {{ is_to_build() }}
    group by simulation_id, day
)

select
    by_algorithm.simulation_id,
    by_algorithm.scenario,
    by_algorithm.day,
    by_algorithm.algorithm,
    by_algorithm.num_cycles as settlements,
    by_algorithm.num_payments,
    by_algorithm.total_value,
    by_algorithm.settled_value,
    by_algorithm.liquidity_saved,
    by_algorithm.liquidity_saved / by_algorithm.total_value as netting_ratio,
    by_algorithm.total_value / days.value_settled as share_of_settled_value,
    waits.mean_queue2_ticks,
    by_algorithm.cycles_by_length,
from by_algorithm
inner join days on by_algorithm.simulation_id = days.simulation_id and by_algorithm.day = days.day
inner join waits
    on
        by_algorithm.simulation_id = waits.simulation_id
        and by_algorithm.day = waits.day
        and by_algorithm.algorithm = waits.algorithm
