with events as (
    {% for family in ['payment', 'policy', 'netting', 'liquidity', 'cost', 'system'] -%}
        select
            '{{ family }}' as family,
            *,
        from {{ ref('stg_' ~ family ~ '_events') }}
        {% if not loop.last -%}
            union all by name
        {% endif %}
    {%- endfor %}
)

-- The families differ in their columns on purpose, and all of them are shown.
select * -- noqa: AM04
from events
order by simulation_id, event_seq
