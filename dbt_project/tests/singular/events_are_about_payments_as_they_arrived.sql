-- Whatever an event tells of a payment, it tells of the payer, the receiver and the amount with which it arrived.
with arrivals as (
    select
        simulation_id,
        tx_no,
        sender_no,
        receiver_no,
        amount,
    from {{ ref('stg_arrivals') }}
    where {{ is_in_scope() }}
),

events as (
    select
        simulation_id,
        event_seq,
        tx_no,
        agent_no,
        counterparty_no,
        amount,
    from {{ ref('stg_payment_events') }}
    where event_code <> {{ event_code('Arrival') }} and {{ is_in_scope() }}
    union all
    select
        simulation_id,
        event_seq,
        tx_no,
        agent_no,
        null as counterparty_no,
        null as amount,
    from {{ ref('stg_policy_events') }}
    where {{ is_in_scope() }}
)

select
    events.simulation_id,
    events.event_seq,
    events.tx_no,
    events.agent_no,
    arrivals.sender_no,
    events.counterparty_no,
    arrivals.receiver_no,
    events.amount,
    arrivals.amount as amount_at_arrival,
from events
inner join arrivals on events.simulation_id = arrivals.simulation_id and events.tx_no = arrivals.tx_no
where
    events.agent_no <> arrivals.sender_no
    or events.counterparty_no <> arrivals.receiver_no
    or events.amount <> arrivals.amount
