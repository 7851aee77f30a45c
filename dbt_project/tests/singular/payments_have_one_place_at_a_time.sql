-- At the end of any tick a payment has one place in one queue at most, and its places in a stay follow one another
-- without a gap.
with places as (
    select
        simulation_id,
        tx_no,
        entered_seq,
        from_tick,
        until_tick,
        lead(from_tick) over payment as next_from_tick,
        lead(entered_seq) over payment as next_entered_seq,
    from {{ ref('int_queue_places') }}
    where {{ is_in_scope() }}
    window payment as (partition by simulation_id, tx_no order by from_tick, until_tick)
)

select *
from places
where
    next_from_tick < until_tick
    or (next_from_tick > until_tick and next_entered_seq = entered_seq)
