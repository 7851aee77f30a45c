{% macro queue_at(tick=none, ticks=none) -%}
    {#-
        Both queues, with their order, at the end of one tick (`tick`, a number)
        or of many (`ticks`, a relation or CTE with simulation_id and tick). One row per run, tick, queue and position:
        Queue 1 is each agent's own, Queue 2 is one for all. For instance, to look into a queue:

            select * from ({{ queue_at(tick=12) }}) where scenario = 'gridlock'
    -#}
    select
        places.simulation_id,
        places.scenario,
        {{ 'ticks.tick' if tick is none else tick ~ '::integer as tick' }},
        places.queue_type,
        places.agent_id,
        (
            row_number() over (
                partition by
                    places.simulation_id,
                    {{ 'ticks.tick,' if tick is none }}
                    places.queue_type,
                    case when places.queue_type = 'queue1' then places.agent_id end
                order by places.order_key
            ) - 1
        )::integer as position,
        places.tx_id,
    from {{ ref('int_queue_places') }} as places
    {% if tick is none -%}
        inner join {{ ticks }} as ticks
            on
                places.simulation_id = ticks.simulation_id
                and places.from_tick <= ticks.tick
                and places.until_tick > ticks.tick
    {%- else -%}
        where places.from_tick <= {{ tick }} and places.until_tick > {{ tick }}
    {%- endif %}
{%- endmacro %}
