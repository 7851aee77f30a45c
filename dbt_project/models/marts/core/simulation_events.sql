{{ config(materialized='view') }}

-- Events of netting and of the system are about several agents and payments, or none: they have no owner.
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    agent_id,
    tx_id,
    {{ event_details('payment') | indent(4) }} as details,
from {{ ref('stg_payment_events') }}
union all
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    agent_id,
    tx_id,
    {{ event_details('policy') | indent(4) }} as details,
from {{ ref('stg_policy_events') }}
union all
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    null::varchar as agent_id,
    null::varchar as tx_id,
    {{ event_details('netting') | indent(4) }} as details,
from {{ ref('stg_netting_events') }}
union all
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    agent_id,
    null::varchar as tx_id,
    {{ event_details('liquidity') | indent(4) }} as details,
from {{ ref('stg_liquidity_events') }}
union all
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    agent_id,
    null::varchar as tx_id,
    {{ event_details('cost') | indent(4) }} as details,
from {{ ref('stg_cost_events') }}
union all
select
    {{ event_id() }} as event_id,
    simulation_id,
    scenario,
    tick,
    day,
    event_seq,
    event_type,
    null::varchar as agent_id,
    null::varchar as tx_id,
    {{ event_details('system') | indent(4) }} as details,
from {{ ref('stg_system_events') }}
