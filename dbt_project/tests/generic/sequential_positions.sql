{% test sequential_positions(model, column_name, group_by) %}
    {#- Within each group the column counts 0, 1, 2 ... without a gap and without a repeat. -#}
    select
        {{ group_by | join(', ') }},
        count(*) as num_rows,
        count(distinct {{ column_name }}) as num_positions,
        min({{ column_name }}) as first_position,
        max({{ column_name }}) as last_position,
    from {{ model }}
    group by {{ group_by | join(', ') }}
    having num_positions <> num_rows or first_position <> 0 or last_position <> num_rows - 1
{% endtest %}
