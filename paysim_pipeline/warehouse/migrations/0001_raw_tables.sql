-- The raw tables, one row set per run, written by the pipeline only.
--
-- No indexes and no keys: they would slow the load, and dbt tests prove them. Numbers instead of ids and codes instead
-- of names in the large tables; staging models translate. Optional values are null.

-- One row per run.
create table raw.simulations (
    simulation_id varchar not null,
    scenario varchar not null,
    config_file varchar not null,
    config_json json not null,
    config_hash varchar not null,
    rng_seed ubigint not null,
    ticks_per_day integer not null,
    num_days integer not null,
    num_agents integer not null,
    engine_version varchar not null,
    compiled boolean not null,
    status varchar not null,
    error varchar,
    started_at timestamp,
    completed_at timestamp,
    duration_seconds double,
    ticks_per_second double,
    total_arrivals bigint,
    total_settlements bigint,
    total_cost_cents bigint,
    events_digest varchar,
    experiment_run_id varchar,
    experiment_iteration integer,
    kept boolean not null default false
);

-- One row per run, agent.
create table raw.agents (
    simulation_id varchar not null,
    agent_no integer not null,
    agent_id varchar not null,
    opening_balance bigint not null,
    unsecured_cap bigint not null,
    posted_collateral bigint not null,
    collateral_haircut double not null,
    max_collateral_capacity bigint,
    liquidity_pool bigint,
    liquidity_allocation_fraction double not null,
    bilateral_limits json not null,
    multilateral_limit bigint,
    policy_hash varchar not null
);

-- One row per run, agent and policy change.
create table raw.policy_snapshots (
    simulation_id varchar not null,
    agent_no integer not null,
    snapshot_day integer not null,
    snapshot_tick integer not null,
    policy_hash varchar not null,
    policy_json json not null,
    created_by varchar not null
);

-- One row per run, event.
create table raw.payment_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    tx_no bigint not null,
    agent_no integer not null,
    counterparty_no integer,
    amount bigint,
    deadline_tick integer,
    priority bigint,
    is_divisible boolean,
    origin utinyint,
    parent_tx_no bigint,
    split_index bigint,
    eligible_tick bigint,
    rtgs_priority utinyint,
    balance_before bigint,
    queue_wait_ticks bigint,
    release_reason utinyint,
    deadline_penalty_cost bigint,
    overdue_since_tick integer,
    estimated_delay_cost bigint,
    current_outflow bigint,
    outflow_limit bigint
);

-- One row per run, event.
create table raw.policy_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    agent_no integer not null,
    tx_no bigint not null,
    reason varchar,
    new_priority bigint,
    num_splits bigint,
    first_child_tx_no bigint,
    num_immediate bigint,
    stagger_gap_ticks bigint,
    old_priority bigint,
    ticks_until_deadline bigint,
    boost_applied bigint,
    old_rtgs_priority utinyint,
    new_rtgs_priority utinyint
);

-- One row per run, event.
create table raw.netting_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    incoming_tx_no bigint,
    queued_tx_no bigint,
    agent_no integer,
    counterparty_no integer,
    offset_amount bigint,
    amount_a bigint,
    amount_b bigint,
    tx_nos bigint[],
    tx_amounts bigint[],
    agent_nos integer[],
    total_value bigint,
    net_positions bigint[],
    max_net_outflow bigint,
    max_net_outflow_agent_no integer,
    algorithm bigint,
    result utinyint,
    settlements bigint,
    settled_value bigint,
    truncated boolean
);

-- One row per run, event.
create table raw.liquidity_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    agent_no integer not null,
    amount bigint,
    requested_amount bigint,
    reason varchar,
    layer utinyint,
    balance_before bigint,
    posted_before bigint,
    posted_after bigint,
    available_capacity_after bigint,
    withdraw_at_tick bigint,
    posted_at_tick integer,
    blocked_reason varchar,
    max_value bigint,
    focus_counterparties varchar[],
    max_per_counterparty bigint,
    register_key varchar,
    old_value double,
    new_value double,
    decision_path varchar,
    day bigint,
    fraction double,
    balance_after bigint,
    tx_nos bigint[]
);

-- One row per run, event.
create table raw.cost_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    agent_no integer not null,
    liquidity_cost bigint not null,
    delay_cost bigint not null,
    collateral_cost bigint not null,
    penalty_cost bigint not null,
    split_friction_cost bigint not null,
    liquidity_opportunity_cost bigint not null,
    total_cost bigint not null
);

-- One row per run, event.
create table raw.system_events (
    simulation_id varchar not null,
    event_seq bigint not null,
    tick integer not null,
    event_type utinyint not null,
    scenario_event_type utinyint,
    details json,
    day bigint,
    unsettled_count bigint,
    total_penalties bigint
);

-- One row per run, payment, final state.
create table raw.transactions (
    simulation_id varchar not null,
    tx_no bigint not null,
    sender_no integer not null,
    receiver_no integer not null,
    amount bigint not null,
    settled_amount bigint not null,
    priority bigint not null,
    original_priority bigint not null,
    rtgs_priority utinyint not null,
    is_divisible boolean not null,
    arrival_tick integer not null,
    deadline_tick integer not null,
    status utinyint not null,
    origin utinyint not null,
    parent_tx_no bigint,
    split_index bigint,
    settlement_tick integer,
    settled_via utinyint not null,
    queue1_ticks bigint not null,
    queue2_ticks bigint not null,
    overdue_since_tick integer,
    drop_tick integer
);

-- One row per run, agent and tick, at the end of the tick.
create table raw.agent_ticks (
    simulation_id varchar not null,
    tick integer not null,
    agent_no integer not null,
    balance bigint not null,
    posted_collateral bigint not null,
    unsecured_cap bigint not null,
    allocated_liquidity bigint not null,
    queue1_size bigint not null,
    queue1_value bigint not null,
    queue2_size bigint not null,
    queue2_value bigint not null
);

-- One row per run, queued payment at the end of each day.
create table raw.queue_snapshots (
    simulation_id varchar not null,
    tick integer not null,
    queue_type utinyint not null,
    agent_no integer not null,
    position bigint not null,
    tx_no bigint not null
);

-- One row per run, tick, after it.
create table raw.rng_states (
    simulation_id varchar not null,
    tick integer not null,
    rng_state ubigint not null
);

-- One row per run, day, at its end.
create table raw.state_snapshots (
    simulation_id varchar not null,
    day integer not null,
    tick integer not null,
    state_json json not null
);
