select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    case event_code
        when {{ event_code('BilateralLimitExceeded') }} then 'bilateral'
        else 'multilateral'
    end as limit_type,
    tx_no,
    tx_id,
    agent_no as sender_no,
    agent_id as sender_id,
    counterparty_no as receiver_no,
    counterparty_id as receiver_id,
    amount,
    current_outflow,
    outflow_limit,
from {{ ref('stg_payment_events') }}
where event_code in ({{ event_code('BilateralLimitExceeded') }}, {{ event_code('MultilateralLimitExceeded') }})
