{% macro event_id(run='simulation_id', number='event_seq') -%}
    {#- The id of an event, unique over all runs. -#}
    {{ run }} || ':' || {{ number }}
{%- endmacro %}

{% macro tx_id(number) -%}
    {#- The id of a payment, from its number; null stays null. -#}
    printf('tx_%08d', {{ number }})
{%- endmacro %}

{% macro tx_ids(numbers) -%}
    {#- The ids of a list of payments, from their numbers; null stays null. -#}
    [printf('tx_%08d', tx_no) for tx_no in {{ numbers }}]
{%- endmacro %}

{% macro event_head() -%}
    {#- What every event begins with, from `events` (a raw family) and `simulations` (the runs). -#}
    events.simulation_id,
    simulations.scenario,
    events.event_seq,
    events.tick,
    events.tick // simulations.ticks_per_day as day,
    events.event_type as event_code,
    {{ event_type_name('events.event_type') }} as event_type,
{%- endmacro %}

{% macro sums_of_costs() -%}
    {#- The six components of costs and their total, added up over a group. -#}
    sum(liquidity_cost)::bigint as liquidity_cost,
    sum(delay_cost)::bigint as delay_cost,
    sum(collateral_cost)::bigint as collateral_cost,
    sum(penalty_cost)::bigint as penalty_cost,
    sum(split_friction_cost)::bigint as split_friction_cost,
    sum(liquidity_opportunity_cost)::bigint as liquidity_opportunity_cost,
    sum(total_cost)::bigint as total_cost,
{%- endmacro %}
