{% test conserves_money(model, amount, moment, openings, opening_amount) %}
    {#-
        No cent is made or lost: summed over all agents, `amount` is at every `moment` what the run began with, the sum
        of `opening_amount` over `openings`.
    -#}
    with begun_with as (
        select
            simulation_id,
            sum({{ opening_amount }}) as total,
        from {{ openings }}
        where {{ is_in_scope() }}
        group by simulation_id
    ),

    held as (
        select
            simulation_id,
            {{ moment }} as moment,
            sum({{ amount }}) as total,
        from {{ model }}
        group by simulation_id, {{ moment }}
    )

    select
        held.simulation_id,
        held.moment,
        held.total,
        begun_with.total as begun_with,
    from held
    left join begun_with on held.simulation_id = begun_with.simulation_id
    where held.total is distinct from begun_with.total
{% endtest %}
