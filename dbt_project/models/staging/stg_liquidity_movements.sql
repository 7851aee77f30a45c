select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    case event_code
        when {{ event_code('LiquidityAllocation') }} then 'pool_allocation'
        when {{ event_code('LiquidityReturn') }} then 'pool_return'
        else 'deferred_credit'
    end as movement,
    agent_no,
    agent_id,
    case event_code
        when {{ event_code('LiquidityReturn') }} then -amount
        else amount
    end as amount,
    fraction,
    balance_after,
    tx_nos,
    tx_ids,
from {{ ref('stg_liquidity_events') }}
where
    event_code in (
        {{ event_code('LiquidityAllocation') }},
        {{ event_code('LiquidityReturn') }},
        {{ event_code('DeferredCreditApplied') }}
    )
