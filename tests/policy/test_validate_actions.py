"""The checks of actions and of the document as a whole, and documents that mean harm (D29, D41)."""

from typing import Any

import pytest

from paysim_engine.policy import check_document, compile_policy
from paysim_engine.policy.fields import TREES
from tests.policy.checks import action, branch, comparing, of_payment_tree, only, problems
from tests.policy.worlds import RELEASE, Node, document, field, literal, setting

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
