{#-
    Where a stay stands in the order of its queue, as a list to sort by. A list, because the order has a history: with
    `priority_deadline` Queue 1 is sorted anew each tick and the sort is stable, so that equals keep the order they had.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_scenarios',
    on_schema_change='fail',
) }}
{%- set after_all = 1000000000 %}

with runs as (
    select
        simulation_id,
        queue1_ordering = 'priority_deadline' as is_sorting_queue1,
        is_priority_mode,
    from {{ ref('stg_simulations') }}
    where {{ is_to_build() }}
),

sorting_runs as (
    select simulation_id
    from runs
    where is_sorting_queue1
),

stays as (
    select
        episodes.simulation_id,
        episodes.scenario,
        episodes.queue_type,
        episodes.agent_no,
        episodes.agent_id,
        episodes.tx_no,
        episodes.tx_id,
        episodes.entered_seq,
        episodes.entered_tick,
        episodes.left_tick,
        episodes.eligible_tick,
        episodes.queue_type = 'queue1' and runs.is_sorting_queue1 as is_sorted,
        case when runs.is_priority_mode then episodes.rtgs_priority_code else 0 end as rtgs_band,
        -- When it took its place at the end: waiting children at the start of their tick, by id, before anything else.
        case
            when episodes.eligible_tick is null then [episodes.entered_tick, 1, episodes.entered_seq]
            else [episodes.eligible_tick, 0, episodes.tx_no]
        end as joined,
        -- The first sort that sees it: the sort comes after arrivals and before the policies' decisions.
        case
            when episodes.eligible_tick is not null then episodes.eligible_tick
            when episodes.entered_by = 'RtgsWithdrawal' then episodes.entered_tick + 1
            else episodes.entered_tick
        end as first_sort_tick,
    from {{ ref('int_queue_episodes') }} as episodes
    inner join runs on episodes.simulation_id = runs.simulation_id
    where {{ is_to_build('episodes.scenario') }}
),

deadlines as (
    select
        arrivals.simulation_id,
        arrivals.tx_no,
        arrivals.deadline_tick,
    from {{ ref('stg_arrivals') }} as arrivals
    semi join sorting_runs on arrivals.simulation_id = sorting_runs.simulation_id
),

-- The priority a payment has in the sort of a tick and later ones, until the next row.
priority_settings as (
    select
        events.simulation_id,
        events.tx_no,
        events.event_seq,
        case
            when events.event_code = {{ event_code('Arrival') }} then events.tick
            else events.tick + 1
        end as sort_tick,
        least(events.priority, 10) as priority,
    from {{ ref('stg_payment_events') }} as events
    semi join sorting_runs on events.simulation_id = sorting_runs.simulation_id
    where events.event_code in ({{ event_code('Arrival') }}, {{ event_code('RtgsSubmission') }})
    union all
    select
        events.simulation_id,
        events.tx_no,
        events.event_seq,
        case
            when events.event_code = {{ event_code('PriorityEscalated') }} then events.tick
            else events.tick + 1
        end as sort_tick,
        events.new_priority as priority,
    from {{ ref('stg_policy_events') }} as events
    semi join sorting_runs on events.simulation_id = sorting_runs.simulation_id
    where events.new_priority is not null
),

priorities as (
    select
        simulation_id,
        tx_no,
        sort_tick,
        max_by(priority, event_seq) as priority,
    from priority_settings
    group by simulation_id, tx_no, sort_tick
),

sorted_stays as (
    select
        stays.*,
        deadlines.deadline_tick,
    from stays
    inner join deadlines on stays.simulation_id = deadlines.simulation_id and stays.tx_no = deadlines.tx_no
    where stays.is_sorted
),

