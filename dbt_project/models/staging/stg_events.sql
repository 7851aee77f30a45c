with events as (
    select
        'payment' as family,
        *,
    from {{ ref('stg_payment_events') }}
    union all by name
    select
        'policy' as family,
        *,
    from {{ ref('stg_policy_events') }}
    union all by name
    select
        'netting' as family,
        *,
    from {{ ref('stg_netting_events') }}
    union all by name
    select
        'liquidity' as family,
        *,
    from {{ ref('stg_liquidity_events') }}
    union all by name
    select
        'cost' as family,
        *,
    from {{ ref('stg_cost_events') }}
    union all by name
    select
        'system' as family,
        *,
    from {{ ref('stg_system_events') }}
)

-- The families differ in their columns on purpose, and all of them are shown.
select * -- noqa: AM04
from events
order by simulation_id, event_seq
