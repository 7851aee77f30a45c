-- Events of netting name only the payments; who pays whom was said when they arrived.
with arrivals as (
    select
        simulation_id,
        tx_no,
        sender_no,
        sender_id,
        receiver_no,
        receiver_id,
    from {{ ref('stg_arrivals') }}
),

gross as (
    select
        simulation_id,
        scenario,
        event_seq,
        0 as position,
        tick,
        day,
        event_type,
        case event_code
            when {{ event_code('RtgsImmediateSettlement') }} then 'immediate'
            else 'queue2'
        end as mechanism,
        tx_no,
        tx_id,
        agent_no as sender_no,
        agent_id as sender_id,
        counterparty_no as receiver_no,
        counterparty_id as receiver_id,
        amount,
        balance_before as sender_balance_before,
        queue_wait_ticks,
        release_reason,
    from {{ ref('stg_payment_events') }}
    where event_code in ({{ event_code('RtgsImmediateSettlement') }}, {{ event_code('Queue2LiquidityRelease') }})
),

netted_legs as (
    select
        simulation_id,
        scenario,
        event_seq,
        unnest(range(len(tx_nos))) as position,
        tick,
        day,
        event_type,
        mechanism,
        unnest(tx_nos) as tx_no,
        unnest(tx_ids) as tx_id,
        unnest(tx_amounts) as amount,
    from {{ ref('stg_lsm_events') }}
),

netted as (
    select
        netted_legs.simulation_id,
        netted_legs.scenario,
        netted_legs.event_seq,
        netted_legs.position::integer as position,
        netted_legs.tick,
        netted_legs.day,
        netted_legs.event_type,
        netted_legs.mechanism,
        netted_legs.tx_no,
        netted_legs.tx_id,
        arrivals.sender_no,
        arrivals.sender_id,
        arrivals.receiver_no,
        arrivals.receiver_id,
        netted_legs.amount,
        null::bigint as sender_balance_before,
        null::integer as queue_wait_ticks,
        null::varchar as release_reason,
    from netted_legs
    left join arrivals
        on netted_legs.simulation_id = arrivals.simulation_id and netted_legs.tx_no = arrivals.tx_no
)

select * from gross
union all
select * from netted
