"""`paysim policy`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Paysim
from tests.conftest import ROOT

LIBRARY = sorted((ROOT / "scenarios" / "policies").glob("*.json"))


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A document with two mistakes."""
    condition = {"op": "<", "left": {"field": "balanse"}, "right": {"value": 0}}
    tree = {
        "type": "condition",
        "condition": condition,
        "on_true": {"type": "action", "action": "Fly"},
        "on_false": {"type": "action", "action": "Release"},
    }
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({"version": "1.0", "policy_id": "wrong", "payment_tree": tree}))
    return path


def test_the_library_is_sound(paysim: Paysim) -> None:
    assert LIBRARY
    outcome = paysim("policy", "validate", *LIBRARY)
    assert outcome.code == 0, outcome.err
    assert outcome.out.count(": sound (") == len(LIBRARY)


def test_all_problems_at_once(paysim: Paysim, wrong: Path) -> None:
    outcome = paysim("policy", "validate", wrong, "Fifo")
    assert outcome.code == 1
    assert "wrong.json: 2 problems" in outcome.err
    assert 'Did you mean "balance"?' in outcome.err
    assert "Fly" in outcome.err
    assert "Fifo: sound" in outcome.out


def test_json(paysim: Paysim, wrong: Path, tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text("no JSON")
    outcome = paysim("policy", "validate", wrong, "Fifo", tmp_path / "text.json", "--json")
    assert outcome.code == 1
    bad, good, unreadable = outcome.data
    assert (bad["valid"], len(bad["problems"])) == (False, 2)
    assert (good["valid"], good["problems"]) == (True, [])
    assert "not a policy document" in unreadable["problems"][0]["message"]


@pytest.mark.parametrize("name", [*(path.stem for path in LIBRARY), "Fifo", "Deadline"])
def test_explain(paysim: Paysim, name: str) -> None:
    outcome = paysim("policy", "explain", name)
    assert outcome.code == 0, outcome.err
    assert len(outcome.out.splitlines()) > 2


def test_explain_refuses_what_is_wrong(paysim: Paysim, wrong: Path) -> None:
    outcome = paysim("policy", "explain", wrong)
    assert (outcome.code, outcome.out) == (1, "")
    assert "2 problems" in outcome.err


def test_a_misspelt_name_is_put_right(paysim: Paysim) -> None:
    outcome = paysim("policy", "explain", "Fifoo")
    assert outcome.code == 1
    assert 'did you mean "Fifo"?' in outcome.err


def test_schema(paysim: Paysim) -> None:
    assert "balance" in paysim("policy", "schema").out
    assert "| `balance` |" in paysim("policy", "schema", "--markdown").out
    fields = {field["field"] for field in paysim("policy", "schema", "--json").data["fields"]}
    assert {"balance", "amount"} <= fields
    assert paysim("policy", "schema", "--json", "--markdown").code == 2
