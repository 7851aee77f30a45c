"""The walk over a document that collects the categories it uses."""

from typing import Any

import pytest

from paysim_engine.scenario.sections.feature_toggles import PolicyToggles
from paysim_engine.scenario.toggles import categories, forbidden

RELEASE = {"type": "action", "action": "Release"}
NOTHING = {"type": "action", "action": "NoAction"}


def condition(expression: object, **branches: object) -> dict[str, Any]:
    return {"type": "condition", "condition": expression, "on_true": NOTHING, "on_false": NOTHING, **branches}


def less(left: object, right: object = None) -> dict[str, Any]:
    return {"op": "<", "left": left, "right": right or {"value": 0}}


def act(action: str, **parameters: object) -> dict[str, Any]:
    return {"type": "action", "action": action, "parameters": parameters}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    (NOTHING, set()),
    (RELEASE, {"PaymentAction"}),
    (act("SetState"), {"BankAction"}),
    (act("HoldCollateral"), {"CollateralAction"}),
    (act("ResubmitToRtgs"), {"RtgsAction"}),
    (condition(less({"field": "balance"})), {"ComparisonOperator", "AgentField"}),
    (condition(less({"value": 1}, {"field": "queue2_size"})), {"ComparisonOperator", "QueueField"}),
    (condition(less({"field": "queue_age"})), {"ComparisonOperator"}),
    (
        condition({"op": "and", "conditions": [less({"field": "amount"})]}),
        {"LogicalOperator", "ComparisonOperator", "TransactionField"},
    ),
    # Not looked into: the operand of `not`, and operands other than left, right and values.
    (condition({"op": "not", "condition": less({"field": "amount"})}), {"LogicalOperator"}),
    (
        condition(less({"compute": {"op": "+", "left": {"field": "amount"}, "right": {"value": 1}}})),
        {"ComparisonOperator", "BinaryArithmetic", "TransactionField"},
    ),
    (
        condition(less({"compute": {"op": "max", "values": [{"field": "is_eod_rush"}]}})),
        {"ComparisonOperator", "NaryArithmetic", "TimeField"},
    ),
    (condition(less({"compute": {"op": "abs", "value": {"field": "amount"}}})), {"ComparisonOperator", "UnaryMath"}),
    (
        condition(less({"compute": {"op": "div0", "numerator": {"field": "amount"}}})),
        {"ComparisonOperator", "TernaryMath"},
    ),
    (act("Split", num_splits={"field": "posted_collateral"}), {"PaymentAction", "CollateralField"}),
    (
        act("Split", num_splits={"compute": {"op": "/", "left": {"field": "cost_split_friction"}}}),
        {"PaymentAction", "BinaryArithmetic", "CostField"},
    ),
    # Not looked into: parameters named like a kind of value.
    (act("SetState", value={"field": "balance"}), {"BankAction"}),
    (
        condition(less({"field": "liquidity_pressure"}), on_true=RELEASE),
        {"ComparisonOperator", "DerivedField", "PaymentAction"},
    ),
    (
        {"type": "sequence", "children": [act("AddState"), condition(less({"value": 1}))]},
        {"BankAction", "ComparisonOperator"},
    ),
]


@pytest.mark.parametrize(("tree", "expected"), CASES)
@pytest.mark.parametrize(
    "name", ["payment_tree", "bank_tree", "strategic_collateral_tree", "end_of_tick_collateral_tree"]
)
def test_categories(tree: dict[str, Any], expected: set[str], name: str) -> None:
    assert categories({name: tree}) == expected


@pytest.mark.parametrize(
    "tree", [None, 5, [], {}, {"type": "action", "action": []}, {"type": "condition", "condition": 5}]
)
def test_malformed_trees_do_no_harm(tree: object) -> None:
    assert categories({"payment_tree": tree}) == set()


def test_forbidden() -> None:
    document = {"payment_tree": condition(less({"field": "amount"}), on_true=RELEASE)}
    assert forbidden(document, PolicyToggles()) is None
    assert forbidden(document, PolicyToggles(exclude=["BankAction"])) is None
    assert forbidden(document, PolicyToggles(exclude=[])) is None
    assert forbidden(document, PolicyToggles(include=[])) == (
        "Policy uses forbidden categories: ComparisonOperator, PaymentAction, TransactionField",
        "Allowed categories: .",
    )
    assert forbidden(document, PolicyToggles(exclude=["TransactionField", "BankAction"])) == (
        "Policy uses forbidden categories: TransactionField",
        "Excluded categories: BankAction, TransactionField.",
    )
