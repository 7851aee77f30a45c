-- Time does not run backwards: what comes later in the log happened in the same tick or in a later one.
with ticks as (
    select
        simulation_id,
        tick,
        min(event_seq) as first_seq,
        max(event_seq) as last_seq,
    from {{ ref('stg_events') }}
    where {{ is_in_scope() }}
    group by simulation_id, tick
),

ticks_in_order as (
    select
        simulation_id,
        tick,
        first_seq,
        lag(last_seq) over (partition by simulation_id order by tick) as last_seq_before,
    from ticks
)

select *
from ticks_in_order
where first_seq < last_seq_before
