with deferred_runs as (
    select simulation_id
    from {{ ref('stg_simulations') }}
    where is_deferred_crediting
),

agents as (
    select
        simulation_id,
        agent_no,
        agent_id,
    from {{ ref('stg_agents') }}
),

gross_settlements as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        case event_code
            when {{ event_code('RtgsImmediateSettlement') }} then 'immediate'
            else 'queue2'
        end as cause,
        agent_no,
        agent_id,
        counterparty_no,
        counterparty_id,
        tx_no,
        tx_id,
        amount,
    from {{ ref('stg_payment_events') }}
    where event_code in ({{ event_code('RtgsImmediateSettlement') }}, {{ event_code('Queue2LiquidityRelease') }})
),

sent as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        agent_no,
        agent_id,
        -amount as amount,
        cause,
        counterparty_id,
        tx_no,
        tx_id,
    from gross_settlements
),

-- With deferred crediting what is received comes with the tick's deferred credit and not with the settlement.
received as (
    select
        gross_settlements.simulation_id,
        gross_settlements.scenario,
        gross_settlements.event_seq,
        gross_settlements.tick,
        gross_settlements.day,
        gross_settlements.counterparty_no as agent_no,
        gross_settlements.counterparty_id as agent_id,
        gross_settlements.amount,
        gross_settlements.cause,
        gross_settlements.agent_id as counterparty_id,
        gross_settlements.tx_no,
        gross_settlements.tx_id,
    from gross_settlements
    anti join deferred_runs on gross_settlements.simulation_id = deferred_runs.simulation_id
),

-- Netting changes each participant's balance once, by its net (D30).
net_positions as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        unnest(agent_nos) as agent_no,
        unnest(agent_ids) as agent_id,
        unnest(net_positions) as amount,
        mechanism as cause,
    from {{ ref('stg_lsm_events') }}
),

netted as (
    select
        net_positions.simulation_id,
        net_positions.scenario,
        net_positions.event_seq,
        net_positions.tick,
        net_positions.day,
        net_positions.agent_no,
        net_positions.agent_id,
        net_positions.amount,
        net_positions.cause,
        null::varchar as counterparty_id,
        null::bigint as tx_no,
        null::varchar as tx_id,
    from net_positions
    left join deferred_runs on net_positions.simulation_id = deferred_runs.simulation_id
    where net_positions.amount < 0 or deferred_runs.simulation_id is null
),

liquidity_movements as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        agent_no,
        agent_id,
        amount,
        movement as cause,
        null::varchar as counterparty_id,
        null::bigint as tx_no,
        null::varchar as tx_id,
    from {{ ref('stg_liquidity_movements') }}
),

direct_transfers as (
    select
        simulation_id,
        scenario,
        event_seq,
        tick,
        day,
        unnest([agent_id, counterparty_id]) as agent_id,
        unnest([counterparty_id, agent_id]) as counterparty_id,
        unnest([-amount, amount]) as amount,
    from {{ ref('stg_scenario_events') }}
    where scenario_event_type = 'direct_transfer'
),

transferred as (
    select
        direct_transfers.simulation_id,
        direct_transfers.scenario,
        direct_transfers.event_seq,
        direct_transfers.tick,
        direct_transfers.day,
        agents.agent_no,
        direct_transfers.agent_id,
        direct_transfers.amount,
        'direct_transfer' as cause,
        direct_transfers.counterparty_id,
        null::bigint as tx_no,
        null::varchar as tx_id,
    from direct_transfers
    left join agents
        on direct_transfers.simulation_id = agents.simulation_id and direct_transfers.agent_id = agents.agent_id
),

flows as (
    select * from sent
    union all
    select * from received
    union all
    select * from netted
    union all
    select * from liquidity_movements
    union all
    select * from transferred
)

select *
from flows
where amount <> 0
