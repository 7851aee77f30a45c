"""The catalogue of events: every type, its fields, and the family and column each field is stored in.

This is the one place that knows the fields of an event. From it follow the packed tables the engine appends to
(`record.tables`, generated), the flat form of an event (`record.flat`), the Parquet bundle, the raw tables of the
warehouse and the names that staging models show. What does not belong here: when an event is emitted (`core`).

Source: spec 07 with the additions of 00 (D7, D9, D27, D31, D33, D35, D37, D38, D43); families: spec 10 §2.
"""

from dataclasses import dataclass

KINDS = {
    "tx": "number of a payment; its id is tx_%08d of it (D1)",
    "agent": "number of an agent, by ascending id",
    "cents": "integer cents",
    "tick": "absolute tick",
    "far_tick": "absolute tick that may lie beyond any run, up to 2**62 (05 §4.4)",
    "int": "a count",
    "bool": "0 or 1",
    "float": "IEEE-754 double",
    "text": "index into the run's list of texts",
    "json": "index into the run's list of texts; the text is a JSON object",
    "rtgs": "RTGS priority",
    "origin": "where a payment came from",
    "release_reason": "why Queue 2 released a payment",
    "layer": "layer of a collateral movement",
    "scenario_kind": "kind of a scenario event",
    "result": "Success or NoProgress",
    "status": "what became of a payment",
    "mechanism": "how a payment settled",
    "queue": "which queue",
    "tx_list": "payments",
    "agent_list": "agents",
    "cents_list": "amounts",
    "text_list": "indices into the run's list of texts (a budget may name banks that take no part)",
}
"""The kinds of fields. All are stored as 64-bit integers but `float`; the lists as a flat column with offsets."""

CODES: dict[str, tuple[str, ...]] = {
    "rtgs": ("HighlyUrgent", "Urgent", "Normal", "None"),
    "origin": ("generated", "scenario", "scheduled_settlement", "split", "submitted", "imported"),
    "release_reason": ("liquidity_available", "lsm_released_liquidity"),
    "layer": ("strategic", "end_of_tick", "timer", "scenario", "manual"),
    "scenario_kind": (
        "direct_transfer",
        "custom_transaction_arrival",
        "collateral_adjustment",
        "global_arrival_rate_change",
        "agent_arrival_rate_change",
        "counterparty_weight_change",
        "deadline_window_change",
        "scheduled_settlement",
    ),
    "result": ("NoProgress", "Success"),
    "status": ("pending", "partially_settled", "settled", "overdue", "dropped", "split"),
    "mechanism": ("none", "immediate", "queue2", "bilateral", "cycle", "multilateral", "entry_offset", "children"),
    "queue": ("queue1", "queue2"),
}
"""Spelling of coded values; the position is the number in `core.codes`."""

FAMILIES = ("payment", "policy", "netting", "liquidity", "cost", "system")
"""The families of events, each a raw table `<family>_events`."""


@dataclass(frozen=True)
class Field:
    """One stored field of an event type.

    `name` is the name in the flat form (07); `column` the name in the family's table, where agents and payments
    are numbers and one naming family is used; `null` says that `codes.NULL` stands for an absent value.
    A field with `hidden` is stored but not part of the flat form. A field with `derive` is not stored: it is that
    sum or difference of other columns of the row (and `tick`), an expression valid in Python and in SQL.
    """

    name: str
    kind: str
    column: str
    null: bool = False
    hidden: bool = False
    derive: str = ""


