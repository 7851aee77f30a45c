-- Queue 1 is left for the central system, by a drop or by a split; Queue 2 by settlement or back to Queue 1.
select
    simulation_id,
    queue_type,
    tx_id,
    entered_by,
    left_by,
from {{ ref('int_queue_episodes') }}
where
    {{ is_in_scope() }}
    and (
        (
            queue_type = 'queue1'
            and (
                entered_by not in ('Arrival', 'RtgsWithdrawal')
                or left_by not in ('RtgsSubmission', 'PolicyDrop', 'PolicySplit')
            )
        )
        or (
            queue_type = 'queue2'
            and (
                entered_by <> 'QueuedRtgs'
                or left_by not in (
                    'Queue2LiquidityRelease',
                    'LsmBilateralOffset',
                    'LsmCycleSettlement',
                    'LsmMultilateralSettlement',
                    'EntryDispositionOffset',
                    'RtgsWithdrawal'
                )
            )
        )
    )
