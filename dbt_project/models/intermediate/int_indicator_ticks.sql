{%- set mechanisms = ['immediate', 'queue2', 'bilateral', 'cycle', 'multilateral', 'entry_offset'] -%}

with ended_runs as (
    select
        simulation_id,
        ticks_per_day,
    from {{ ref('stg_simulations') }}
    where status = 'completed'
),

queues as (
    select
        ticks.simulation_id,
        ticks.scenario,
        ticks.day,
        ticks.tick - ticks.day * ended_runs.ticks_per_day as tick,
        sum(ticks.queue1_value + ticks.queue2_value) as queue_value,
        sum(ticks.queue1_size + ticks.queue2_size) as queue_count,
    from {{ ref('stg_agent_ticks') }} as ticks
    inner join ended_runs on ticks.simulation_id = ended_runs.simulation_id
    group by ticks.simulation_id, ticks.scenario, ticks.day, ticks.tick, ended_runs.ticks_per_day
),

settlements as (
    select
        simulation_id,
        scenario,
        day,
        settled_tick as tick,
        sum(amount) as settled_value,
        {%- for mechanism in mechanisms %}
            sum(amount) filter (where mechanism = '{{ mechanism }}') as {{ mechanism }}_value,
        {%- endfor %}
    from {{ ref('int_indicator_payments') }}
    where settled_tick is not null
    group by simulation_id, scenario, day, settled_tick
)

select
    queues.simulation_id,
    queues.scenario,
    queues.day,
    queues.tick,
    queues.queue_value::bigint as queue_value,
    queues.queue_count::bigint as queue_count,
    {%- for mechanism in mechanisms %}
        coalesce(settlements.{{ mechanism }}_value, 0)::bigint as {{ mechanism }}_value,
    {%- endfor %}
    coalesce(settlements.settled_value, 0)::bigint as settled_value,
    coalesce(sum(settlements.settled_value) over so_far, 0)::bigint as settled_so_far,
from queues
left join settlements
    on
        queues.simulation_id = settlements.simulation_id
        and queues.scenario = settlements.scenario
        and queues.day = settlements.day
        and queues.tick = settlements.tick
window so_far as (partition by queues.simulation_id, queues.scenario, queues.day order by queues.tick)
