select
    simulation_id,
    scenario,
    event_seq,
    tick,
    day,
    event_type,
    case event_code
        when {{ event_code('PolicySubmit') }} then 'submit'
        when {{ event_code('PolicyHold') }} then 'hold'
        when {{ event_code('PolicyDrop') }} then 'drop'
        when {{ event_code('PolicySplit') }} then 'split'
        when {{ event_code('TransactionReprioritized') }} then 'reprioritize'
        when {{ event_code('RtgsWithdrawal') }} then 'withdraw'
        when {{ event_code('RtgsResubmission') }} then 'resubmit'
    end as decision_type,
    agent_no,
    agent_id,
    tx_no,
    tx_id,
    reason,
    old_priority,
    new_priority,
    old_rtgs_priority,
    new_rtgs_priority,
    num_splits,
    child_ids,
    eligible_ticks,
from {{ ref('stg_policy_events') }}
-- Escalation is a rule of the system and not a decision of the agent.
where event_code <> {{ event_code('PriorityEscalated') }}
