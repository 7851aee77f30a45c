"""The language in words: explanations, the schema, and the manual that quotes both."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from paysim_engine.policy import check_document
from paysim_engine.policy.explain import explain, number_words
from paysim_engine.policy.fields import FIELDS, TREES
from paysim_engine.policy.language import ACTIONS, COMPARISONS, COMPUTATIONS, CONNECTIVES
from paysim_engine.policy.schema import schema, with_schema
from tests.policy.worlds import RELEASE, Node, computed, document, field, literal

MANUAL = Path(__file__).parents[2] / "docs" / "policies.md"


def lines_of(**keys: object) -> list[str]:
    """The sentences of an explanation, without node ids."""
    return [line.split("  [")[0].strip() for line in explain(document(**keys)).splitlines()]


def action(name: str, **parameters: object) -> Node:
    return {"type": "action", "action": name, "parameters": parameters}


@pytest.mark.parametrize(
    ("tree", "node", "words"),
    [
        ("payment_tree", RELEASE, "release it"),
        (
            "payment_tree",
            action("Release", priority_flag=literal("HIGH"), timed_for_tick=field("deadline_tick")),
            "release it, with HIGH priority, not before tick deadline_tick",
        ),
        ("payment_tree", action("Release", priority_flag=field("priority")), "release it"),
        ("payment_tree", action("Hold", reason=literal("why not")), 'hold it, because "why not"'),
        ("payment_tree", action("Split", num_splits={"param": "n"}), "split it into n (3) and release all parts"),
        (
            "payment_tree",
            action(
                "StaggerSplit",
                num_splits=literal(4),
                stagger_first_now=literal(1),
                stagger_gap_ticks=literal(2),
                priority_boost_children=literal(0),
            ),
            "split it into 4, release 1 now and one every 2 ticks, priority raised by 0",
        ),
        ("payment_tree", action("Reprioritize", new_priority=literal(8.0)), "set its priority to 8"),
        ("payment_tree", action("ResubmitToRtgs", rtgs_priority=literal("Urgent")), "submit it anew as Urgent"),
        ("bank_tree", action("Hold"), "do nothing"),
        ("bank_tree", action("SetState", key=literal("x"), value=literal(1)), "remember x = 1"),
        (
            "bank_tree",
            action(
                "SetReleaseBudget",
                max_value_to_release=field("balance"),
                focus_cpty_list=literal(["A", "B", "C"]),
                max_per_cpty=literal(5),
            ),
            "release at most balance in this tick, only to A, B and C, at most 5 to each of them",
        ),
        (
            "strategic_collateral_tree",
            action("PostCollateral", amount=literal(100), auto_withdraw_after_ticks=literal(3)),
            "post 100, and take it back after 3 ticks",
        ),
    ],
)
def test_actions_in_words(tree: str, node: Node, words: str) -> None:
    assert check_document(document(**{tree: node}, parameters={"n": 3})) == []
    assert words in lines_of(**{tree: node}, parameters={"n": 3})


def test_conditions_in_words() -> None:
    low = {"op": "<", "left": field("balance"), "right": literal(0.5)}
    due = {"op": "==", "left": field("ticks_to_deadline"), "right": {"param": "n"}}
    condition = {"op": "or", "conditions": [due, {"op": "and", "conditions": [low, {"op": "not", "condition": low}]}]}
    tree = {"type": "condition", "condition": condition, "on_true": RELEASE, "on_false": RELEASE}
    expected = "if ticks_to_deadline = n (3) or (balance < 0.5 and not balance < 0.5):"
    assert expected in lines_of(payment_tree=tree, parameters={"n": 3})


def test_computations_in_words() -> None:
    share = computed("div0", numerator=field("balance"), denominator=literal(2), default=literal(0))
    sum_ = computed("+", left=field("balance"), right=literal(1))
    value = computed("max", values=[literal(0), computed("*", left=sum_, right=share)])
    words = "the largest of 0 and ((balance + 1) × (balance ÷ 2 (or 0 if that divides by 0)))"
    assert f"set its priority to {words}" in lines_of(payment_tree=action("Reprioritize", new_priority=value))


def test_the_explanation_ends_with_what_the_policy_looks_at() -> None:
    tree = action(
        "SetState", key=literal("mood"), value=computed("+", left=field("bank_state_mood"), right=field("balance"))
    )
    split = action("Split", num_splits=field("bank_state_other"))
    text = explain(document(bank_tree=tree, payment_tree=split))
    glossary = text[text.index("What it looks at") :].splitlines()[1:]
    assert glossary == [
        "  balance           [cents] Balance of the agent's account; negative in overdraft.",
        "  bank_state_mood   A state register of this policy; 0 until it is set.",
        "  bank_state_other  A state register that the policy never sets: always 0.",
    ]


def test_a_missing_payment_tree_is_explained() -> None:
    assert "There is no payment_tree: every payment is released at once." in lines_of()


@pytest.mark.parametrize(
    ("number", "words"), [(5, "5"), (5.0, "5"), (0.25, "0.25"), (1e20, "1e+20"), (True, "1"), (-3, "-3")]
)
def test_numbers_in_words(number: float, words: str) -> None:
    assert number_words(number) == words


# ---- schema ----


@pytest.mark.parametrize("output", ["text", "markdown", "json"])
def test_the_schema_has_every_word_of_the_language(output: str) -> None:
    text = schema(output)
    for name in (*TREES, *FIELDS, *ACTIONS, *COMPARISONS, *CONNECTIVES, *COMPUTATIONS):
        assert name in text
    for spec in (spec for entry in ACTIONS.values() for spec in entry.parameters):
        assert spec.name in text


def test_the_schema_as_data() -> None:
    data = json.loads(schema("json"))
    fields = {entry["field"]: entry for entry in data["fields"]}
    assert fields["amount"]["trees"] == ["payment_tree"]
    assert fields["balance"]["unit"] == "cents"
    post = next(entry for entry in data["actions"] if entry["action"] == "PostCollateral")
    assert [(spec["name"], spec["required"]) for spec in post["parameters"]] == [
        ("amount", True),
        ("reason", False),
        ("auto_withdraw_after_ticks", False),
    ]


def test_there_are_three_formats() -> None:
    with pytest.raises(ValueError, match="text, markdown, json"):
        schema("xml")


# ---- the manual ----


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", MANUAL.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def test_the_manual_has_the_present_schema() -> None:
    text = MANUAL.read_text("utf-8")
    assert with_schema(text) == text, "run: python -m paysim_engine.policy.schema docs/policies.md"
    with pytest.raises(ValueError, match="no part between"):
        with_schema("nothing")


def test_the_examples_of_the_manual_are_valid() -> None:
    found = [json.loads(block) for block in blocks("json")]
    documents = [example for example in found if "policy_id" in example]
    assert len(documents) == 2
    for example in documents:
        assert check_document(example) == []
    values = [example for example in found if "policy_id" not in example]
    trees = [action("SetReleaseBudget", max_value_to_release=value) for value in values]
    assert [check_document(document(bank_tree=tree, parameters={"buffer": 1})) for tree in trees] == [[]]


def test_the_manual_shows_what_explain_prints() -> None:
    first = json.loads(blocks("json")[0])
    assert explain(first) in blocks("")


def test_the_python_example_of_the_manual_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, str(MANUAL), "exec"), {})
    assert capsys.readouterr().out.startswith("Policy reserve_keeper")


def test_the_manual_lists_the_library() -> None:
    listed = re.findall(r"^\| `(\w+)` \| .* \| .* \|$", MANUAL.read_text("utf-8"), re.MULTILINE)
    folder = MANUAL.parents[1] / "scenarios" / "policies"
    assert {path.stem for path in folder.glob("*.json")} <= set(listed)


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys, paysim_engine.policy\n"
        "loaded = [name for name in sys.modules if name.startswith('paysim_engine.')]\n"
        "assert loaded == ['paysim_engine.policy'], loaded\n"
        "assert not {'pydantic', 'yaml', 'json'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=MANUAL.parents[1])
