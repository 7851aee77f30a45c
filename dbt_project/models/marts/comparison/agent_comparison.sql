{{ config(materialized='table') }}

{#- Not a part of any scenario: built anew from all runs each time, which are few beside what they are made of. -#}
{%- set figures = [
    'sent_value',
    'received_value',
    'unsettled_value',
    'total_cost',
    'settlement_delay',
    'weighted_delay_ticks',
    'queue_value_max',
    'max_net_debit_avg',
    'max_net_debit_max',
    'share_funded_by_receipts',
] -%}

with pairs as (
    select
        simulation_id,
        scenario,
        baseline_simulation_id,
        baseline_scenario,
        compared_as,
    from {{ ref('int_comparison_pairs') }}
),

agents as (
    select * from {{ ref('int_indicator_agent_runs') }}
)

-- Agents that only one of the two runs has cannot be compared.
select
    pairs.simulation_id,
    pairs.scenario,
    pairs.baseline_simulation_id,
    pairs.baseline_scenario,
    pairs.compared_as,
    agents.agent_id,
    {%- for figure in figures %}
        agents.{{ figure }},
        baselines.{{ figure }} as baseline_{{ figure }},
        agents.{{ figure }} - baselines.{{ figure }} as {{ figure }}_delta,
    {%- endfor %}
from pairs
inner join agents on pairs.simulation_id = agents.simulation_id
inner join agents as baselines
    on pairs.baseline_simulation_id = baselines.simulation_id and agents.agent_id = baselines.agent_id
