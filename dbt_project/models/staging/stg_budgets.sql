select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    agent_no,
    agent_id,
    max_value,
    focus_counterparties,
    max_per_counterparty,
from {{ ref('stg_liquidity_events') }}
where event_code = {{ event_code('BankBudgetSet') }}
