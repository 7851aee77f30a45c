-- Nothing vanishes: a payment is in a queue at the end of the run exactly if it is neither settled nor dropped nor
-- split, and it is in one queue only.
with open_stays as (
    select
        simulation_id,
        tx_no,
        count(*) as num_queues,
    from {{ ref('int_queue_episodes') }}
    where left_seq is null and {{ is_in_scope() }}
    group by simulation_id, tx_no
),

payments as (
    select
        simulation_id,
        tx_no,
        case when status in ('pending', 'overdue') then 1 else 0 end as expected_queues,
    from {{ ref('stg_transactions') }}
    where {{ is_in_scope() }}
)

select
    simulation_id,
    tx_no,
    coalesce(open_stays.num_queues, 0) as num_queues,
    payments.expected_queues,
from payments
full join open_stays using (simulation_id, tx_no)
where coalesce(open_stays.num_queues, 0) is distinct from payments.expected_queues
