{{ config(materialized='view') }}

with runs as (
    select
        simulation_id,
        ticks_per_day,
    from {{ ref('stg_simulations') }}
),

ticks as (
    select
        simulation_id,
        tick,
    from {{ ref('stg_rng_states') }}
),

contents as (
    {{ queue_at(ticks='ticks') }}
)

select
    contents.simulation_id,
    contents.scenario,
    contents.tick,
    contents.tick // runs.ticks_per_day as day,
    contents.queue_type,
    contents.agent_id,
    contents.position,
    contents.tx_id,
from contents
inner join runs on contents.simulation_id = runs.simulation_id
