-- The payments that an event of netting settles net to the position it reports for each agent.
with legs as (
    select
        simulation_id,
        event_seq,
        sender_no,
        receiver_no,
        amount,
    from {{ ref('stg_settlements') }}
    where mechanism in ('bilateral', 'cycle', 'multilateral', 'entry_offset') and {{ is_in_scope() }}
),

sides as (
    select
        simulation_id,
        event_seq,
        sender_no as agent_no,
        -amount as amount,
    from legs
    union all
    select
        simulation_id,
        event_seq,
        receiver_no as agent_no,
        amount,
    from legs
),

net_of_legs as (
    select
        simulation_id,
        event_seq,
        agent_no,
        sum(amount) as net_position,
    from sides
    group by simulation_id, event_seq, agent_no
),

reported as (
    select
        simulation_id,
        event_seq,
        unnest(agent_nos) as agent_no,
        unnest(net_positions) as net_position,
    from {{ ref('stg_lsm_events') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    event_seq,
    agent_no,
    reported.net_position,
    net_of_legs.net_position as expected_net_position,
from reported
full join net_of_legs using (simulation_id, event_seq, agent_no)
where reported.net_position is distinct from net_of_legs.net_position
