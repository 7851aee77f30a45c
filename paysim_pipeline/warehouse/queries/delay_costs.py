"""What the waiting of a payment comes to.

Belongs here: the share that one payment has in the delay cost of its sender (04 §2.4). Does not belong here: what was
charged, which the cost events say.

The engine charges an agent for all that it has waiting, with one rounding per tick, by the priority of the moment. The
share of a payment is rounded for itself, and goes by the priority that it had at last.
"""

DELAY_COSTS = """
rates as (
    select
        simulation_id,
        num_days * ticks_per_day as run_ticks,
        coalesce((config_json ->> '$.cost_rates.delay_cost_per_tick_per_cent')::double, 0.0001) as per_tick,
        coalesce((config_json ->> '$.cost_rates.overdue_delay_multiplier')::double, 5.0) as overdue_factor,
        coalesce((config_json ->> '$.cost_rates.priority_delay_multipliers.urgent_multiplier')::double, 1.0) as urgent,
        coalesce((config_json ->> '$.cost_rates.priority_delay_multipliers.normal_multiplier')::double, 1.0) as normal,
        coalesce((config_json ->> '$.cost_rates.priority_delay_multipliers.low_multiplier')::double, 1.0) as low
    from main.simulations
    where simulation_id = $run
),
waits as (
    select
        payments.*,
        payments.queue1_ticks + payments.queue2_ticks as waited,
        case
            when payments.overdue_since_tick is null then 0
            else greatest(
                0,
                least(
                    payments.queue1_ticks + payments.queue2_ticks,
                    case
                        when payments.settled_via = 'children' or payments.status in ('split', 'partially_settled')
                            then payments.arrival_tick + payments.queue1_ticks + payments.queue2_ticks
                        else coalesce(payments.settlement_tick, payments.drop_tick, rates.run_ticks)
                    end - payments.overdue_since_tick
                )
            )
        end as waited_overdue,
        case
            when payments.priority >= 8 then rates.urgent
            when payments.priority >= 4 then rates.normal
            else rates.low
        end as priority_factor,
        rates.per_tick,
        rates.overdue_factor
    from main.transactions as payments
    inner join rates on payments.simulation_id = rates.simulation_id
),
priced as (
    select
        * exclude (waited, waited_overdue, priority_factor, per_tick, overdue_factor),
        round(
            amount * per_tick * priority_factor * ((waited - waited_overdue) + waited_overdue * overdue_factor)
        )::bigint as delay_cost
    from waits
)
"""
"""Common table expressions for a run `$run`; the last, `priced`, is the mart `transactions` with `delay_cost` in
cents."""
