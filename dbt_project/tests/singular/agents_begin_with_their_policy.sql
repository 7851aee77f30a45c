-- Every agent has one policy snapshot from the first tick on: the policy that the scenario gives it.
with agents as (
    select
        simulation_id,
        agent_id,
        policy_hash,
    from {{ ref('agents') }}
    where {{ is_in_scope() }}
),

first_policies as (
    select
        simulation_id,
        agent_id,
        policy_hash,
    from {{ ref('policy_snapshots') }}
    where snapshot_tick = 0 and {{ is_in_scope() }}
)

select
    simulation_id,
    agent_id,
    agents.policy_hash,
    first_policies.policy_hash as snapshot_hash,
from agents
full join first_policies using (simulation_id, agent_id)
where agents.policy_hash is distinct from first_policies.policy_hash
