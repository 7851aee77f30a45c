{{ config(materialized='view') }}

{#- Family -> the agent and the payment that its events are about. -#}
{%- set owners = {
    'payment': ['agent_id', 'tx_id'],
    'policy': ['agent_id', 'tx_id'],
    'netting': ['null::varchar', 'null::varchar'],
    'liquidity': ['agent_id', 'null::varchar'],
    'cost': ['agent_id', 'null::varchar'],
    'system': ['null::varchar', 'null::varchar'],
} %}

-- Events of netting and of the system are about several agents and payments, or none: they have no owner.
{% for family, (agent_id, tx_id) in owners.items() -%}
    select
        {{ event_id() }} as event_id,
        simulation_id,
        scenario,
        tick,
        day,
        event_seq,
        event_type,
        {{ agent_id }} as agent_id,
        {{ tx_id }} as tx_id,
        {{ event_details(family) | indent(8) }} as details,
    from {{ ref('stg_' ~ family ~ '_events') }}
    {% if not loop.last -%}
        union all
    {% endif %}
{%- endfor %}
