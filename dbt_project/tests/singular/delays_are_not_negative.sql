-- Nothing settles before it arrives, and no payment waits a negative time.
select
    simulation_id,
    tx_id,
    total_delay_ticks,
    queue1_ticks,
    queue2_ticks,
from {{ ref('transactions') }}
where (total_delay_ticks < 0 or queue1_ticks < 0 or queue2_ticks < 0) and {{ is_in_scope() }}
