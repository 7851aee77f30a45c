"""The checks of values, conditions and nodes: each rule, and where it is reported (D29)."""

from typing import Any

import pytest

from paysim_engine.policy import check_document, compile_policy
from paysim_engine.policy.fields import WITHDRAWN_FIELDS
from tests.policy.checks import action, branch, comparing, of_payment_tree, only, problems
from tests.policy.worlds import RELEASE, Node, computed, document, field, literal

HOLD_COLLATERAL: Node = {"type": "action", "action": "HoldCollateral"}


# ---- values ----


def test_unknown_field() -> None:
    path, message, hint = only(payment_tree=comparing(field("balence")))
    assert path == "payment_tree.condition.left.field"
    assert message == 'policy "p", payment_tree, node "payment_tree": unknown field "balence"'
    assert hint == 'Did you mean "balance"?'


def test_the_path_continues_that_of_the_document() -> None:
    found = problems(path="agents[2].policy", payment_tree=comparing(field("balence")))
    assert found[0][0] == "agents[2].policy.payment_tree.condition.left.field"


@pytest.mark.parametrize("name", WITHDRAWN_FIELDS)
def test_fields_that_never_had_a_value_are_refused(name: str) -> None:
    _, message, hint = of_payment_tree(comparing(field(name)))
    assert "unknown field" in message
    assert hint == WITHDRAWN_FIELDS[name]


def test_register_fields_are_always_known() -> None:
    assert problems(payment_tree=comparing(field("bank_state_anything"))) == []


def test_unknown_parameter() -> None:
    _, message, hint = of_payment_tree(comparing({"param": "treshold"}), parameters={"threshold": 1})
    assert 'unknown parameter "treshold"' in message
    assert hint == 'Did you mean "threshold"?'
    assert of_payment_tree(comparing({"param": "x"}))[2] == "The document has no parameters."


@pytest.mark.parametrize("value", [5, "x", True, None, [], {}, {"fields": "balance"}, {"field": 5}, {"compute": 5}])
def test_a_value_needs_one_of_its_forms(value: Any) -> None:
    path, message, _ = of_payment_tree(comparing(value))
    assert path == "payment_tree.condition.left"
    assert "a value is an object with" in message


def test_a_bare_literal_gets_a_hint() -> None:
    assert of_payment_tree(comparing(5))[2] == 'For a literal write {"value": 5}.'


@pytest.mark.parametrize("value", ["x", None, [], {}, float("nan"), float("inf"), 10**400])
def test_literals_must_be_finite_numbers(value: Any) -> None:
    assert "a literal must be a number here" in of_payment_tree(comparing(literal(value)))[1]


def test_truth_values_are_numbers_but_not_as_parameters_of_an_action() -> None:
    assert problems(payment_tree=comparing(literal(True))) == []
    assert "a literal must be a number" in of_payment_tree(action("Split", num_splits=literal(True)))[1]
    inside = computed("+", left=literal(True), right=literal(1))
    assert problems(payment_tree=action("Split", num_splits=inside)) == []


@pytest.mark.parametrize(
    ("computation", "place", "message"),
    [
        ({"op": "%"}, "op", 'unknown operator "%" of a computation'),
        ({}, "op", 'a computation needs an "op"'),
        ({"op": ["+"]}, "op", "unknown operator"),
        ({"op": "+", "left": literal(1)}, "right", '"+" needs "right", a value'),
        ({"op": "max", "values": []}, "values", '"max" needs "values", a list of values'),
        ({"op": "min", "values": literal(1)}, "values", '"min" needs "values", a list of values'),
        ({"op": "abs"}, "value", '"abs" needs "value", a value'),
        ({"op": "/", "left": literal(1), "right": literal(0)}, "right", "division by a literal 0"),
        ({"op": "/", "left": literal(1), "right": literal(1e-17)}, "right", "division by a literal 0"),
        ({"op": "/", "left": literal(1), "right": literal(False)}, "right", "division by a literal 0"),
    ],
)
def test_computations(computation: Any, place: str, message: str) -> None:
    path, text, _ = of_payment_tree(comparing({"compute": computation}))
    assert path == f"payment_tree.condition.left.compute.{place}"
    assert message in text


def test_a_zero_divisor_is_found_however_deep() -> None:
    zero = computed("/", left=literal(1), right=literal(0))
    outer = computed("/", left=computed("max", values=[literal(1), zero]), right=literal(2))
    path, message, _ = of_payment_tree(comparing(outer))
    assert path == "payment_tree.condition.left.compute.left.compute.values[1].compute.right"
    assert "division by a literal 0" in message
    assert (
        problems(
            payment_tree=comparing(computed("div0", numerator=literal(1), denominator=literal(0), default=literal(0)))
        )
        == []
    )


