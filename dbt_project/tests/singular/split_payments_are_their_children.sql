-- The children of a split payment add up to it, and it has settled by as much as they have.
-- Of a run that did not end, payments that were not final are missing.
with ended_runs as (
    select simulation_id
    from {{ ref('stg_simulations') }}
    where status = 'completed' and {{ is_in_scope() }}
),

payments as (
    select
        simulation_id,
        tx_no,
        parent_tx_no,
        amount,
        settled_amount,
        status,
        settled_via,
    from {{ ref('stg_transactions') }} as payments
    semi join ended_runs on payments.simulation_id = ended_runs.simulation_id
),

children as (
    select
        simulation_id,
        parent_tx_no as tx_no,
        sum(amount) as amount,
        sum(settled_amount) as settled_amount,
    from payments
    where parent_tx_no is not null
    group by simulation_id, parent_tx_no
),

parents as (
    select
        simulation_id,
        tx_no,
        amount,
        settled_amount,
    from payments
    where status in ('split', 'partially_settled') or settled_via = 'children'
)

select
    simulation_id,
    tx_no,
    parents.amount,
    children.amount as amount_of_children,
    parents.settled_amount,
    children.settled_amount as settled_amount_of_children,
from parents
full join children using (simulation_id, tx_no)
where
    parents.amount is distinct from children.amount
    or parents.settled_amount is distinct from children.settled_amount
