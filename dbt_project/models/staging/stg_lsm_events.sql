select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    event_type,
    case event_code
        when {{ event_code('LsmBilateralOffset') }} then 'bilateral'
        when {{ event_code('LsmCycleSettlement') }} then 'cycle'
        when {{ event_code('LsmMultilateralSettlement') }} then 'multilateral'
        else 'entry_offset'
    end as mechanism,
    coalesce(agent_nos, [agent_no, counterparty_no]) as agent_nos,
    coalesce(agent_ids, [agent_id, counterparty_id]) as agent_ids,
    -- What the event does to each of the agents: received less sent.
    coalesce(net_positions, [amount_b - amount_a, amount_a - amount_b]) as net_positions,
    -- The payment that came in at an entry offset is not among the queued ones, and is the whole of its direction.
    case
        when incoming_tx_no is null then tx_nos
        else list_prepend(incoming_tx_no, tx_nos)
    end as tx_nos,
    case
        when incoming_tx_no is null then tx_ids
        else list_prepend(incoming_tx_id, tx_ids)
    end as tx_ids,
    case
        when incoming_tx_no is null then tx_amounts
        else list_prepend(amount_a, tx_amounts)
    end as tx_amounts,
    coalesce(total_value, amount_a + amount_b) as total_value,
    coalesce(max_net_outflow, abs(amount_a - amount_b)) as max_net_outflow,
    case
        when net_positions is not null then max_net_outflow_agent_id
        when amount_a > amount_b then agent_id
        when amount_a < amount_b then counterparty_id
    end as max_net_outflow_agent_id,
from {{ ref('stg_netting_events') }}
where event_code <> {{ event_code('AlgorithmExecution') }}
