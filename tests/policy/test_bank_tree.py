"""Budgets, state registers and sequences (05 §7.3, D20, D21, D29)."""

from typing import Any

import pytest

from paysim_engine.policy import compile_policy
from tests.policy.worlds import Node, World, computed, document, field, literal, setting

NOTHING: Node = {"type": "action", "action": "NoAction"}


def budget(**parameters: Any) -> Node:
    return {"type": "action", "action": "SetReleaseBudget", "parameters": parameters}


def adding(number: Node, key: str) -> Node:
    return {"type": "action", "action": "AddState", "parameters": {"key": literal(key), "value": number}}


def sequence(*children: Node, **keys: Any) -> Node:
    return {"type": "sequence", "children": list(children), **keys}


def events(tree: Node, **account: Any) -> list[dict[str, Any]]:
    return World(document(bank_tree=tree), **account).run_bank()


def test_a_budget() -> None:
    (event,) = events(budget(max_value_to_release=literal(150.99)))
    assert (event["event_type"], event["agent_id"], event["max_value"]) == ("BankBudgetSet", "A", 150)
    assert event["focus_counterparties"] is None
    assert event["max_per_counterparty"] is None


@pytest.mark.parametrize(
    ("focus", "limit"), [("focus_counterparties", "max_per_counterparty"), ("focus_cpty_list", "max_per_cpty")]
)
def test_a_budget_by_counterparty_under_both_names(focus: str, limit: str) -> None:
    tree = budget(max_value_to_release=field("balance"), **{focus: literal(["B", "nobody"]), limit: literal(-15.9)})
    (event,) = events(tree, opening_balance=70)
    assert (event["max_value"], event["focus_counterparties"], event["max_per_counterparty"]) == (
        70,
        ["B", "nobody"],
        -15,
    )


def test_the_first_name_wins_where_both_are_given() -> None:
    (event,) = events(budget(max_value_to_release=literal(1), max_per_counterparty=literal(2), max_per_cpty=literal(3)))
    assert event["max_per_counterparty"] == 2


def test_an_empty_focus_list_means_everybody() -> None:
    (event,) = events(budget(max_value_to_release=literal(1), focus_counterparties=literal([])))
    assert event["focus_counterparties"] is None


def test_a_register_event_has_old_and_new_value_reason_and_path() -> None:
    tree = {
        "type": "condition",
        "node_id": "N1",
        "condition": {"op": "<", "left": literal(1), "right": literal(0)},
        "on_true": NOTHING,
        "on_false": {
            "type": "condition",
            "node_id": "N2",
            "condition": {"op": "<", "left": literal(0), "right": literal(1)},
            "on_true": {**setting(literal(2.5), "mood"), "node_id": "A3"},
            "on_false": NOTHING,
        },
    }
    world = World(document(bank_tree=tree))
    (first,), (second,) = world.run_bank(), world.run_bank()
    assert first["register_key"] == "mood"
    assert (first["old_value"], first["new_value"], first["reason"]) == (0.0, 2.5, "policy_action")
    assert first["decision_path"] == "N1(false) → N2(true) → A3"
    assert (second["old_value"], second["new_value"]) == (2.5, 2.5)  # reported although nothing changes


def test_a_sequence_sees_what_it_did_itself() -> None:
    tree = sequence(
        setting(literal(2), "mood"),
        {
            "type": "condition",
            "node_id": "C",
            "condition": {"op": "==", "left": field("bank_state_mood"), "right": literal(2)},
            "on_true": adding(literal(10), "mood"),
            "on_false": NOTHING,
        },
        sequence(adding(field("bank_state_mood"), "mood"), {"type": "action", "action": "Hold"}, node_id="inner"),
        budget(max_value_to_release=field("bank_state_mood")),
    )
    found = events(tree)
    assert [event.get("new_value", event.get("max_value")) for event in found] == [2.0, 12.0, 24.0, 24]
    assert [event.get("decision_path") for event in found[:3]] == [
        "bank_tree[0] → bank_tree.children[0]",
        "bank_tree[1] → C(true) → bank_tree.children[1].on_true",
        "bank_tree[2] → inner[0] → bank_tree.children[2].children[0]",
    ]


def test_an_empty_sequence_does_nothing() -> None:
    assert events(sequence()) == []


@pytest.mark.parametrize("tree", [NOTHING, {"type": "action", "action": "Hold"}])
def test_a_tree_that_does_nothing_need_not_be_run(tree: Node) -> None:
    assert not compile_policy(document(bank_tree=tree)).has_bank
    assert events(tree) == []


def test_a_register_is_read_under_its_own_name_first() -> None:
    read = computed("+", left=field("bank_state_x"), right=literal(0))
    tree = sequence(
        setting(literal(1), "x"),
        setting(read, "first"),
        setting(literal(5), "bank_state_x"),
        setting(read, "second"),
        setting(literal(0), "bank_state_x"),
        setting(read, "third"),
    )
    world = World(document(bank_tree=tree))
    world.run_bank()
    assert [world.register(name) for name in ("first", "second", "third")] == [1, 5, 0]


def test_a_register_that_is_never_set_is_zero() -> None:
    world = World(document(bank_tree=setting(field("bank_state_unknown"))))
    world.run_bank()
    assert world.register() == 0
    assert world.policy.register_names == ["x"]


def test_registers_come_in_ascending_order() -> None:
    tree = sequence(*(setting(literal(1), key) for key in ("b", "bank_state_a", "B", "a", "b")))
    assert compile_policy(document(bank_tree=tree)).register_names == ["B", "a", "b", "bank_state_a"]


def test_registers_reach_the_other_trees() -> None:
    post = {"type": "action", "action": "PostCollateral", "parameters": {"amount": field("bank_state_x")}}
    world = World(document(bank_tree=setting(literal(40)), strategic_collateral_tree=post))
    assert world.policy.decide_strategic(world.look(-1)).amount == 0
    world.run_bank()
    assert world.policy.decide_strategic(world.look(-1)).amount == 40


def test_what_was_done_before_an_error_stays_done() -> None:
    failing = setting(computed("/", left=literal(1), right=field("balance")), "y")
    world = World(document(bank_tree=sequence(setting(literal(1), "x"), {**failing, "node_id": "divides"})))
    with pytest.raises(Exception, match="bank_tree, node divides: division by zero"):
        world.run_bank()
    assert world.register("x") == 1
