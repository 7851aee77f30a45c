-- A payment that settled has exactly one settlement event, for its whole amount, at its settlement tick and by its
-- mechanism; one that did not settle has none. (A split payment settles with its children and has no event.)
-- Of a run that did not end, payments that were not final are missing.
with ended_runs as (
    select simulation_id
    from {{ ref('stg_simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

settlements as (
    select
        simulation_id,
        tx_no,
        count(*) as num_settlements,
        sum(amount) as settled_by_events,
        min(tick) as tick,
        min(mechanism) as mechanism,
    from {{ ref('stg_settlements') }} as settlements
    semi join ended_runs on settlements.simulation_id = ended_runs.simulation_id
    group by simulation_id, tx_no
),

payments as (
    select
        simulation_id,
        tx_no,
        amount,
        settled_amount,
        settlement_tick,
        settled_via,
    from {{ ref('stg_transactions') }} as payments
    semi join ended_runs on payments.simulation_id = ended_runs.simulation_id
    where settled_via is distinct from 'children' and status not in ('split', 'partially_settled')
)

select
    simulation_id,
    tx_no,
    payments.amount,
    payments.settled_amount,
    payments.settlement_tick,
    payments.settled_via,
    settlements.num_settlements,
    settlements.settled_by_events,
from payments
full join settlements using (simulation_id, tx_no)
where
    coalesce(settlements.num_settlements, 0) <> case when payments.settlement_tick is null then 0 else 1 end
    or payments.settled_amount is distinct from coalesce(settlements.settled_by_events, 0)
    or (payments.settlement_tick is not null and payments.settled_amount <> payments.amount)
    or payments.settlement_tick is distinct from settlements.tick
    or payments.settled_via is distinct from settlements.mechanism
