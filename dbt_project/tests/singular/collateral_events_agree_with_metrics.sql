-- An agent posts and withdraws as often in a day as its metrics say, and what is posted changes by as much.
with movements as (
    select
        simulation_id,
        agent_id,
        day,
        count(*) filter (where action = 'post') as num_posts,
        count(*) filter (where action = 'withdraw') as num_withdrawals,
        sum(posted_collateral_after - posted_collateral_before) as change,
    from {{ ref('collateral_events') }}
    where {{ is_in_scope() }}
    group by simulation_id, agent_id, day
),

metrics as (
    select
        simulation_id,
        agent_id,
        day,
        num_collateral_posts,
        num_collateral_withdrawals,
        closing_posted_collateral - opening_posted_collateral as change,
    from {{ ref('daily_agent_metrics') }}
    where {{ is_in_scope() }}
)

-- Of a day that was not finished there are movements but no metrics.
select
    metrics.simulation_id,
    metrics.agent_id,
    metrics.day,
    metrics.num_collateral_posts,
    movements.num_posts as expected_posts,
    metrics.num_collateral_withdrawals,
    movements.num_withdrawals as expected_withdrawals,
    metrics.change,
    movements.change as expected_change,
from metrics
left join movements
    on
        metrics.simulation_id = movements.simulation_id
        and metrics.agent_id = movements.agent_id
        and metrics.day = movements.day
where
    metrics.num_collateral_posts <> coalesce(movements.num_posts, 0)
    or metrics.num_collateral_withdrawals <> coalesce(movements.num_withdrawals, 0)
    or metrics.change <> coalesce(movements.change, 0)
