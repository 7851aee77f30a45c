-- The time that the engine says a payment spent in each queue is that of its stays, to the end of the run for what is
-- still there; and a release from Queue 2 says how long the stay was that it ended.
-- Of a run that did not end, payments that were not final are missing.
with runs as (
    select
        simulation_id,
        ticks_per_day * num_days as num_ticks,
    from {{ ref('stg_simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

waits as (
    select
        episodes.simulation_id,
        episodes.tx_no,
        sum(
            case
                when episodes.queue_type = 'queue1'
                    then coalesce(episodes.left_tick, runs.num_ticks) - episodes.entered_tick
                else 0
            end
        ) as queue1_ticks,
        sum(
            case
                when episodes.queue_type = 'queue2'
                    then coalesce(episodes.left_tick, runs.num_ticks) - episodes.entered_tick
                else 0
            end
        ) as queue2_ticks,
    from {{ ref('int_queue_episodes') }} as episodes
    inner join runs on episodes.simulation_id = runs.simulation_id
    group by episodes.simulation_id, episodes.tx_no
)

select
    payments.simulation_id,
    payments.tx_id,
    payments.queue1_ticks,
    coalesce(waits.queue1_ticks, 0) as expected_queue1_ticks,
    payments.queue2_ticks,
    coalesce(waits.queue2_ticks, 0) as expected_queue2_ticks,
from {{ ref('stg_transactions') }} as payments
semi join runs on payments.simulation_id = runs.simulation_id
left join waits on payments.simulation_id = waits.simulation_id and payments.tx_no = waits.tx_no
where
    payments.queue1_ticks <> coalesce(waits.queue1_ticks, 0)
    or payments.queue2_ticks <> coalesce(waits.queue2_ticks, 0)
union all
select
    settlements.simulation_id,
    settlements.tx_id,
    null as queue1_ticks,
    null as expected_queue1_ticks,
    settlements.queue_wait_ticks as queue2_ticks,
    stays.left_tick - stays.entered_tick as expected_queue2_ticks,
from {{ ref('stg_settlements') }} as settlements
left join {{ ref('int_queue_episodes') }} as stays
    on
        settlements.simulation_id = stays.simulation_id
        and settlements.tx_no = stays.tx_no
        and settlements.event_seq = stays.left_seq
where
    settlements.mechanism = 'queue2'
    and {{ is_in_scope('settlements.scenario') }}
    and settlements.queue_wait_ticks is distinct from stays.left_tick - stays.entered_tick