@pytest.mark.parametrize(
    ("condition", "place", "message"),
    [
        ({"op": "=", "left": literal(1), "right": literal(1)}, ".op", 'unknown operator "="'),
        ({"left": literal(1)}, ".op", 'a condition needs an "op"'),
        ({"op": "+", "left": literal(1), "right": literal(1)}, ".op", 'unknown operator "+"'),
        (True, "", 'a condition is an object with an "op"'),
        ({"op": "<", "left": literal(1)}, ".right", '"<" needs "right", a value'),
        ({"op": "and", "conditions": {}}, ".conditions", '"and" needs "conditions", a list of conditions'),
        ({"op": "or"}, ".conditions", '"or" needs "conditions", a list of conditions'),
        ({"op": "not"}, ".condition", '"not" needs "condition", an expression'),
        ({"op": "not", "condition": []}, ".condition", 'a condition is an object with an "op"'),
    ],
)
def test_conditions(condition: Any, place: str, message: str) -> None:
    path, text, _ = of_payment_tree(branch(condition))
    assert path == f"payment_tree.condition{place}"
    assert message in text


# ---- nodes ----


@pytest.mark.parametrize(
    ("node", "place", "message"),
    [
        ([], "", "a node is an object"),
        ({"action": "Release"}, ".type", 'a node needs a "type"'),
        ({"type": "Action", "action": "Release"}, ".type", 'unknown type of node "Action"'),
        ({**RELEASE, "node_id": 5}, ".node_id", '"node_id" is a text, got 5'),
        ({**RELEASE, "node_id": None}, ".node_id", '"node_id" is a text, got null'),
        ({"type": "sequence", "children": []}, "", "a sequence cannot stand in payment_tree"),
        ({"type": "action"}, ".action", 'an action node needs an "action"'),
        (action("Realese"), ".action", 'unknown action "Realese"'),
        ({"type": "action", "action": "Release", "parameters": None}, ".parameters", "is an object, got null"),
    ],
)
def test_nodes(node: Any, place: str, message: str) -> None:
    path, text, _ = of_payment_tree(node)
    assert path == f"payment_tree{place}"
    assert message in text


def test_the_parts_of_a_condition_node() -> None:
    found = problems(payment_tree={"type": "condition", "node_id": "N", "description": 7})
    assert [(path, message.split(": ", 1)[1]) for path, message, _ in found] == [
        ("payment_tree.description", '"description" is a text, got 7'),
        ("payment_tree.condition", 'a condition is an object with an "op", got null'),
        ("payment_tree.on_true", 'a condition node needs "on_true", a node'),
        ("payment_tree.on_false", 'a condition node needs "on_false", a node'),
    ]
    assert all('node "N"' in message for _, message, _ in found)


def test_a_null_description_and_unknown_keys_do_no_harm() -> None:
    tree = branch({"op": "and", "conditions": [], "note": 1}, description=None, comment="free")
    assert problems(payment_tree=tree, comment=["free"], description=None) == []


def test_children_of_a_sequence() -> None:
    assert only(bank_tree={"type": "sequence"})[:2] == (
        "bank_tree.children",
        'policy "p", bank_tree, node "bank_tree": a sequence needs "children", a list of nodes',
    )
    path, message, _ = only(bank_tree={"type": "sequence", "children": [action("NoAction"), action("Release")]})
    assert path == "bank_tree.children[1].action"
    assert 'node "bank_tree.children[1]"' in message


def test_node_ids_are_unique_over_all_trees() -> None:
    named = {**RELEASE, "node_id": "same"}
    post = {**HOLD_COLLATERAL, "node_id": "same"}
    found = problems(
        payment_tree=branch({"op": "and", "conditions": []}, named, named), end_of_tick_collateral_tree=post
    )
    assert [(path, hint) for path, _, hint in found] == [
        ("payment_tree.on_false.node_id", "It is also the id of payment_tree.on_true."),
        ("end_of_tick_collateral_tree.node_id", "It is also the id of payment_tree.on_true."),
    ]


def test_a_default_id_is_an_id() -> None:
    tree = branch({"op": "and", "conditions": []}, {**RELEASE, "node_id": "payment_tree.on_false"})
    assert "is used twice" in of_payment_tree(tree)[1]


def chain(depth: int) -> Node:
    node: Node = RELEASE
    for _ in range(depth):
        node = branch({"op": "and", "conditions": []}, RELEASE, node)
    return node


def test_depth() -> None:
    deepest = document(payment_tree=chain(100))
    assert check_document(deepest) == []
    assert compile_policy(deepest).policy_id == "p"
    path, message, _ = of_payment_tree(chain(101))
    assert path == "payment_tree"
    assert "101 nodes deep below its root; at most 100" in message
    assert "nested more than 127 levels" in of_payment_tree(chain(200))[1]
