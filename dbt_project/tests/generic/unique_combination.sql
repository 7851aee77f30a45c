{% test unique_combination(model, columns) %}
    {#- The columns together are a key: no two rows agree in all of them, and none is null. -#}
    select
        {{ columns | join(', ') }},
        count(*) as num_rows,
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
