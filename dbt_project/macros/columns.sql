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
