with settlements as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        mechanism,
        agent_ids,
        tx_ids,
        tx_amounts,
        net_positions,
        list_sum([greatest(-net_position, 0) for net_position in net_positions])::bigint as settled_value,
        total_value,
        max_net_outflow,
        max_net_outflow_agent_id,
    from {{ ref('stg_lsm_events') }}
    where {{ is_to_build() }}
)

select
    simulation_id,
    scenario,
    {{ event_id() }} as cycle_id,
    event_seq,
    tick,
    day,
    case
        when mechanism in ('bilateral', 'entry_offset') then 'bilateral'
        else 'multilateral'
    end as cycle_type,
    mechanism as algorithm,
    len(agent_ids)::integer as cycle_length,
    agent_ids as agents,
    tx_ids as transactions,
    len(tx_ids)::integer as num_transactions,
    settled_value,
    total_value,
    total_value - settled_value as liquidity_saved,
    (total_value - settled_value) / total_value as netting_ratio,
    tx_amounts,
    net_positions,
    max_net_outflow,
    max_net_outflow_agent_id as max_net_outflow_agent,
from settlements