@dataclass(frozen=True)
class EventType:
    """One event type: `name` as in 07, `method` of the recorder that appends it, its `family` and its fields.

    The rows of one that comes in `whole_columns` are handed over as such; there is a table, and no method.
    """

    name: str
    method: str
    family: str
    fields: tuple[Field, ...]
    whole_columns: bool = False

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields that have a column."""
        return tuple(field for field in self.fields if not field.derive)


def _tx(name: str = "tx_id", column: str = "tx_no") -> Field:
    return Field(name, "tx", column)


def _agent(name: str = "agent_id") -> Field:
    return Field(name, "agent", "agent_no")


def _other(name: str) -> Field:
    return Field(name, "agent", "counterparty_no")


def _f(
    name: str, kind: str, column: str = "", *, null: bool = False, hidden: bool = False, derive: str = ""
) -> Field:
    return Field(name, kind, column or name, null, hidden, derive)


_MOVEMENT = (
    _f("layer", "layer"),
    _f("balance_before", "cents"),
    _f("posted_before", "cents"),
    _f("posted_after", "cents"),
    _f("available_capacity_after", "cents"),
)

EVENT_TYPES: tuple[EventType, ...] = (
    EventType("Arrival", "arrival", "payment", (
        _tx(), _agent("sender_id"), _other("receiver_id"), _f("amount", "cents"), _f("deadline", "tick", "deadline_tick"),
        _f("priority", "int"), _f("is_divisible", "bool"), _f("origin", "origin"),
        Field("parent_tx_id", "tx", "parent_tx_no", null=True), _f("split_index", "int", null=True),
        _f("eligible_tick", "far_tick", null=True),
    )),
    EventType("RtgsSubmission", "submission", "payment", (
        _tx(), _agent("sender"), _other("receiver"), _f("amount", "cents"), _f("internal_priority", "int", "priority"),
        _f("rtgs_priority", "rtgs"),
    )),
    EventType("QueuedRtgs", "queued", "payment", (_tx(), _agent("sender_id"))),
    EventType("RtgsImmediateSettlement", "immediate_settlement", "payment", (
        _tx(), _agent("sender"), _other("receiver"), _f("amount", "cents"),
        _f("sender_balance_before", "cents", "balance_before"), _f("sender_balance_after", "cents", derive="balance_before - amount"),
    )),
    EventType("Queue2LiquidityRelease", "queue2_release", "payment", (
        _tx(), _agent("sender"), _other("receiver"), _f("amount", "cents"), _f("queue_wait_ticks", "int"),
        _f("release_reason", "release_reason"),
    )),
    EventType("TransactionWentOverdue", "went_overdue", "payment", (
        _tx(), _agent("sender_id"), _other("receiver_id"), _f("amount", "cents"), _f("remaining_amount", "cents", derive="amount"),
        _f("deadline_tick", "tick"), _f("ticks_overdue", "int", derive="tick - deadline_tick"), _f("deadline_penalty_cost", "cents"),
    )),
    EventType("OverdueTransactionSettled", "overdue_settled", "payment", (
        _tx(), _agent("sender_id"), _other("receiver_id"), _f("amount", "cents"), _f("settled_amount", "cents", derive="amount"),
        _f("deadline_tick", "tick"), _f("overdue_since_tick", "tick"), _f("total_ticks_overdue", "int", derive="tick - overdue_since_tick"),
        _f("deadline_penalty_cost", "cents"), _f("estimated_delay_cost", "cents"),
    )),
    EventType("BilateralLimitExceeded", "bilateral_limit_exceeded", "payment", (
        _agent("sender"), _other("receiver"), _tx(), _f("amount", "cents"),
        _f("current_bilateral_outflow", "cents", "current_outflow"), _f("bilateral_limit", "cents", "outflow_limit"),
    )),
    EventType("MultilateralLimitExceeded", "multilateral_limit_exceeded", "payment", (
        _agent("sender"), _tx(), _f("amount", "cents"), _f("current_total_outflow", "cents", "current_outflow"),
        _f("multilateral_limit", "cents", "outflow_limit"),
    )),
    EventType("PolicySubmit", "policy_submit", "policy", (_agent(), _tx())),
    EventType("PolicyHold", "policy_hold", "policy", (
        _agent(), _tx(), _f("reason", "text"), _f("priority", "int", "new_priority"),
    )),
    EventType("PolicyDrop", "policy_drop", "policy", (_agent(), _tx(), _f("reason", "text"))),
    EventType("PolicySplit", "policy_split", "policy", (
        _agent(), _tx(), _f("num_splits", "int"), _f("first_child", "tx", "first_child_tx_no", hidden=True),
        _f("num_immediate", "int", hidden=True), _f("stagger_gap_ticks", "int", hidden=True),
    )),
    EventType("TransactionReprioritized", "reprioritized", "policy", (
        _agent(), _tx(), _f("old_priority", "int"), _f("new_priority", "int"),
    )),
    EventType("PriorityEscalated", "escalated", "policy", (
        _tx(), _agent("sender_id"), _f("original_priority", "int", "old_priority"),
        _f("escalated_priority", "int", "new_priority"), _f("ticks_until_deadline", "int"), _f("boost_applied", "int"),
    )),
    EventType("RtgsWithdrawal", "rtgs_withdrawal", "policy", (
        _tx(), _agent("sender"), _f("original_rtgs_priority", "rtgs", "old_rtgs_priority"),
    )),
    EventType("RtgsResubmission", "rtgs_resubmission", "policy", (
        _tx(), _agent("sender"), _f("old_rtgs_priority", "rtgs"), _f("new_rtgs_priority", "rtgs"),
    )),
    EventType("EntryDispositionOffset", "entry_offset", "netting", (
        _tx("incoming_tx_id", "incoming_tx_no"), _tx("queued_tx_id", "queued_tx_no"), _f("agent_a", "agent", "agent_no"),
        _f("agent_b", "agent", "counterparty_no"), _f("offset_amount", "cents"), _f("incoming_amount", "cents", "amount_a"),
        _f("queued_amount", "cents", "amount_b"), _f("queued_tx_ids", "tx_list", "tx_nos"),
        _f("tx_amounts", "cents_list", hidden=True),
    )),
    EventType("LsmBilateralOffset", "bilateral_offset", "netting", (
        _f("agent_a", "agent", "agent_no"), _f("agent_b", "agent", "counterparty_no"), _f("amount_a", "cents"),
        _f("amount_b", "cents"), _f("tx_ids", "tx_list", "tx_nos"), _f("tx_amounts", "cents_list"),
    )),
    EventType("LsmCycleSettlement", "cycle_settlement", "netting", (
        _f("agents", "agent_list", "agent_nos"), _f("tx_amounts", "cents_list"), _f("total_value", "cents"),
        _f("net_positions", "cents_list"), _f("max_net_outflow", "cents"),
        Field("max_net_outflow_agent", "agent", "max_net_outflow_agent_no", null=True), _f("tx_ids", "tx_list", "tx_nos"),
    )),
    EventType("LsmMultilateralSettlement", "multilateral_settlement", "netting", (
        _f("agents", "agent_list", "agent_nos"), _f("tx_amounts", "cents_list"), _f("total_value", "cents"),
        _f("net_positions", "cents_list"), _f("max_net_outflow", "cents"),
        Field("max_net_outflow_agent", "agent", "max_net_outflow_agent_no", null=True), _f("tx_ids", "tx_list", "tx_nos"),
    )),
    EventType("AlgorithmExecution", "algorithm_execution", "netting", (
        _f("algorithm", "int"), _f("result", "result"), _f("settlements", "int"), _f("settled_value", "cents"),
        _f("truncated", "bool"),
    )),
    EventType("CollateralPost", "collateral_post", "liquidity", (
        _agent(), _f("amount", "cents"), _f("requested_amount", "cents"), _f("reason", "text"),
        _f("new_total", "cents", derive="posted_after"), *_MOVEMENT, _f("withdraw_at_tick", "far_tick", null=True),
    )),
    EventType("CollateralWithdraw", "collateral_withdraw", "liquidity", (
        _agent(), _f("amount", "cents"), _f("requested_amount", "cents"), _f("reason", "text"),
        _f("new_total", "cents", derive="posted_after"), *_MOVEMENT,
    )),
    EventType("CollateralTimerWithdrawn", "timer_withdrawn", "liquidity", (
        _agent(), _f("amount", "cents"), _f("requested_amount", "cents"), _f("original_reason", "text", "reason"),
        _f("posted_at_tick", "tick"), _f("new_total", "cents", derive="posted_after"), *_MOVEMENT,
    )),
    EventType("CollateralTimerBlocked", "timer_blocked", "liquidity", (
        _agent(), _f("requested_amount", "cents"), _f("reason", "text", "blocked_reason"),
        _f("original_reason", "text", "reason"), _f("posted_at_tick", "tick"),
    )),
    EventType("BankBudgetSet", "budget_set", "liquidity", (
        _agent(), _f("max_value", "cents"), _f("focus_counterparties", "text_list", null=True),
        _f("max_per_counterparty", "cents", null=True),
    )),
    EventType("StateRegisterSet", "register_set", "liquidity", (
        _agent(), _f("register_key", "text"), _f("old_value", "float"), _f("new_value", "float"), _f("reason", "text"),
        _f("decision_path", "text", null=True),
    )),
    EventType("LiquidityAllocation", "liquidity_allocation", "liquidity", (
        _f("day", "int"), _agent(), _f("fraction", "float"), _f("amount", "cents"), _f("balance_after", "cents"),
    )),
    EventType("LiquidityReturn", "liquidity_return", "liquidity", (
        _agent(), _f("amount", "cents"), _f("balance_after", "cents"),
    )),
    EventType("DeferredCreditApplied", "deferred_credit", "liquidity", (
        _agent(), _f("amount", "cents"), _f("source_transactions", "tx_list", "tx_nos"),
    )),
    EventType("CostAccrual", "cost_accrual", "cost", (
        _agent(), _f("liquidity_cost", "cents"), _f("delay_cost", "cents"), _f("collateral_cost", "cents"),
        _f("penalty_cost", "cents"), _f("split_friction_cost", "cents"), _f("liquidity_opportunity_cost", "cents"),
        _f("total", "cents", "total_cost"),
    )),
    EventType("ScenarioEventExecuted", "scenario_event", "system", (
        _f("scenario_event_type", "scenario_kind"), _f("details", "json"),
    )),
    EventType("EndOfDay", "end_of_day", "system", (
        _f("day", "int"), _f("unsettled_count", "int"), _f("total_penalties", "cents"),
    )),
)
"""Every event type. The position is the coded `event_type` of the raw tables: append, never reorder."""

RECORDS: tuple[EventType, ...] = (
    EventType("transactions", "transaction", "state", (
        _tx(), Field("sender_id", "agent", "sender_no"), Field("receiver_id", "agent", "receiver_no"), _f("amount", "cents"),
        _f("settled_amount", "cents"), _f("priority", "int"), _f("original_priority", "int"), _f("rtgs_priority", "rtgs"),
        _f("is_divisible", "bool"), _f("arrival_tick", "tick"), _f("deadline_tick", "tick"), _f("status", "status"),
        _f("origin", "origin"), Field("parent_tx_id", "tx", "parent_tx_no", null=True), _f("split_index", "int", null=True),
        _f("settlement_tick", "tick", null=True), _f("settled_via", "mechanism"), _f("queue1_ticks", "int"),
        _f("queue2_ticks", "int"), _f("overdue_since_tick", "tick", null=True), _f("drop_tick", "tick", null=True),
    ), whole_columns=True),
    EventType("agent_ticks", "agent_tick", "state", (
        _f("tick", "tick"), _agent(), _f("balance", "cents"), _f("posted_collateral", "cents"), _f("unsecured_cap", "cents"),
        _f("allocated_liquidity", "cents"), _f("queue1_size", "int"), _f("queue1_value", "cents"), _f("queue2_size", "int"),
        _f("queue2_value", "cents"),
    )),
    EventType("queue_snapshots", "queue_position", "state", (
        _f("tick", "tick"), _f("queue_type", "queue"), _agent(), _f("position", "int"), _tx(),
    )),
    EventType("rng_states", "rng_state", "state", (_f("tick", "tick"), _f("rng_state", "int"))),
)
"""What is recorded beside events: payments when final, accounts each tick, queues each day, generator states."""

EVENT_CODE = {event.name: number for number, event in enumerate(EVENT_TYPES)}

COLUMN_TYPES = {
    "tx": "BIGINT", "agent": "INTEGER", "cents": "BIGINT", "tick": "INTEGER", "far_tick": "BIGINT", "int": "BIGINT", "bool": "BOOLEAN",
    "float": "DOUBLE", "text": "VARCHAR", "json": "JSON", "rtgs": "UTINYINT", "origin": "UTINYINT",
    "release_reason": "UTINYINT", "layer": "UTINYINT", "scenario_kind": "UTINYINT", "result": "UTINYINT",
    "status": "UTINYINT", "mechanism": "UTINYINT", "queue": "UTINYINT",
    "tx_list": "BIGINT[]", "agent_list": "INTEGER[]", "cents_list": "BIGINT[]", "text_list": "VARCHAR[]",
}
"""DuckDB type of a column by kind of field."""


def family_columns(family: str) -> dict[str, str]:
    """The columns of `<family>_events` after `event_seq, tick, event_type`: name -> kind, in order of first use.

    Two types of one family may share a column only with the same kind; this is checked by a test.
    """
    columns: dict[str, str] = {}
    for event in EVENT_TYPES:
        if event.family == family:
            for field in event.stored:
                columns.setdefault(field.column, field.kind)
    return columns
