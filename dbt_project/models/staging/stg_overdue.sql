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
    deadline_tick,
    tick - deadline_tick as ticks_overdue,
    deadline_penalty_cost,
from {{ ref('stg_payment_events') }}
where event_code = {{ event_code('TransactionWentOverdue') }}
