{{ config(
    materialized='incremental',
    incremental_strategy='replace_scenarios',
    on_schema_change='fail',
) }}

with agents as (
    select
        simulation_id,
        agent_no,
        agent_id,
    from {{ ref('stg_agents') }}
),

-- Every event that puts a payment into a queue or takes it out of one. `place` is where the payment is afterwards.
payment_moves as (
    select
        simulation_id,
        scenario,
        tx_no,
        event_seq,
        tick,
        event_type,
        case
            -- Children of a split are released at once, unless they wait for their turn (D17). A settlement on schedule
            -- never waits (D9).
            when event_code = {{ event_code('Arrival') }} and origin = 'split' and eligible_tick is null then 'released'
            when event_code = {{ event_code('Arrival') }} and origin = 'scheduled_settlement' then 'released'
            when event_code = {{ event_code('Arrival') }} then 'queue1'
            when event_code = {{ event_code('RtgsSubmission') }} then 'released'
            when event_code = {{ event_code('QueuedRtgs') }} then 'queue2'
            else 'settled'
        end as place,
        agent_no,
        eligible_tick,
        rtgs_priority_code,
    from {{ ref('stg_payment_events') }}
    where
        event_code in (
            {{ event_code('Arrival') }},
            {{ event_code('RtgsSubmission') }},
            {{ event_code('QueuedRtgs') }},
            {{ event_code('RtgsImmediateSettlement') }},
            {{ event_code('Queue2LiquidityRelease') }}
        )
        and {{ is_to_build() }}
),

policy_moves as (
    select
        simulation_id,
        scenario,
        tx_no,
        event_seq,
        tick,
        event_type,
        case event_code
            -- To the end of the sender's Queue 1 (D15, D16).
            when {{ event_code('RtgsWithdrawal') }} then 'queue1'
            when {{ event_code('PolicyDrop') }} then 'dropped'
            else 'split'
        end as place,
        agent_no,
        null::integer as eligible_tick,
        null::utinyint as rtgs_priority_code,
    from {{ ref('stg_policy_events') }}
    where
        event_code in (
            {{ event_code('RtgsWithdrawal') }},
            {{ event_code('PolicyDrop') }},
            {{ event_code('PolicySplit') }}
        )
        and {{ is_to_build() }}
),

netting_moves as (
    select
        simulation_id,
        scenario,
        unnest(tx_nos) as tx_no,
        event_seq,
        tick,
        event_type,
        'settled' as place,
        null::integer as agent_no,
        null::integer as eligible_tick,
        null::utinyint as rtgs_priority_code,
    from {{ ref('stg_lsm_events') }}
    where {{ is_to_build() }}
),

moves as (
    select * from payment_moves
    union all
    select * from policy_moves
    union all
    select * from netting_moves
),

moves_in_order as (
    select
        simulation_id,
        scenario,
        tx_no,
        place,
        agent_no,
        event_seq as entered_seq,
        tick as entered_tick,
        event_type as entered_by,
        eligible_tick,
        lag(rtgs_priority_code) over payment as rtgs_priority_code,
        lead(event_seq) over payment as left_seq,
        lead(tick) over payment as left_tick,
        lead(event_type) over payment as left_by,
    from moves
    window payment as (partition by simulation_id, tx_no order by event_seq)
),

stays as (
    select
        simulation_id,
        scenario,
        tx_no,
        place as queue_type,
        agent_no,
        entered_seq,
        entered_tick,
        entered_by,
        eligible_tick,
        -- With this priority it was handed to the central system just before it was queued there.
        case when place = 'queue2' then rtgs_priority_code end as rtgs_priority_code,
        left_seq,
        left_tick,
        left_by,
    from moves_in_order
    where place in ('queue1', 'queue2')
)

select
    stays.simulation_id,
    stays.scenario,
    stays.queue_type,
    stays.agent_no,
    agents.agent_id,
    stays.tx_no,
    {{ tx_id('stays.tx_no') }} as tx_id,
    stays.entered_seq,
    stays.entered_tick,
    stays.entered_by,
    stays.eligible_tick,
    stays.rtgs_priority_code,
    stays.left_seq,
    stays.left_tick,
    stays.left_by,
from stays
left join agents on stays.simulation_id = agents.simulation_id and stays.agent_no = agents.agent_no
