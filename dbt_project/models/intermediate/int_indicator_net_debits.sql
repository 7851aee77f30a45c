with payments as (
    select
        simulation_id,
        scenario,
        day,
        sender_no,
        receiver_no,
        amount,
        submitted_tick,
        settled_tick,
        last_tick,
    from {{ ref('int_indicator_payments') }}
),

-- Both sides of every payment, at the tick it settled and at the tick it was submitted.
sides as (
    select
        simulation_id,
        scenario,
        day,
        last_tick,
        'settled' as timing,
        sender_no as agent_no,
        settled_tick as tick,
        amount as net_sent,
    from payments
    where settled_tick is not null
    union all
    select
        simulation_id,
        scenario,
        day,
        last_tick,
        'settled' as timing,
        receiver_no as agent_no,
        settled_tick as tick,
        -amount as net_sent,
    from payments
    where settled_tick is not null
    union all
    select
        simulation_id,
        scenario,
        day,
        last_tick,
        'submitted' as timing,
        sender_no as agent_no,
        submitted_tick as tick,
        amount as net_sent,
    from payments
    union all
    select
        simulation_id,
        scenario,
        day,
        last_tick,
        'submitted' as timing,
        receiver_no as agent_no,
        submitted_tick as tick,
        -amount as net_sent,
    from payments
),

-- Payments of the same tick are netted first.
ticks as (
    select
        simulation_id,
        scenario,
        day,
        timing,
        agent_no,
        tick,
        last_tick,
        sum(net_sent)::bigint as net_sent,
    from sides
    group by simulation_id, scenario, day, timing, agent_no, tick, last_tick
),

paths as (
    select
        simulation_id,
        scenario,
        day,
        timing,
        agent_no,
        tick,
        lead(tick, 1, last_tick) over path as until_tick,
        last_tick,
        net_sent,
        (sum(net_sent) over path)::bigint as net_debit,
    from ticks
    window path as (partition by simulation_id, scenario, day, timing, agent_no order by tick)
)

select * from paths
