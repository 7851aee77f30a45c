"""The checks of a document: each rule, where it is reported, and that all are reported at once (D29)."""

from typing import Any

import pytest

from paysim_engine.policy import check_document, compile_policy
from paysim_engine.policy.fields import TREES, WITHDRAWN_FIELDS
from tests.policy.worlds import RELEASE, Node, computed, document, field, literal, setting

HOLD_COLLATERAL: Node = {"type": "action", "action": "HoldCollateral"}


def branch(condition: Any, on_true: Any = RELEASE, on_false: Any = RELEASE, **keys: Any) -> Node:
    return {"type": "condition", "condition": condition, "on_true": on_true, "on_false": on_false, **keys}


def action(name: str, **parameters: Any) -> Node:
    return {"type": "action", "action": name, "parameters": parameters}


def comparing(value: Any) -> Node:
    return branch({"op": "<", "left": value, "right": literal(0)})


def problems(path: str = "", **keys: Any) -> list[tuple[str, str, str]]:
    return check_document(document(**keys), path=path)


def only(**keys: Any) -> tuple[str, str, str]:
    """The one problem of a document."""
    found = problems(**keys)
    assert len(found) == 1, found
    return found[0]


def of_payment_tree(tree: Any, **keys: Any) -> tuple[str, str, str]:
    return only(payment_tree=tree, **keys)


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


# ---- actions ----


def test_actions_belong_in_their_trees() -> None:
    found = problems(
        payment_tree=action("NoAction"),
        bank_tree=action("Release"),
        strategic_collateral_tree=action("Hold"),
        end_of_tick_collateral_tree=action("SetState", key=literal("x"), value=literal(1)),
    )
    assert [path for path, _, _ in found] == [f"{tree}.action" for tree in TREES]
    assert all("cannot stand in" in message for _, message, _ in found)
    assert "It belongs in payment_tree" in found[1][2]
    assert "SetReleaseBudget" in found[1][2]


def test_what_a_misplaced_action_refers_to_is_checked_too() -> None:
    found = problems(bank_tree=action("Release", timed_for_tick=field("amount"), note=literal("x")))
    assert [path for path, _, _ in found] == ["bank_tree.action", "bank_tree.parameters.timed_for_tick.field"]


def test_hold_is_another_name_of_no_action_in_a_bank_tree() -> None:
    assert problems(bank_tree=action("Hold", reason=literal("quiet"))) == []


@pytest.mark.parametrize(
    ("name", "parameters", "place", "message"),
    [
        ("Split", {}, "num_splits", 'Split needs the parameter "num_splits"'),
        (
            "Split",
            {"num_split": literal(2), "num_splits": literal(2)},
            "num_split",
            'Split has no parameter "num_split"',
        ),
        ("Split", {"num_splits": literal("2")}, "num_splits.value", "a literal must be a number here"),
        ("Split", {"num_splits": 2}, "num_splits", "a value is an object"),
        ("Drop", {"why": literal("x")}, "why", 'Drop has no parameter "why"'),
        ("WithdrawFromRtgs", {"reason": literal("x")}, "reason", "WithdrawFromRtgs has no parameter"),
        ("Hold", {"reason": "x"}, "reason", "a value is an object"),
        ("Hold", {"reason": {"param": "x"}}, "reason.param", 'unknown parameter "x"'),
        ("Release", {"priority_flag": field("nothing")}, "priority_flag.field", 'unknown field "nothing"'),
        ("ResubmitToRtgs", {}, "rtgs_priority", 'needs the parameter "rtgs_priority"'),
        ("ResubmitToRtgs", {"rtgs_priority": literal(1)}, "rtgs_priority", "must be a text, got 1"),
        ("ResubmitToRtgs", {"rtgs_priority": field("priority")}, "rtgs_priority", "must be a literal"),
        (
            "ResubmitToRtgs",
            {"rtgs_priority": literal("urgent")},
            "rtgs_priority",
            "must be one of HighlyUrgent, Urgent",
        ),
    ],
)
def test_parameters_of_payment_actions(name: str, parameters: dict[str, Any], place: str, message: str) -> None:
    path, text, _ = of_payment_tree(action(name, **parameters))
    assert path == f"payment_tree.parameters.{place}"
    assert message in text


def test_hints_for_parameters() -> None:
    found = problems(payment_tree=action("Release", timed_for_tik=literal(1)))
    assert found[0][2] == 'Did you mean "timed_for_tick"?'
    assert of_payment_tree(action("ResubmitToRtgs", rtgs_priority=literal("urgent")))[2] == 'Did you mean "Urgent"?'
    assert of_payment_tree(action("WithdrawFromRtgs", x=literal(1)))[2] == "It has none."


