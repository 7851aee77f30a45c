"""Random policies that are valid and whose evaluation does not fail (05 with D15-D29).

Belongs here: which documents are tried: every action, operator and field, bounded in depth and in how far payments are
split. Does not belong here: the scenarios around them.
"""

from typing import Any

from tests.support.draws import Draw

Data = dict[str, Any]

PAYMENT_FIELDS = [
    "remaining_amount",
    "amount",
    "ticks_to_deadline",
    "priority",
    "queue_age",
    "is_in_queue2",
    "settled_amount",
    "arrival_tick",
    "deadline_tick",
    "is_split",
    "is_past_deadline",
    "is_overdue",
    "overdue_duration",
    "time_in_queue",
    "cost_delay_this_tx_one_tick",
    "cost_overdraft_this_amount_one_tick",
    "my_q2_out_value_to_counterparty",
    "my_q2_in_value_from_counterparty",
    "my_bilateral_net_q2",
    *(f"my_q2_out_value_top_{i}" for i in (1, 2, 5)),
    *(f"my_q2_in_value_top_{i}" for i in (1, 3)),
    *(f"my_bilateral_net_q2_top_{i}" for i in (1, 2)),
    *(f"top_cpty_{i}_id_hash" for i in (1, 4)),
    "tx_counterparty_id",
    "tx_is_top_counterparty",
    "lsm_run_rate_last_10_ticks",
    "system_throughput_guidance_fraction_by_tick",
]
"""Fields of the payment tree alone."""

FIELDS = [
    "effective_liquidity",
    "available_liquidity",
    "balance",
    "credit_limit",
    "unsecured_cap",
    "credit_used",
    "is_using_credit",
    "credit_headroom",
    "liquidity_pressure",
    "liquidity_buffer",
    "is_overdraft_capped",
    "incoming_expected_count",
    "outgoing_queue_size",
    "queue1_total_value",
    "queue1_liquidity_gap",
    "headroom",
    "current_tick",
    "rtgs_queue_size",
    "queue2_size",
    "rtgs_queue_value",
    "total_agents",
    "system_queue2_pressure_index",
    "system_ticks_per_day",
    "system_current_day",
    "system_tick_in_day",
    "ticks_remaining_in_day",
    "day_progress_fraction",
    "is_eod_rush",
    "my_throughput_fraction_today",
    "expected_throughput_fraction_by_now",
    "throughput_gap",
    "posted_collateral",
    "max_collateral_capacity",
    "remaining_collateral_capacity",
    "collateral_utilization",
    "collateral_haircut",
    "allowed_overdraft_limit",
    "overdraft_headroom",
    "required_collateral_for_usage",
    "excess_collateral",
    "overdraft_utilization",
    "queue2_count_for_agent",
    "queue2_nearest_deadline",
    "ticks_to_nearest_queue2_deadline",
    "cost_overdraft_bps_per_tick",
    "cost_delay_per_tick_per_cent",
    "cost_collateral_bps_per_tick",
    "cost_split_friction",
    "cost_deadline_penalty",
    "cost_eod_penalty",
    "bank_state_x",
    "bank_state_mode",
]
"""Fields of every tree."""

REGISTERS = ["bank_state_x", "bank_state_mode", "bank_state_"]
PARAMETERS = {"small": 3, "middle": 25.5, "large": 40_000, "negative": -4}
LITERALS = [0, 1, 2, 5, 10, 25, 60, 0.5, -3, 20_000, 3 * 10**8]


def random_policy(draw: Draw, others: list[str]) -> Data:
    """The `policy` of an agent: nothing but release, a built-in type, or a document."""
    kind = draw.integer(0, 9)
    if kind < 2:
        return {"type": "Fifo"}
    if kind == 2:
        return draw.choice(BUILT_IN)
    return {"type": "Inline", "decision_trees": random_document(draw, others)}


BUILT_IN: list[Data] = [
    {"type": "LiquiditySplitting", "max_splits": 3, "min_split_amount": 5},
    {"type": "LiquidityAware", "target_buffer": 20, "urgency_threshold": 2},
    {"type": "Deadline", "urgency_threshold": 3},
    {"type": "MockSplitting", "num_splits": 2},
]


