-- Each movement of an agent's collateral starts where the one before ended, the first at what was posted at the start,
-- and what is posted at the end of a tick is what the last movement left.
with openings as (
    select
        simulation_id,
        agent_no,
        posted_collateral,
    from {{ ref('stg_agents') }}
    where {{ is_in_scope() }}
),

movements as (
    select
        simulation_id,
        agent_no,
        event_seq,
        tick,
        posted_before,
        posted_after,
        case when action = 'post' then amount else -amount end as change,
        lag(posted_after) over (partition by simulation_id, agent_no order by event_seq) as left_before,
        lead(tick) over (partition by simulation_id, agent_no order by event_seq) as next_tick,
    from {{ ref('stg_collateral_movements') }}
    where {{ is_in_scope() }}
),

broken_chains as (
    select
        movements.simulation_id,
        movements.agent_no,
        movements.tick,
        movements.posted_before as posted,
        coalesce(movements.left_before, openings.posted_collateral) as expected,
    from movements
    left join openings
        on movements.simulation_id = openings.simulation_id and movements.agent_no = openings.agent_no
    where
        movements.posted_before is distinct from coalesce(movements.left_before, openings.posted_collateral)
        or movements.posted_after is distinct from movements.posted_before + movements.change
),

last_movements as (
    select
        simulation_id,
        agent_no,
        tick,
        posted_after,
    from movements
    where next_tick is distinct from tick
),

posted_at_end_of_tick as (
    select
        ticks.simulation_id,
        ticks.agent_no,
        ticks.tick,
        ticks.posted_collateral as posted,
        coalesce(last_movements.posted_after, openings.posted_collateral) as expected,
    from {{ ref('stg_agent_ticks') }} as ticks
    inner join openings on ticks.simulation_id = openings.simulation_id and ticks.agent_no = openings.agent_no
    asof left join last_movements
        on
            ticks.simulation_id = last_movements.simulation_id
            and ticks.agent_no = last_movements.agent_no
            and ticks.tick >= last_movements.tick
)

select * from broken_chains
union all
select * from posted_at_end_of_tick
where posted is distinct from expected