@pytest.mark.parametrize(
    ("name", "parameters", "place", "message"),
    [
        ("SetState", {"value": literal(1)}, "key", 'SetState needs the parameter "key"'),
        ("SetState", {"key": literal("a b"), "value": literal(1)}, "key", "must be an identifier"),
        ("SetState", {"key": literal(""), "value": literal(1)}, "key", "must be an identifier"),
        ("SetState", {"key": field("balance"), "value": literal(1)}, "key", "must be a literal"),
        ("AddState", {"key": literal("x"), "value": literal(None)}, "value.value", "a literal must be a number"),
        ("AddState", {"key": literal("x"), "value": literal(1), "reason": literal(1)}, "reason", "must be a text"),
        ("SetReleaseBudget", {}, "max_value_to_release", "needs the parameter"),
        (
            "SetReleaseBudget",
            {"max_value_to_release": literal(1), "focus_cpty_list": literal("B")},
            "focus_cpty_list",
            "must be a list of agent ids",
        ),
        (
            "SetReleaseBudget",
            {"max_value_to_release": literal(1), "focus_counterparties": literal(["B", 2])},
            "focus_counterparties",
            "must be a list of agent ids",
        ),
    ],
)
def test_parameters_of_bank_actions(name: str, parameters: dict[str, Any], place: str, message: str) -> None:
    path, text, _ = only(bank_tree=action(name, **parameters))
    assert path == f"bank_tree.parameters.{place}"
    assert message in text


def test_reasons_and_flags_that_are_no_text_just_count_as_absent() -> None:
    for parameters in ({"reason": literal(5)}, {"reason": field("balance")}, {"reason": literal(None)}):
        assert problems(payment_tree=action("Hold", **parameters)) == []
        assert problems(strategic_collateral_tree=action("PostCollateral", amount=literal(1), **parameters)) == []
    assert problems(payment_tree=action("Release", priority_flag=literal(3))) == []


def test_ten_registers_are_enough() -> None:
    def registers(count: int) -> Node:
        return {"type": "sequence", "children": [setting(literal(1), f"r{i % count}") for i in range(20)]}

    assert problems(bank_tree=registers(10)) == []
    path, message, _ = only(bank_tree=registers(11))
    assert path == "bank_tree"
    assert "sets 11 state registers; an agent has at most 10" in message


# ---- the document ----


@pytest.mark.parametrize(("given", "shown"), [(None, "null"), ([], "[]"), ("x", '"x"'), (5, "5")])
def test_a_document_is_an_object(given: object, shown: str) -> None:
    assert check_document(given) == [("", f"policy: a policy document is an object, got {shown}", "")]


def test_the_head_of_a_document() -> None:
    found = check_document({"version": 1.0, "description": 5, "parameters": {"a": "1", "b": True, "c": None, "d": 2}})
    assert [path for path, _, _ in found] == [
        "version",
        "policy_id",
        "description",
        "parameters.a",
        "parameters.b",
        "parameters.c",
    ]
    assert found[0][2] == 'Write it in quotes: "1.0".'
    assert only(parameters=None)[0] == "parameters"


def test_a_null_tree_counts_as_absent() -> None:
    assert check_document(document(**dict.fromkeys(TREES))) == []


def test_all_problems_of_all_trees_are_reported_at_once() -> None:
    wrong = comparing(field("nonsense"))
    found = problems(
        parameters={"p": "x"},
        payment_tree=branch({"op": "~"}, wrong, action("Split")),
        bank_tree=action("SetState"),
        strategic_collateral_tree=action("PostCollateral"),
    )
    assert [path for path, _, _ in found] == [
        "parameters.p",
        "payment_tree.condition.op",
        "payment_tree.on_true.condition.left.field",
        "payment_tree.on_false.parameters.num_splits",
        "bank_tree.parameters.key",
        "bank_tree.parameters.value",
        "strategic_collateral_tree.parameters.amount",
    ]


def test_names_in_messages_cannot_command_a_terminal() -> None:
    _, message, _ = of_payment_tree(comparing(field("\x1b[31mred\n")))
    assert message.isprintable()


# ---- hostile documents ----


def test_ten_thousand_nodes() -> None:
    nodes = [RELEASE] * 5000
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2], strict=False)
        odd = nodes[-1:] if len(nodes) % 2 else []
        nodes = [comparing_nodes(left, right) for left, right in pairs] + odd
    large = document(payment_tree=nodes[0])
    assert check_document(large) == []
    assert not compile_policy(large).releases_everything


def comparing_nodes(left: Node, right: Node) -> Node:
    return branch({"op": "<", "left": field("amount"), "right": literal(5)}, left, right)


def test_a_document_that_multiplies_by_sharing_is_refused() -> None:
    node: Node = RELEASE
    for _ in range(60):
        node = branch({"op": "and", "conditions": []}, node, node)
    assert "more than 1000000 values" in of_payment_tree(node)[1]


def test_a_document_that_contains_itself_is_refused() -> None:
    node = branch({"op": "and", "conditions": []})
    node["on_false"] = node
    assert "nested more than 127 levels deep" in of_payment_tree(node)[1]


def test_the_compiler_refuses_what_the_checks_refuse() -> None:
    with pytest.raises(ValueError, match=r'not valid\n.*unknown field "balence". Did you mean "balance"\?'):
        compile_policy(document(payment_tree=comparing(field("balence"))))
