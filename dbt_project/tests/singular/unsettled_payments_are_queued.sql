-- Nothing vanishes: a payment is in a queue at the end of the run exactly if it is neither settled nor dropped nor
-- split, and it is in one queue only.
-- Of a run that did not end, payments that were not final are missing.
with ended_runs as (
    select simulation_id
    from {{ ref('stg_simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

open_stays as (
    select
        simulation_id,
        tx_no,
        count(*) as num_queues,
    from {{ ref('int_queue_episodes') }} as episodes
    semi join ended_runs on episodes.simulation_id = ended_runs.simulation_id
    where left_seq is null
    group by simulation_id, tx_no
),

payments as (
    select
        simulation_id,
        tx_no,
        case when status in ('pending', 'overdue') then 1 else 0 end as expected_queues,
    from {{ ref('stg_transactions') }} as payments
    semi join ended_runs on payments.simulation_id = ended_runs.simulation_id
)

select
    simulation_id,
    tx_no,
    coalesce(open_stays.num_queues, 0) as num_queues,
    payments.expected_queues,
from payments
full join open_stays using (simulation_id, tx_no)
where coalesce(open_stays.num_queues, 0) is distinct from payments.expected_queues
