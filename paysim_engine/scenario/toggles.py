"""Feature toggles: which categories of the policy language a document uses, and whether a scenario allows them.

Belongs here: the walk of 05 §8.3 over a document. Does not belong here: the keys of the toggles
(`sections.feature_toggles`), whether a document is valid (`paysim_engine.policy`).

The walk is the reference's: it does not look into the operand of `not`, nor into operands of computations other
than `left`, `right` and `values`, nor into action parameters named like a kind of value.
"""

from collections.abc import Iterator
from typing import Any

from paysim_engine.scenario.sections.feature_toggles import PolicyToggles

_TREES = ("payment_tree", "bank_tree", "strategic_collateral_tree", "end_of_tick_collateral_tree")
_VALUE_KINDS = frozenset(("value", "field", "param", "compute"))

_ACTIONS = {
    **dict.fromkeys(
        ("Release", "ReleaseWithCredit", "PaceAndRelease", "Split", "StaggerSplit", "Hold", "Drop", "Reprioritize"),
        "PaymentAction",
    ),
    **dict.fromkeys(("SetReleaseBudget", "SetState", "AddState"), "BankAction"),
    **dict.fromkeys(("PostCollateral", "WithdrawCollateral", "HoldCollateral"), "CollateralAction"),
    **dict.fromkeys(("WithdrawFromRtgs", "ResubmitToRtgs"), "RtgsAction"),
}
_CONDITIONS = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), "ComparisonOperator"),
    **dict.fromkeys(("and", "or", "not"), "LogicalOperator"),
}
_COMPUTATIONS = {
    **dict.fromkeys(("+", "-", "*", "/"), "BinaryArithmetic"),
    **dict.fromkeys(("max", "min"), "NaryArithmetic"),
    **dict.fromkeys(("ceil", "floor", "round", "abs"), "UnaryMath"),
    **dict.fromkeys(("clamp", "div0"), "TernaryMath"),
}
_FIELDS = {
    **dict.fromkeys(
        ("remaining_amount", "amount", "priority", "arrival_tick", "deadline_tick", "is_overdue"), "TransactionField"
    ),
    **dict.fromkeys(("balance", "effective_liquidity", "credit_limit", "unsecured_cap"), "AgentField"),
    **dict.fromkeys(("queue1_liquidity_gap", "queue2_size"), "QueueField"),
    **dict.fromkeys(("current_tick", "ticks_to_deadline", "is_eod_rush", "is_past_deadline"), "TimeField"),
    **dict.fromkeys(("posted_collateral", "collateral_haircut", "remaining_collateral_capacity"), "CollateralField"),
    **dict.fromkeys(
        (
            "cost_delay_this_tx_one_tick",
            "cost_overdraft_this_amount_one_tick",
            "cost_deadline_penalty",
            "cost_eod_penalty",
            "cost_split_friction",
        ),
        "CostField",
    ),
    "liquidity_pressure": "DerivedField",
}


def categories(document: dict[str, Any]) -> set[str]:
    """Names of all categories that a document uses; what has no category is always allowed."""
    return {name for tree in _TREES for name in _node(document.get(tree)) if name is not None}


def forbidden(document: dict[str, Any], toggles: PolicyToggles) -> tuple[str, str] | None:
    """What a document uses against the toggles: a message and which categories are allowed; None if nothing."""
    used = categories(document)
    if toggles.include is not None:
        used -= set(toggles.include)
        rule = f"Allowed categories: {', '.join(sorted(toggles.include))}."
    else:
        used &= set(toggles.exclude or ())
        rule = f"Excluded categories: {', '.join(sorted(toggles.exclude or ()))}."
    return (f"Policy uses forbidden categories: {', '.join(sorted(used))}", rule) if used else None


def _node(node: Any) -> Iterator[str | None]:
    if not isinstance(node, dict):
        return
    if node.get("type") == "action":
        yield _ACTIONS.get(str(node.get("action")))
        parameters = node.get("parameters")
        if isinstance(parameters, dict):
            for name, value in parameters.items():
                if name not in _VALUE_KINDS:
                    yield from _value(value)
    else:
        yield from _condition(node.get("condition"))
        yield from _node(node.get("on_true"))
        yield from _node(node.get("on_false"))
        for child in _items(node.get("children")):
            yield from _node(child)


def _condition(condition: Any) -> Iterator[str | None]:
    if isinstance(condition, dict):
        yield _CONDITIONS.get(str(condition.get("op")))
        yield from _value(condition.get("left"))
        yield from _value(condition.get("right"))
        for part in _items(condition.get("conditions")):
            yield from _condition(part)


def _value(value: Any) -> Iterator[str | None]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("field"), str):
        yield _FIELDS.get(value["field"])
    computation = value.get("compute")
    if isinstance(computation, dict):
        yield _COMPUTATIONS.get(str(computation.get("op")))
        yield from _value(computation.get("left"))
        yield from _value(computation.get("right"))
        for part in _items(computation.get("values")):
            yield from _value(part)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
