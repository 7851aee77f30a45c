-- How long a netted payment had waited in Queue 2: the stay that the settlement ended. The incoming payment of an entry
-- offset was never there.
with stays as (
    select
        simulation_id,
        tx_no,
        left_seq,
        entered_tick,
    from {{ ref('int_queue_episodes') }}
    where queue_type = 'queue2'
)

select
    legs.simulation_id,
    legs.scenario,
    legs.event_seq,
    legs.position,
    legs.tick,
    legs.day,
    legs.mechanism as algorithm,
    legs.tx_no,
    legs.tx_id,
    legs.sender_no,
    legs.sender_id,
    legs.receiver_no,
    legs.receiver_id,
    legs.amount,
    legs.tick - coalesce(stays.entered_tick, legs.tick) as queue2_ticks,
from {{ ref('stg_settlements') }} as legs
left join stays
    on
        legs.simulation_id = stays.simulation_id
        and legs.tx_no = stays.tx_no
        and legs.event_seq = stays.left_seq
where legs.mechanism in ('bilateral', 'cycle', 'multilateral', 'entry_offset')
