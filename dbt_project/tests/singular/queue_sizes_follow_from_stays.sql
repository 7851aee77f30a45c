-- What entered a queue less what left it = the size and the value that the engine reports, for every agent and tick.
with arrivals as (
    select
        simulation_id,
        tx_no,
        amount,
    from {{ ref('stg_arrivals') }}
    where {{ is_in_scope() }}
),

stays as (
    select
        episodes.simulation_id,
        episodes.queue_type,
        episodes.agent_no,
        episodes.entered_tick,
        episodes.left_tick,
        arrivals.amount,
    from {{ ref('int_queue_episodes') }} as episodes
    left join arrivals on episodes.simulation_id = arrivals.simulation_id and episodes.tx_no = arrivals.tx_no
    where {{ is_in_scope('episodes.scenario') }}
),

moves as (
    select
        simulation_id,
        queue_type,
        agent_no,
        entered_tick as tick,
        1 as payments,
        amount as value,
    from stays
    union all
    select
        simulation_id,
        queue_type,
        agent_no,
        left_tick as tick,
        -1 as payments,
        -amount as value,
    from stays
    where left_tick is not null
),

moves_by_tick as (
    select
        simulation_id,
        agent_no,
        tick,
        sum(case when queue_type = 'queue1' then payments else 0 end) as queue1_payments,
        sum(case when queue_type = 'queue1' then value else 0 end) as queue1_value,
        sum(case when queue_type = 'queue2' then payments else 0 end) as queue2_payments,
        sum(case when queue_type = 'queue2' then value else 0 end) as queue2_value,
    from moves
    group by simulation_id, agent_no, tick
),

reported as (
    select
        simulation_id,
        agent_no,
        tick,
        queue1_size,
        queue1_value,
        queue2_size,
        queue2_value,
    from {{ ref('stg_agent_ticks') }}
    where {{ is_in_scope() }}
),

compared as (
    select
        simulation_id,
        agent_no,
        tick,
        reported.queue1_size,
        sum(coalesce(moves_by_tick.queue1_payments, 0)) over account as expected_queue1_size,
        reported.queue1_value,
        sum(coalesce(moves_by_tick.queue1_value, 0)) over account as expected_queue1_value,
        reported.queue2_size,
        sum(coalesce(moves_by_tick.queue2_payments, 0)) over account as expected_queue2_size,
        reported.queue2_value,
        sum(coalesce(moves_by_tick.queue2_value, 0)) over account as expected_queue2_value,
    from reported
    full join moves_by_tick using (simulation_id, agent_no, tick)
    window account as (partition by simulation_id, agent_no order by tick)
)

select *
from compared
where
    queue1_size is distinct from expected_queue1_size
    or queue1_value is distinct from expected_queue1_value
    or queue2_size is distinct from expected_queue2_size
    or queue2_value is distinct from expected_queue2_value
