select
    simulation_id,
    scenario,
    agent_id,
    {{ sums_of_costs() }}
from {{ ref('daily_costs') }}
where {{ is_to_build() }}
group by simulation_id, scenario, agent_id
