{{ config(
    materialized='incremental',
    incremental_strategy='replace_scenarios',
    on_schema_change='fail',
) }}

with ended_runs as (
    select
        simulation_id,
        ticks_per_day,
    from {{ ref('stg_simulations') }}
    where status = 'completed'
),

payments as (
    select
        simulation_id,
        day,
        sender_no,
        receiver_no,
        amount,
        is_carried_over,
        submitted_tick,
        settled_tick,
        last_tick,
        -- Who has not settled waits to the end of the day.
        coalesce(settled_tick, last_tick) - submitted_tick as delay_ticks,
    from {{ ref('int_indicator_payments') }}
    where {{ is_to_build() }}
),

net_debits as (
    select
        simulation_id,
        day,
        timing,
        agent_no,
        tick,
        until_tick,
        last_tick,
        net_debit,
    from {{ ref('int_indicator_net_debits') }}
    where {{ is_to_build() }}
),

-- Every agent has a row for every day, whether or not it pays.
agent_days as (
    select
        ticks.simulation_id,
        ticks.scenario,
        ticks.day,
        ticks.agent_no,
        ticks.agent_id,
        ended_runs.ticks_per_day - 1 as last_tick,
        max(ticks.queue1_value + ticks.queue2_value) as queue_value_max,
        max(ticks.queue1_size + ticks.queue2_size) as queue_count_max,
    from {{ ref('stg_agent_ticks') }} as ticks
    inner join ended_runs on ticks.simulation_id = ended_runs.simulation_id
    where {{ is_to_build('ticks.scenario') }}
    group by
        ticks.simulation_id,
        ticks.scenario,
        ticks.day,
        ticks.agent_no,
        ticks.agent_id,
        ended_runs.ticks_per_day
),

sent as (
    select
        simulation_id,
        day,
        sender_no as agent_no,
        sum(amount) as submitted_value,
        count(*) as submitted_volume,
        sum(amount) filter (where is_carried_over) as carried_over_value,
        count(*) filter (where is_carried_over) as carried_over_volume,
        sum(amount) filter (where settled_tick is not null) as sent_value,
        count(settled_tick) as sent_volume,
        sum(amount) filter (where is_carried_over or settled_tick is null or delay_ticks > 0) as queued_value,
        sum(amount::hugeint * delay_ticks) as delay_value_ticks,
        sum(amount::hugeint * (last_tick - submitted_tick)) as longest_delay_value_ticks,
        sum(amount::hugeint * settled_tick) as settled_value_ticks,
    from payments
    group by simulation_id, day, sender_no
),

received as (
    select
        simulation_id,
        day,
        receiver_no as agent_no,
        sum(amount) as received_value,
        count(*) as received_volume,
    from payments
    where settled_tick is not null
    group by simulation_id, day, receiver_no
),

paths as (
    select
        simulation_id,
        day,
        agent_no,
        greatest(max(net_debit) filter (where timing = 'settled'), 0) as max_net_debit,
        greatest(max(-net_debit) filter (where timing = 'settled'), 0) as max_net_credit,
        greatest(max(net_debit) filter (where timing = 'submitted'), 0) as upper_bound,
        -- When all that was submitted has been paid and received.
        greatest(max_by(net_debit, tick) filter (where timing = 'submitted'), 0) as lower_bound,
        -- The weight falls linearly from 1 to 0 over the day, so that it is 1 - tick / last_tick in the middle of a
        -- step. Multiplied by 2 last_tick it is a whole number, and the sum is exact in whatever order it is taken.
        sum(
            greatest(net_debit, 0)::hugeint * (until_tick - tick) * (2 * last_tick - tick - until_tick)
        ) filter (where timing = 'settled') as weighted_debit,
    from net_debits
    group by simulation_id, day, agent_no
)

select
    agent_days.simulation_id,
    agent_days.scenario,
    agent_days.day,
    agent_days.agent_no,
    agent_days.agent_id,
    agent_days.last_tick,
    coalesce(sent.submitted_value, 0)::bigint as submitted_value,
    coalesce(sent.submitted_volume, 0) as submitted_volume,
    coalesce(sent.carried_over_value, 0)::bigint as carried_over_value,
    coalesce(sent.carried_over_volume, 0) as carried_over_volume,
    coalesce(sent.sent_value, 0)::bigint as sent_value,
    coalesce(sent.sent_volume, 0) as sent_volume,
    coalesce(received.received_value, 0)::bigint as received_value,
    coalesce(received.received_volume, 0) as received_volume,
    coalesce(sent.queued_value, 0)::bigint as queued_value,
    coalesce(sent.delay_value_ticks, 0)::hugeint as delay_value_ticks,
    coalesce(sent.longest_delay_value_ticks, 0)::hugeint as longest_delay_value_ticks,
    coalesce(sent.settled_value_ticks, 0)::hugeint as settled_value_ticks,
    coalesce(paths.max_net_debit, 0)::bigint as max_net_debit,
    coalesce(paths.max_net_credit, 0)::bigint as max_net_credit,
    coalesce(paths.lower_bound, 0)::bigint as lower_bound,
    coalesce(paths.upper_bound, 0)::bigint as upper_bound,
    coalesce(paths.weighted_debit, 0)::hugeint as weighted_debit,
    agent_days.queue_value_max::bigint as queue_value_max,
    agent_days.queue_count_max::bigint as queue_count_max,
from agent_days
left join sent
    on
        agent_days.simulation_id = sent.simulation_id
        and agent_days.day = sent.day
        and agent_days.agent_no = sent.agent_no
left join received
    on
        agent_days.simulation_id = received.simulation_id
        and agent_days.day = received.day
        and agent_days.agent_no = received.agent_no
left join paths
    on
        agent_days.simulation_id = paths.simulation_id
        and agent_days.day = paths.day
        and agent_days.agent_no = paths.agent_no