def random_document(draw: Draw, others: list[str]) -> Data:
    """A policy document; every tree is there in some of them."""
    parameters: dict[str, float] = dict(PARAMETERS)
    if draw.chance(25):
        parameters["initial_liquidity_fraction"] = draw.choice([0.5, 0.25, 1.0, 0.0])
    document: Data = {"version": "1.0", "policy_id": "random", "parameters": parameters}
    document["payment_tree"] = _payment_tree(draw, 3)
    if draw.chance(50):
        document["bank_tree"] = _bank_tree(draw, others, 2)
    if draw.chance(40):
        document["strategic_collateral_tree"] = _tree(draw, 2, FIELDS, _collateral_action)
    if draw.chance(40):
        document["end_of_tick_collateral_tree"] = _tree(draw, 2, FIELDS, _collateral_action)
    return document


# ---- values and conditions ----


def _value(draw: Draw, depth: int, fields: list[str]) -> Data:
    kind = draw.integer(0, 5 if depth > 0 else 3)
    if kind < 2:
        return {"field": draw.choice(fields)}
    if kind == 2:
        return {"value": draw.choice(LITERALS)}
    if kind == 3:
        return {"param": draw.choice(list(PARAMETERS))}
    return {"compute": _computation(draw, depth - 1, fields)}


def _computation(draw: Draw, depth: int, fields: list[str]) -> Data:
    def value() -> Data:
        return _value(draw, depth, fields)

    op = draw.choice(["+", "-", "*", "/", "max", "min", "ceil", "floor", "round", "abs", "clamp", "div0"])
    if op == "/":
        return {"op": op, "left": value(), "right": {"value": draw.choice([2, 3.5, -4])}}
    if op in "+-*":
        return {"op": op, "left": value(), "right": value()}
    if op in ("max", "min"):
        return {"op": op, "values": [value() for _ in range(draw.integer(1, 3))]}
    if op == "clamp":
        return {"op": op, "value": value(), "min": value(), "max": value()}
    if op == "div0":
        return {"op": op, "numerator": value(), "denominator": value(), "default": value()}
    return {"op": op, "value": value()}


def _condition(draw: Draw, depth: int, fields: list[str]) -> Data:
    kind = draw.integer(0, 9 if depth > 0 else 6)
    if kind < 7:
        op = draw.choice(["<", "<=", ">", ">=", "==", "!="])
        return {"op": op, "left": _value(draw, 1, fields), "right": _value(draw, 1, fields)}
    if kind == 7:
        return {"op": "not", "condition": _condition(draw, depth - 1, fields)}
    op = "and" if kind == 8 else "or"
    return {"op": op, "conditions": [_condition(draw, depth - 1, fields) for _ in range(draw.integer(0, 3))]}


# ---- trees ----


def _branch(condition: Data, yes: Data, no: Data) -> Data:
    return {"type": "condition", "condition": condition, "on_true": yes, "on_false": no}


def _action(name: str, **parameters: Data) -> Data:
    return {"type": "action", "action": name, "parameters": parameters}


def _tree(draw: Draw, depth: int, fields: list[str], leaf: Any) -> Data:
    if depth == 0 or draw.chance(30):
        made: Data = leaf(draw, fields)
        return made
    condition = _condition(draw, 1, fields)
    return _branch(condition, _tree(draw, depth - 1, fields, leaf), _tree(draw, depth - 1, fields, leaf))


def _payment_tree(draw: Draw, depth: int) -> Data:
    tree = _tree(draw, depth, PAYMENT_FIELDS + FIELDS, _payment_action)
    if draw.chance(25):
        queued = {"op": "==", "left": {"field": "is_in_queue2"}, "right": {"value": 1}}
        wait = _branch(_condition(draw, 1, PAYMENT_FIELDS + FIELDS), _from_queue2(draw), _action("Hold"))
        return _branch(queued, wait, tree)
    return tree


def _from_queue2(draw: Draw) -> Data:
    if draw.chance(50):
        return _action("WithdrawFromRtgs")
    return _action("ResubmitToRtgs", rtgs_priority={"value": draw.choice(["Urgent", "HighlyUrgent", "Normal"])})


