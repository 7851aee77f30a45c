-- Every day that was finished has one end of day, on its last tick, which counts what is then in the queues.
with finished_days as (
    select
        simulation_id,
        day,
        tick,
        sum(queue1_size + queue2_size) as num_queued,
    from {{ ref('stg_agent_ticks') }}
    where is_last_tick_of_day and {{ is_in_scope() }}
    group by simulation_id, day, tick
),

ends_of_day as (
    select
        simulation_id,
        day,
        count(*) as num_ends,
        min(tick) as tick,
        min(unsettled_count) as unsettled_count,
    from {{ ref('stg_days') }}
    where {{ is_in_scope() }}
    group by simulation_id, day
)

select
    simulation_id,
    day,
    coalesce(ends_of_day.num_ends, 0) as num_ends,
    ends_of_day.tick,
    finished_days.tick as expected_tick,
    ends_of_day.unsettled_count,
    finished_days.num_queued,
from finished_days
full join ends_of_day using (simulation_id, day)
where
    ends_of_day.num_ends is distinct from 1
    or ends_of_day.tick is distinct from finished_days.tick
    or ends_of_day.unsettled_count is distinct from finished_days.num_queued
