{{ config(materialized='table') }}

{#- Not a part of any scenario: built anew from all runs each time, which are few beside what they are made of. -#}
{%- set figures = [
    'total_arrivals',
    'total_settlements',
    'settlement_rate',
    'settled_value',
    'unsettled_value',
    'total_cost',
    'liquidity_cost',
    'delay_cost',
    'collateral_cost',
    'penalty_cost',
    'split_friction_cost',
    'liquidity_opportunity_cost',
    'settlement_delay',
    'weighted_delay_ticks',
    'share_ever_queued',
    'max_net_debit_avg',
    'max_net_debit_max',
    'turnover_ratio',
    'liquidity_usage_ratio',
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

runs as (
    select * from {{ ref('int_indicator_runs') }}
)

select
    pairs.simulation_id,
    pairs.scenario,
    pairs.baseline_simulation_id,
    pairs.baseline_scenario,
    pairs.compared_as,
    {%- for figure in figures %}
        runs.{{ figure }},
        baselines.{{ figure }} as baseline_{{ figure }},
        runs.{{ figure }} - baselines.{{ figure }} as {{ figure }}_delta,
    {%- endfor %}
from pairs
inner join runs on pairs.simulation_id = runs.simulation_id
inner join runs as baselines on pairs.baseline_simulation_id = baselines.simulation_id
