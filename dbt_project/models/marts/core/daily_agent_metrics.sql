with agents as (
    select
        simulation_id,
        agent_id,
        opening_balance,
        unsecured_cap,
        posted_collateral,
    from {{ ref('stg_agents') }}
    where {{ is_to_build() }}
),

-- Samples at the end of every tick of the day, the last one included. A day that was not finished has no row.
account_days as (
    select
        simulation_id,
        scenario,
        agent_id,
        day,
        min(balance) as lowest_balance,
        max(balance) as highest_balance,
        max_by(balance, tick) as closing_balance,
        max(posted_collateral) as highest_posted_collateral,
        max_by(posted_collateral, tick) as closing_posted_collateral,
        max_by(unsecured_cap, tick) as closing_unsecured_cap,
        max(queue1_size) as queue1_peak_size,
        max_by(queue1_size, tick) as queue1_eod_size,
        max(queue2_size) as queue2_peak_size,
        max_by(queue2_size, tick) as queue2_eod_size,
    from {{ ref('stg_agent_ticks') }}
    where {{ is_to_build() }}
    group by simulation_id, scenario, agent_id, day
    having bool_or(is_last_tick_of_day)
),

-- A day opens as the day before closed, the first one as the scenario says.
opened_days as (
    select
        account_days.*,
        coalesce(
            lag(account_days.closing_balance) over account,
            agents.opening_balance
        ) as opening_balance,
        coalesce(
            lag(account_days.closing_posted_collateral) over account,
            agents.posted_collateral
        ) as opening_posted_collateral,
        coalesce(
            lag(account_days.closing_unsecured_cap) over account,
            agents.unsecured_cap
        ) as unsecured_cap,
    from account_days
    left join agents
        on account_days.simulation_id = agents.simulation_id and account_days.agent_id = agents.agent_id
    window account as (partition by account_days.simulation_id, account_days.agent_id order by account_days.day)
),

collateral as (
    select
        simulation_id,
        agent_id,
        day,
        count(*) filter (where action = 'post') as num_posts,
        count(*) filter (where action = 'withdraw') as num_withdrawals,
    from {{ ref('stg_collateral_movements') }}
    where {{ is_to_build() }}
    group by simulation_id, agent_id, day
),

arrivals as (
    select
        simulation_id,
        sender_id as agent_id,
        day,
        count(*) as num_arrivals,
    from {{ ref('stg_arrivals') }}
    where parent_tx_no is null and {{ is_to_build() }}
    group by simulation_id, sender_id, day
),

settlements as (
    select
        simulation_id,
        tick,
        day,
        mechanism,
        sender_id,
        receiver_id,
        amount,
    from {{ ref('stg_settlements') }}
    where {{ is_to_build() }}
),

settlement_sides as (
    select
        simulation_id,
        sender_id as agent_id,
        day,
        tick,
        1 as sent,
        0 as received,
        amount as value_sent,
        0 as value_received,
        case when mechanism in ('immediate', 'queue2') then 0 else 1 end as lsm_releases,
    from settlements
    union all
    select
        simulation_id,
        receiver_id as agent_id,
        day,
        tick,
        0 as sent,
        1 as received,
        0 as value_sent,
        amount as value_received,
        0 as lsm_releases,
    from settlements
),

turnover_by_tick as (
    select
        simulation_id,
        agent_id,
        day,
        tick,
        sum(sent) as num_sent,
        sum(received) as num_received,
        sum(value_sent) as value_sent,
        sum(value_received) as value_received,
        sum(lsm_releases) as num_lsm_releases,
    from settlement_sides
    group by simulation_id, agent_id, day, tick
),

net_debits as (
    select
        *,
        sum(value_sent - value_received) over (
            partition by simulation_id, agent_id, day
            order by tick
        ) as net_debit,
    from turnover_by_tick
),

