-- Every payment that an event, a list of an event or a snapshot names is among the transactions. (Of a run that did not
-- end, payments that were not final are not there.)
with ended_runs as (
    select simulation_id
    from {{ ref('stg_simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

named as (
    select
        simulation_id,
        tx_no,
        'payment event' as named_by,
    from {{ ref('stg_payment_events') }}
    union all
    select
        simulation_id,
        parent_tx_no as tx_no,
        'arrival of a child' as named_by,
    from {{ ref('stg_payment_events') }}
    union all
    select
        simulation_id,
        tx_no,
        'policy event' as named_by,
    from {{ ref('stg_policy_events') }}
    union all
    select
        simulation_id,
        unnest(range(first_child_tx_no, first_child_tx_no + num_splits)) as tx_no,
        'split' as named_by,
    from {{ ref('stg_policy_events') }}
    union all
    select
        simulation_id,
        unnest(tx_nos) as tx_no,
        'netting event' as named_by,
    from {{ ref('stg_lsm_events') }}
    union all
    select
        simulation_id,
        unnest(tx_nos) as tx_no,
        'deferred credit' as named_by,
    from {{ ref('stg_liquidity_movements') }}
    union all
    select
        simulation_id,
        replace(tx_id, 'tx_', '')::bigint as tx_no,
        'scenario event' as named_by,
    from {{ ref('stg_scenario_events') }}
    union all
    select
        simulation_id,
        tx_no,
        'queue snapshot' as named_by,
    from {{ ref('stg_queue_snapshots') }}
)

select distinct
    named.simulation_id,
    named.tx_no,
    named.named_by,
from named
semi join ended_runs on named.simulation_id = ended_runs.simulation_id
anti join {{ ref('stg_transactions') }} as payments
    on named.simulation_id = payments.simulation_id and named.tx_no = payments.tx_no
where named.tx_no is not null
