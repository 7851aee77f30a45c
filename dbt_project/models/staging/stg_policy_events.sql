select
    {{ event_head() }}
    events.tx_no,
    {{ tx_id('events.tx_no') }} as tx_id,
    events.agent_no,
    agents.agent_id,
    events.reason,
    events.old_priority::integer as old_priority,
    events.new_priority::integer as new_priority,
    events.ticks_until_deadline::integer as ticks_until_deadline,
    events.boost_applied::integer as boost_applied,
    {{ code_name('rtgs', 'events.old_rtgs_priority') }} as old_rtgs_priority,
    {{ code_name('rtgs', 'events.new_rtgs_priority') }} as new_rtgs_priority,
    events.num_splits::integer as num_splits,
    events.first_child_tx_no,
    events.num_immediate::integer as num_immediate,
    events.stagger_gap_ticks,
    -- Children are numbered one after the other, and those released later become eligible one gap after the other, the
    -- first of them in the next tick at the earliest (D17); a time beyond all runs stands for never.
    {{ tx_ids('range(events.first_child_tx_no, events.first_child_tx_no + events.num_splits)') }} as child_ids,
    [
        case
            when child > 0
                then least(events.tick + greatest(child::hugeint * events.stagger_gap_ticks, 1), 4611686018427387904)
        end
        for child in range(1 - events.num_immediate, 1 - events.num_immediate + events.num_splits)
    ]::bigint[] as eligible_ticks,
from {{ source('raw', 'policy_events') }} as events
inner join {{ ref('stg_simulations') }} as simulations on events.simulation_id = simulations.simulation_id
left join {{ source('raw', 'agents') }} as agents
    on events.simulation_id = agents.simulation_id and events.agent_no = agents.agent_no
