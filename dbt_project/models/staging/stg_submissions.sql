select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    tx_no,
    tx_id,
    agent_no as sender_no,
    agent_id as sender_id,
    counterparty_no as receiver_no,
    counterparty_id as receiver_id,
    amount,
    priority,
    rtgs_priority,
from {{ ref('stg_payment_events') }}
where event_code = {{ event_code('RtgsSubmission') }}