turnover as (
    select
        simulation_id,
        agent_id,
        day,
        sum(num_sent) as num_sent,
        sum(num_received) as num_received,
        sum(value_sent) as value_sent,
        sum(value_received) as value_received,
        sum(num_lsm_releases) as num_lsm_releases,
        greatest(max(net_debit), 0) as max_net_debit,
    from net_debits
    group by simulation_id, agent_id, day
),

-- Whole payments: one that was split is settled when the last of its children is.
settled_payments as (
    select
        simulation_id,
        sender_id as agent_id,
        settlement_day as day,
        count(*) as num_settled,
    from {{ ref('stg_transactions') }}
    where parent_tx_no is null and settlement_day is not null and {{ is_to_build() }}
    group by simulation_id, sender_id, settlement_day
),

drops as (
    select
        simulation_id,
        agent_id,
        day,
        count(*) as num_dropped,
    from {{ ref('stg_policy_decisions') }}
    where decision_type = 'drop' and {{ is_to_build() }}
    group by simulation_id, agent_id, day
),

costs as (
    select
        simulation_id,
        agent_id,
        day,
        liquidity_cost,
        delay_cost,
        collateral_cost,
        split_friction_cost,
        penalty_cost,
        total_cost,
        liquidity_opportunity_cost,
    from {{ ref('daily_costs') }}
    where {{ is_to_build() }}
)

select
    days.simulation_id,
    days.scenario,
    days.agent_id,
    days.day,
    days.opening_balance,
    days.closing_balance,
    least(days.opening_balance, days.lowest_balance) as min_balance,
    greatest(days.opening_balance, days.highest_balance) as max_balance,
    days.unsecured_cap,
    greatest(-days.lowest_balance, 0) as peak_overdraft,
    days.opening_posted_collateral,
    days.closing_posted_collateral,
    greatest(days.opening_posted_collateral, days.highest_posted_collateral) as peak_posted_collateral,
    10 * days.unsecured_cap as collateral_capacity,
    coalesce(collateral.num_posts, 0) as num_collateral_posts,
    coalesce(collateral.num_withdrawals, 0) as num_collateral_withdrawals,
    coalesce(arrivals.num_arrivals, 0) as num_arrivals,
    coalesce(turnover.num_sent, 0)::bigint as num_sent,
    coalesce(turnover.num_received, 0)::bigint as num_received,
    coalesce(settled_payments.num_settled, 0) as num_settled,
    coalesce(drops.num_dropped, 0) as num_dropped,
    days.queue1_peak_size::bigint as queue1_peak_size,
    days.queue1_eod_size::bigint as queue1_eod_size,
    costs.liquidity_cost,
    costs.delay_cost,
    costs.collateral_cost,
    costs.split_friction_cost,
    costs.penalty_cost as deadline_penalty_cost,
    costs.total_cost,
    costs.liquidity_opportunity_cost,
    coalesce(turnover.num_lsm_releases, 0)::bigint as num_lsm_releases,
    days.queue2_eod_size::bigint as queue2_eod_size,
    days.queue2_peak_size::bigint as queue2_peak_size,
    coalesce(turnover.value_sent, 0)::bigint as value_sent,
    coalesce(turnover.value_received, 0)::bigint as value_received,
    coalesce(turnover.max_net_debit, 0)::bigint as max_net_debit,
from opened_days as days
left join collateral
    on
        days.simulation_id = collateral.simulation_id
        and days.agent_id = collateral.agent_id
        and days.day = collateral.day
left join arrivals
    on days.simulation_id = arrivals.simulation_id and days.agent_id = arrivals.agent_id and days.day = arrivals.day
left join turnover
    on days.simulation_id = turnover.simulation_id and days.agent_id = turnover.agent_id and days.day = turnover.day
left join settled_payments
    on
        days.simulation_id = settled_payments.simulation_id
        and days.agent_id = settled_payments.agent_id
        and days.day = settled_payments.day
left join drops
    on days.simulation_id = drops.simulation_id and days.agent_id = drops.agent_id and days.day = drops.day
inner join costs
    on days.simulation_id = costs.simulation_id and days.agent_id = costs.agent_id and days.day = costs.day
