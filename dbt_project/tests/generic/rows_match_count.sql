{% test rows_match_count(model, group_by, counts, count_column, counts_by=none) %}
    {#-
        Every group has as many rows as another model says: `count_column` of `counts`, where the columns `counts_by`
        (named like those of `group_by` unless given) identify the group. No rows, or no count, is 0.
    -#}
    with rows_found as (
        select
            row({{ group_by | join(', ') }}) as row_group,
            count(*) as num_rows,
        from {{ model }}
        group by {{ group_by | join(', ') }}
    ),

    rows_expected as (
        select
            row({{ (counts_by or group_by) | join(', ') }}) as row_group,
            {{ count_column }} as expected_rows,
        from {{ counts }}
        where {{ is_in_scope() }}
    )

    select
        row_group,
        coalesce(rows_found.num_rows, 0) as num_rows,
        coalesce(rows_expected.expected_rows, 0) as expected_rows,
    from rows_found
    full join rows_expected using (row_group)
    where coalesce(rows_found.num_rows, 0) <> coalesce(rows_expected.expected_rows, 0)
{% endtest %}
