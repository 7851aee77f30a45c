-- Of a run that did not end, payments that were not final are missing, so what was unsettled cannot be told: such runs
-- are left out, here and in all that follows.
with ended_runs as (
    select
        simulation_id,
        ticks_per_day,
    from {{ ref('stg_simulations') }}
    where status = 'completed'
),

-- Each cent once: of a split payment its children count, never itself. They have its tick of arrival.
payments as (
    select
        payments.simulation_id,
        payments.scenario,
        payments.tx_no,
        payments.sender_no,
        payments.receiver_no,
        payments.amount,
        payments.arrival_tick,
        payments.arrival_day,
        payments.settlement_tick,
        payments.settlement_day,
        payments.settled_via,
        ended_runs.ticks_per_day,
    from {{ ref('stg_transactions') }} as payments
    inner join ended_runs on payments.simulation_id = ended_runs.simulation_id
    where
        payments.status not in ('split', 'partially_settled')
        and payments.settled_via is distinct from 'children'
),

on_day_of_arrival as (
    select
        simulation_id,
        scenario,
        arrival_day as day,
        tx_no,
        sender_no,
        receiver_no,
        amount,
        false as is_carried_over,
        arrival_tick - arrival_day * ticks_per_day as submitted_tick,
        case when settlement_day = arrival_day then settlement_tick - arrival_day * ticks_per_day end as settled_tick,
        ticks_per_day - 1 as last_tick,
        case when settlement_day = arrival_day then settled_via end as mechanism,
    from payments
),

-- A payment of an earlier day counts again on the day it settles, as if submitted when that day began.
on_day_of_settlement as (
    select
        simulation_id,
        scenario,
        settlement_day as day,
        tx_no,
        sender_no,
        receiver_no,
        amount,
        true as is_carried_over,
        0 as submitted_tick,
        settlement_tick - settlement_day * ticks_per_day as settled_tick,
        ticks_per_day - 1 as last_tick,
        settled_via as mechanism,
    from payments
    where settlement_day > arrival_day
),

payments_of_days as (
    select * from on_day_of_arrival
    union all
    select * from on_day_of_settlement
)

select * from payments_of_days
