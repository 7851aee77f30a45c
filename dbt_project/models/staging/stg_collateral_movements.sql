select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    event_type,
    case event_code
        when {{ event_code('CollateralPost') }} then 'post'
        else 'withdraw'
    end as action,
    agent_no,
    agent_id,
    amount,
    requested_amount,
    reason,
    layer,
    balance_before,
    posted_before,
    posted_after,
    available_capacity_after,
    posted_at_tick as timer_posted_at_tick,
    withdraw_at_tick,
from {{ ref('stg_liquidity_events') }}
where
    event_code in (
        {{ event_code('CollateralPost') }},
        {{ event_code('CollateralWithdraw') }},
        {{ event_code('CollateralTimerWithdrawn') }}
    )
