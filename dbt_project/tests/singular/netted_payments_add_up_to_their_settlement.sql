-- The payments that a netting settled add up to its gross value; what they come to for each of their agents is the
-- liquidity it used and the number of agents that took part.
with payments as (
    select
        simulation_id,
        cycle_id,
        sender_id,
        receiver_id,
        amount,
    from {{ ref('lsm_cycle_transactions') }}
    where {{ is_in_scope() }}
),

sides as (
    select
        simulation_id,
        cycle_id,
        sender_id as agent_id,
        amount as sent,
        0 as received,
    from payments
    union all
    select
        simulation_id,
        cycle_id,
        receiver_id as agent_id,
        0 as sent,
        amount as received,
    from payments
),

agents as (
    select
        simulation_id,
        cycle_id,
        agent_id,
        sum(sent) as sent,
        greatest(sum(sent) - sum(received), 0) as net_debit,
    from sides
    group by simulation_id, cycle_id, agent_id
),

expected as (
    select
        simulation_id,
        cycle_id,
        sum(sent) as total_value,
        sum(net_debit) as settled_value,
        count(*) as cycle_length,
    from agents
    group by simulation_id, cycle_id
),

cycles as (
    select
        simulation_id,
        cycle_id,
        total_value,
        settled_value,
        liquidity_saved,
        cycle_length,
    from {{ ref('lsm_cycles') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    cycle_id,
    cycles.total_value,
    expected.total_value as expected_total_value,
    cycles.settled_value,
    expected.settled_value as expected_settled_value,
    cycles.liquidity_saved,
    cycles.cycle_length,
    expected.cycle_length as expected_cycle_length,
from cycles
full join expected using (simulation_id, cycle_id)
where
    cycles.total_value is distinct from expected.total_value
    or cycles.settled_value is distinct from expected.settled_value
    or cycles.liquidity_saved is distinct from expected.total_value - expected.settled_value
    or cycles.cycle_length is distinct from expected.cycle_length
