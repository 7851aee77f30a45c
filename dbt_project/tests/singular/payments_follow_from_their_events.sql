{%- set facts = [
    'sender_no',
    'receiver_no',
    'amount',
    'original_priority',
    'is_divisible',
    'arrival_tick',
    'deadline_tick',
    'origin',
    'parent_tx_no',
    'split_index',
    'overdue_since_tick',
    'drop_tick',
] -%}

-- A payment is what its arrival says: who pays whom, how much, since when and until when; and it became overdue and was
-- dropped when the events say so. The children of a split arrived when their parent did and are born overdue if it was.
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
        {%- for fact in facts %}
            {{ fact }},
        {%- endfor %}
    from {{ ref('stg_transactions') }} as payments
    semi join ended_runs on payments.simulation_id = ended_runs.simulation_id
),

arrivals as (
    select
        simulation_id,
        tx_no,
        tick,
        sender_no,
        receiver_no,
        amount,
        -- Who submits a payment may ask for more than there is.
        least(priority, 10) as original_priority,
        is_divisible,
        deadline_tick,
        origin,
        parent_tx_no,
        split_index,
    from {{ ref('stg_arrivals') }} as arrivals
    semi join ended_runs on arrivals.simulation_id = ended_runs.simulation_id
),

drops as (
    select
        simulation_id,
        tx_no,
        tick,
    from {{ ref('stg_policy_decisions') }}
    where decision_type = 'drop'
),

expected as (
    select
        arrivals.* exclude (tick),
        coalesce(parents.arrival_tick, arrivals.tick) as arrival_tick,
        coalesce(overdue.tick, parents.overdue_since_tick) as overdue_since_tick,
        drops.tick as drop_tick,
    from arrivals
    left join payments as parents
        on arrivals.simulation_id = parents.simulation_id and arrivals.parent_tx_no = parents.tx_no
    left join {{ ref('stg_overdue') }} as overdue
        on arrivals.simulation_id = overdue.simulation_id and arrivals.tx_no = overdue.tx_no
    left join drops
        on arrivals.simulation_id = drops.simulation_id and arrivals.tx_no = drops.tx_no
)

select
    simulation_id,
    tx_no,
    {%- for fact in facts %}
        payments.{{ fact }},
        expected.{{ fact }} as expected_{{ fact }},
    {%- endfor %}
from payments
full join expected using (simulation_id, tx_no)
where
    false
    {%- for fact in facts %}
        or payments.{{ fact }} is distinct from expected.{{ fact }}
    {%- endfor %}
