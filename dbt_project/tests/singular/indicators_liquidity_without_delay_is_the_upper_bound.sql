-- The upper bound is what settling without delay takes: a day on which every payment settled when it was submitted used
-- exactly that.
select
    simulation_id,
    day,
    max_net_debit_total,
    liquidity_upper_bound,
from {{ ref('payment_system_indicators') }}
where {{ is_in_scope() }} and coalesce(share_ever_queued, 0) = 0 and max_net_debit_total <> liquidity_upper_bound
