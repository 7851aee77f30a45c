-- Both sides of a comparison are what the run itself says, and the difference is theirs.
with pairs as (
    select
        simulation_id,
        baseline_simulation_id,
        total_arrivals,
        baseline_total_arrivals,
        total_settlements,
        baseline_total_settlements,
        total_settlements_delta,
        total_cost,
        baseline_total_cost,
        total_cost_delta,
    from {{ ref('simulation_comparison') }}
    where {{ is_in_scope() }}
),

runs as (
    select
        simulation_id,
        total_arrivals,
        total_settlements,
        total_cost_cents,
    from {{ ref('simulations') }}
)

select
    pairs.*,
    runs.total_cost_cents,
    baselines.total_cost_cents as baseline_total_cost_cents,
from pairs
left join runs on pairs.simulation_id = runs.simulation_id
left join runs as baselines on pairs.baseline_simulation_id = baselines.simulation_id
where
    pairs.simulation_id = pairs.baseline_simulation_id
    or pairs.total_arrivals is distinct from runs.total_arrivals
    or pairs.baseline_total_arrivals is distinct from baselines.total_arrivals
    or pairs.total_settlements is distinct from runs.total_settlements
    or pairs.baseline_total_settlements is distinct from baselines.total_settlements
    or pairs.total_cost is distinct from runs.total_cost_cents
    or pairs.baseline_total_cost is distinct from baselines.total_cost_cents
    or pairs.total_settlements_delta <> pairs.total_settlements - pairs.baseline_total_settlements
    or pairs.total_cost_delta <> pairs.total_cost - pairs.baseline_total_cost
