-- Every agent that an event, a list of an event, a payment or a state names is an agent of the run.
with named as (
    select
        simulation_id,
        scenario,
        'stg_payment_events.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_payment_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_payment_events.counterparty_no' as named_by,
        counterparty_no as agent_no,
        counterparty_id as agent_id,
    from {{ ref('stg_payment_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_policy_events.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_policy_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_netting_events.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_netting_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_netting_events.counterparty_no' as named_by,
        counterparty_no as agent_no,
        counterparty_id as agent_id,
    from {{ ref('stg_netting_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_netting_events.max_net_outflow_agent_no' as named_by,
        max_net_outflow_agent_no,
        max_net_outflow_agent_id as agent_id,
    from {{ ref('stg_netting_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_liquidity_events.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_liquidity_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_cost_events.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_cost_events') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_transactions.sender_no' as named_by,
        sender_no as agent_no,
        sender_id as agent_id,
    from {{ ref('stg_transactions') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_transactions.receiver_no' as named_by,
        receiver_no as agent_no,
        receiver_id as agent_id,
    from {{ ref('stg_transactions') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_agent_ticks.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_agent_ticks') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_queue_snapshots.agent_no' as named_by,
        agent_no,
        agent_id,
    from {{ ref('stg_queue_snapshots') }}
    union all
    select
        simulation_id,
        scenario,
        'stg_netting_events.agent_nos' as named_by,
        unnest(agent_nos) as agent_no,
        unnest(agent_ids) as agent_id,
    from {{ ref('stg_netting_events') }}
)

select
    simulation_id,
    named_by,
    agent_no,
from named
where agent_no is not null and agent_id is null and {{ is_in_scope() }}