def _payment_action(draw: Draw, fields: list[str]) -> Data:
    kind = draw.integer(0, 15)
    if kind < 7:
        return _release(draw, fields)
    if kind < 10:
        return _split(draw)
    if kind == 10:
        return _action("Drop", **_reason(draw))
    if kind == 11:
        return _action("Reprioritize", new_priority=_value(draw, 1, fields))
    if kind == 12:
        return _from_queue2(draw)
    return _action("Hold", **_reason(draw))


def _release(draw: Draw, fields: list[str]) -> Data:
    parameters: Data = {}
    kind = draw.integer(0, 9)
    # Not both: a priority flag on a postponed release is the one change that no event tells (D43).
    if kind == 8:
        parameters["priority_flag"] = {"value": draw.choice(["HIGH", "LOW", "MEDIUM", "other"])}
    elif kind == 9:
        later = {"op": "+", "left": {"field": "arrival_tick"}, "right": {"value": draw.integer(0, 3)}}
        parameters["timed_for_tick"] = draw.choice([{"compute": later}, _value(draw, 1, fields)])
    return _action(draw.choice(["Release", "ReleaseWithCredit"]), **parameters)


def _split(draw: Draw) -> Data:
    count = draw.integer(2, 4)
    kind = draw.integer(0, 3)
    if kind < 2:
        parts = _action(draw.choice(["Split", "PaceAndRelease"]), num_splits={"value": count})
    else:
        parts = _action(
            "StaggerSplit",
            num_splits={"value": count},
            stagger_first_now={"value": draw.integer(0, count)},
            stagger_gap_ticks={"value": draw.choice([1, 2, 0, 3, 10**6])},
            priority_boost_children={"value": draw.choice([0, 1, 7, 255])},
        )
    # Children are split again, but not for ever: they have the arrival of their parent.
    young = {"op": "<", "left": {"field": "queue_age"}, "right": {"value": 3}}
    return _branch(young, parts, _action("Release"))


def _reason(draw: Draw) -> Data:
    kind = draw.integer(0, 3)
    if kind == 0:
        return {}
    return {"reason": {"value": draw.choice(["InsufficientLiquidity", "my own “text”", ""])}}


def _collateral_action(draw: Draw, fields: list[str]) -> Data:
    kind = draw.integer(0, 5)
    if kind == 0:
        return _action("HoldCollateral")
    parameters = {"amount": _value(draw, 2, fields), **_reason(draw)}
    if kind < 3:
        return _action("WithdrawCollateral", **parameters)
    if draw.chance(50):
        parameters["auto_withdraw_after_ticks"] = {"value": draw.choice([1, 2, 5, 0, 0.5])}
    return _action("PostCollateral", **parameters)


def _bank_tree(draw: Draw, others: list[str], depth: int) -> Data:
    def leaf(draw: Draw, fields: list[str]) -> Data:
        return _bank_action(draw, fields, others)

    if draw.chance(40):
        children = [_tree(draw, depth - 1, FIELDS, leaf) for _ in range(draw.integer(1, 3))]
        return {"type": "sequence", "children": children}
    return _tree(draw, depth, FIELDS, leaf)


def _bank_action(draw: Draw, fields: list[str], others: list[str]) -> Data:
    kind = draw.integer(0, 5)
    if kind == 0:
        return _action(draw.choice(["NoAction", "Hold"]))
    if kind < 4:
        parameters = {"key": {"value": draw.choice(REGISTERS)}, "value": _value(draw, 1, fields)}
        if draw.chance(30):
            parameters["reason"] = {"value": "because"}
        return _action(draw.choice(["SetState", "AddState"]), **parameters)
    budget = {"max_value_to_release": _value(draw, 1, fields)}
    if draw.chance(40):
        chosen = [other for other in others if draw.chance(60)]
        budget[draw.choice(["focus_counterparties", "focus_cpty_list"])] = {"value": chosen}
    if draw.chance(40):
        budget[draw.choice(["max_per_counterparty", "max_per_cpty"])] = _value(draw, 1, fields)
    return _action("SetReleaseBudget", **budget)
