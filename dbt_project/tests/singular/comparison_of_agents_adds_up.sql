-- The differences of the agents add up to the difference of the runs, where both have the same agents.
with pairs as (
    select
        simulation_id,
        baseline_simulation_id,
        settled_value_delta,
        unsettled_value_delta,
        total_cost_delta,
    from {{ ref('simulation_comparison') }}
    where {{ is_in_scope() }}
),

agents as (
    select
        simulation_id,
        baseline_simulation_id,
        count(*) as num_agents,
        sum(sent_value_delta) as sent_value_delta,
        sum(received_value_delta) as received_value_delta,
        sum(unsettled_value_delta) as unsettled_value_delta,
        sum(total_cost_delta) as total_cost_delta,
    from {{ ref('agent_comparison') }}
    where {{ is_in_scope() }}
    group by simulation_id, baseline_simulation_id
),

runs as (
    select
        simulation_id,
        num_agents,
    from {{ ref('simulations') }}
)

select
    pairs.simulation_id,
    pairs.baseline_simulation_id,
    pairs.settled_value_delta,
    agents.sent_value_delta,
    agents.received_value_delta,
    pairs.total_cost_delta,
    agents.total_cost_delta as total_cost_delta_of_agents,
from pairs
inner join runs on pairs.simulation_id = runs.simulation_id
inner join runs as baselines on pairs.baseline_simulation_id = baselines.simulation_id
left join agents
    on
        pairs.simulation_id = agents.simulation_id
        and pairs.baseline_simulation_id = agents.baseline_simulation_id
where
    coalesce(agents.num_agents, 0) = greatest(runs.num_agents, baselines.num_agents)
    and (
        pairs.settled_value_delta is distinct from agents.sent_value_delta
        or pairs.settled_value_delta is distinct from agents.received_value_delta
        or pairs.unsettled_value_delta is distinct from agents.unsettled_value_delta
        or pairs.total_cost_delta is distinct from agents.total_cost_delta
    )