first_priorities as (
    select
        sorted_stays.simulation_id,
        sorted_stays.tx_no,
        sorted_stays.entered_seq,
        sorted_stays.first_sort_tick as since_tick,
        max_by(priorities.priority, priorities.sort_tick) as priority,
    from sorted_stays
    inner join priorities
        on
            sorted_stays.simulation_id = priorities.simulation_id
            and sorted_stays.tx_no = priorities.tx_no
            and sorted_stays.first_sort_tick >= priorities.sort_tick
    group by
        sorted_stays.simulation_id,
        sorted_stays.tx_no,
        sorted_stays.entered_seq,
        sorted_stays.first_sort_tick
),

later_priorities as (
    select
        sorted_stays.simulation_id,
        sorted_stays.tx_no,
        sorted_stays.entered_seq,
        priorities.sort_tick as since_tick,
        priorities.priority,
    from sorted_stays
    inner join priorities
        on
            sorted_stays.simulation_id = priorities.simulation_id
            and sorted_stays.tx_no = priorities.tx_no
            and sorted_stays.first_sort_tick < priorities.sort_tick
            and coalesce(sorted_stays.left_tick, {{ after_all }}) >= priorities.sort_tick
),

stay_priorities as (
    select
        simulation_id,
        tx_no,
        entered_seq,
        since_tick,
        priority,
        lag(priority) over stay as priority_before,
    from (
        select * from first_priorities
        union all
        select * from later_priorities
    ) as all_priorities
    window stay as (partition by simulation_id, entered_seq order by since_tick)
),

changes as (
    select
        simulation_id,
        tx_no,
        entered_seq,
        since_tick,
        priority,
        -- Among equals, who came down from a higher priority stands in front of those who were there, the latest first;
        -- who came up, or in, stands behind them, the latest last.
        case when priority_before > priority then -since_tick else since_tick end as rank_among_equals,
    from stay_priorities
    where priority_before is distinct from priority
),

sorted_places as (
    select
        sorted_stays.simulation_id,
        sorted_stays.scenario,
        sorted_stays.queue_type,
        sorted_stays.agent_no,
        sorted_stays.agent_id,
        sorted_stays.tx_no,
        sorted_stays.tx_id,
        sorted_stays.entered_seq,
        changes.since_tick as from_tick,
        coalesce(lead(changes.since_tick) over stay, sorted_stays.left_tick, {{ after_all }}) as until_tick,
        flatten(
            list_reverse(
                list([-changes.priority, sorted_stays.deadline_tick, changes.rank_among_equals]) over stay
            )
        )
        || [{{ after_all }}] || sorted_stays.joined as order_key,
    from sorted_stays
    inner join changes
        on
            sorted_stays.simulation_id = changes.simulation_id
            and sorted_stays.entered_seq = changes.entered_seq
            and sorted_stays.tx_no = changes.tx_no
    window stay as (
        partition by changes.simulation_id, changes.entered_seq
        order by changes.since_tick
        rows between unbounded preceding and current row
    )
),

unsorted_places as (
    select
        simulation_id,
        scenario,
        queue_type,
        agent_no,
        agent_id,
        tx_no,
        tx_id,
        entered_seq,
        coalesce(eligible_tick, entered_tick) as from_tick,
        case
            when is_sorted then first_sort_tick
            else coalesce(left_tick, {{ after_all }})
        end as until_tick,
        case
            when is_sorted then [{{ after_all }}] || joined
            when queue_type = 'queue2' then [rtgs_band] || joined
            else joined
        end as order_key,
    from stays
),

-- Children that are not yet eligible count, and stand after the queue, by eligibility.
waiting_places as (
    select
        simulation_id,
        scenario,
        queue_type,
        agent_no,
        agent_id,
        tx_no,
        tx_id,
        entered_seq,
        entered_tick as from_tick,
        eligible_tick as until_tick,
        [{{ after_all }} + 1, eligible_tick, tx_no] as order_key,
    from stays
    where eligible_tick is not null
),

places as (
    select * from sorted_places
    union all
    select * from unsorted_places
    union all
    select * from waiting_places
)

select *
from places
where from_tick < until_tick
