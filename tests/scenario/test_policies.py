"""Where policy documents come from, overrides of their parameters, and that each is checked once."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from paysim_engine.scenario import ScenarioError
from tests.scenario.building import (
    DOCUMENT,
    FULL,
    MINIMAL,
    RELEASE,
    changed,
    load_as_yaml,
    load_data,
    load_text,
    problems,
)
from tests.scenario.conftest import PolicyRoom

pytestmark = pytest.mark.usefixtures("policy_room")


def document(name: str, **parameters: float) -> dict[str, Any]:
    return {"version": "1.0", "policy_id": name, "parameters": parameters, "payment_tree": RELEASE}


def with_policy(policy: object, **agent: object) -> dict[str, Any]:
    return {**MINIMAL, "agents": [{**MINIMAL["agents"][0], "policy": policy, **agent}, MINIMAL["agents"][1]]}


def from_json(json_path: str, **keys: object) -> dict[str, Any]:
    return with_policy({"type": "FromJson", "json_path": json_path, **keys})


def policy_id(folder: Path, data: dict[str, Any], **options: Any) -> str:
    trees = load_data(folder, data, **options).resolved["agents"][0]["policy"]["decision_trees"]
    return str(trees["policy_id"])


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy_room: PolicyRoom) -> dict[str, Path]:
    """Five places, and the current directory is one of them."""
    folders = {name: tmp_path / name for name in ("absolute", "beside", "current", "first_dir", "second_dir")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.chdir(folders["current"])
    policy_room.library = {"p.json": document("library")}
    return folders


def put(folder: Path, name: str, place: str = "p.json") -> None:
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document(name)))


def test_first_hit_wins(places: dict[str, Path]) -> None:
    dirs = [places["first_dir"], places["second_dir"]]
    path = "simulator/policies/p.json"

    def found() -> str:
        return policy_id(places["beside"], from_json(path), policy_dirs=dirs)

    assert found() == "library"
    put(places["second_dir"], "second_dir")
    assert found() == "second_dir"
    put(places["first_dir"], "first_dir")
    assert found() == "first_dir"
    put(places["current"], "current", path)
    assert found() == "current"
    put(places["beside"], "beside", path)
    assert found() == "beside"
    put(places["absolute"], "absolute")
    assert policy_id(places["beside"], from_json(str(places["absolute"] / "p.json"))) == "absolute"


def test_a_bare_name_is_looked_up_in_the_library_but_not_in_policy_dirs(places: dict[str, Path]) -> None:
    put(places["first_dir"], "first_dir")
    assert policy_id(places["beside"], from_json("p.json"), policy_dirs=[places["first_dir"]]) == "library"


def test_a_path_with_folders_is_not_looked_up_in_the_library(places: dict[str, Path], policy_room: PolicyRoom) -> None:
    policy_room.library["x/p.json"] = document("library")
    assert problems(lambda: load_data(places["beside"], from_json("x/p.json"))) != []


def test_the_report_lists_all_places(places: dict[str, Path]) -> None:
    data = from_json("simulator/policies/q.json")
    found = problems(lambda: load_data(places["beside"], data, policy_dirs=[places["first_dir"], "relative"]))
    assert [(problem.path, problem.value) for problem in found] == [
        ("agents[0].policy.json_path", "simulator/policies/q.json")
    ]
    for place in (
        places["beside"] / "simulator/policies/q.json",
        places["current"] / "simulator/policies/q.json",
        places["first_dir"] / "q.json",
        "relative/q.json",
        'the policy library ("q.json")',
    ):
        assert str(place) in found[0].hint


@pytest.mark.parametrize("path", [".", "/dev/null", "/dev/zero", "a\0b", "x" * 5000, "/proc/self/mem", "~"])
def test_paths_that_lead_to_no_file(path: str, tmp_path: Path) -> None:
    assert [problem.path for problem in problems(lambda: load_data(tmp_path, from_json(path)))] == [
        "agents[0].policy.json_path"
    ]


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "secret", "secret.json")

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, os.strerror(13))

    scenario = tmp_path / "case.json"
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) if self == scenario else refuse(self))
    found = problems(lambda: load_data(tmp_path, from_json("secret.json")))
    assert ["cannot be read: Permission denied" in problem.message for problem in found] == [True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Invalid JSON"),
        ("[]", "a policy document is an object"),
        ('{"a": NaN}', "NaN"),
        ('{"version": "1", "version": "1"}', "given twice"),
        ("[" * 200 + "]" * 200, "127 levels"),
        ("", "Invalid JSON"),
    ],
)
def test_bad_json_in_files_and_texts(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text)
    for policy, key in (
        ({"type": "FromJson", "json_path": "p.json"}, "json_path"),
        ({"type": "InlineJson", "json_string": text}, "json_string"),
    ):
        found = problems(lambda policy=policy: load_data(tmp_path, with_policy(policy)))  # type: ignore[misc]
        assert [(problem.path, message in problem.message) for problem in found] == [(f"agents[0].policy.{key}", True)]


def test_large_policy_files_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "p.json").open("wb") as stream:
        stream.truncate(17 * 2**20)
    assert "at most" in problems(lambda: load_data(tmp_path, from_json("p.json")))[0].message


def test_inline_documents_are_json(tmp_path: Path) -> None:
    text = (
        "simulation: {ticks_per_day: 1, num_days: 1, rng_seed: 1}\n"
        "agents: [{id: A, opening_balance: 0, policy: {type: Inline, decision_trees: {payment_tree: %s}}}]"
    )
    for value, message in (
        ("{5: x}", "the key 5 is not text"),
        ("{on: x}", "the key True is not text"),
        ("2024-01-01", "date"),
        (".nan", "NaN"),
        ("[" * 126 + "]" * 126, ""),
        ("[" * 127 + "]" * 127, "127 levels"),
    ):
        found = problems(lambda value=value: load_text(tmp_path, text % value))  # type: ignore[misc]
        assert [problem.path for problem in found] == (["agents[0].policy.decision_trees"] if message else [])
        assert all(message in problem.message for problem in found)


def test_three_ways_to_write_a_document_are_one(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(DOCUMENT))
    fingerprints = {
        load_data(tmp_path, with_policy(policy)).fingerprint
        for policy in (
            {"type": "FromJson", "json_path": "p.json"},
            {"type": "FromJson", "json_path": str(tmp_path / "p.json"), "parameters": {"big": 60000.0}},
            {"type": "Inline", "decision_trees": DOCUMENT},
            {"type": "InlineJson", "json_string": json.dumps(DOCUMENT, indent=4)},
            {"type": "InlineJson", "json_string": json.dumps(DOCUMENT).replace("4.0", "4").replace("60000", "6e4")},
        )
    }
    assert len(fingerprints) == 1


def test_overrides(tmp_path: Path) -> None:
    policy = {
        "type": "Inline",
        "decision_trees": DOCUMENT,
        "parameters": {"big": 5, "initial_liquidity_fraction": 0.25},
    }
    trees = load_data(tmp_path, with_policy(policy)).resolved["agents"][0]["policy"]["decision_trees"]
    assert trees["parameters"] == {"last_call": 4, "big": 5, "initial_liquidity_fraction": 0.25}
    assert DOCUMENT["parameters"] == {"last_call": 4.0, "big": 60000}


@pytest.mark.parametrize(
    ("overrides", "path", "message"),
    [
        ({"last_cal": 1}, "parameters.last_cal", 'Did you mean "last_call"?'),
        ({"zzzz": 1}, "parameters.zzzz", "Valid parameters: last_call, big, initial_liquidity_fraction."),
        ({"big": True}, "parameters.big", "must be a finite number"),
        ({"big": None}, "parameters.big", "must be a finite number"),
        ({"big": "x"}, "parameters.big", "must be a finite number"),
        ([], "parameters", "must be a mapping"),
        (None, "parameters", "must be a mapping"),
    ],
)
def test_bad_overrides(overrides: object, path: str, message: str, tmp_path: Path) -> None:
    policy = {"type": "Inline", "decision_trees": DOCUMENT, "parameters": overrides}
    found = problems(lambda: load_data(tmp_path, with_policy(policy)))
    assert [(problem.path, message in str(problem)) for problem in found] == [(f"agents[0].policy.{path}", True)]


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan", "'inf'", "'1_000'"])
def test_overrides_are_finite(number: str, tmp_path: Path) -> None:
    policy = {"type": "Inline", "decision_trees": DOCUMENT, "parameters": {"big": "NUMBER"}}
    text = yaml.safe_dump(with_policy(policy)).replace("NUMBER", number)
    found = problems(lambda: load_text(tmp_path, text))
    assert [problem.message for problem in found] == ["must be a finite number"]


def test_built_in_types_take_no_overrides_and_touch_no_file(tmp_path: Path, policy_room: PolicyRoom) -> None:
    found = problems(lambda: load_data(tmp_path, with_policy({"type": "Fifo", "parameters": {}})))
    assert "not a key of type Fifo" in found[0].message
    loaded = load_data(tmp_path, with_policy({"type": "Deadline", "urgency_threshold": 3}))
    assert loaded.resolved["agents"][0]["policy"] == {"type": "Deadline", "urgency_threshold": 3}
    assert loaded.policies[0].document["parameters"] == {"urgency_threshold": 3}


def test_findings_of_the_policy_room_are_problems(
    tmp_path: Path, policy_room: PolicyRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_room, "findings", [("payment_tree.late", "no such field")])
    found = problems(lambda: load_data(tmp_path, changed(FULL, "simulation.num_days", 0)))
    assert [problem.path for problem in found] == ["agents[2].policy.payment_tree.late", "simulation.num_days"]


def test_a_shared_document_is_checked_and_compiled_once(tmp_path: Path, policy_room: PolicyRoom) -> None:
    put(tmp_path, "shared")
    agents = [
        {"id": str(i), "opening_balance": 0, "policy": {"type": "FromJson", "json_path": path}}
        for i, path in enumerate(("p.json", "p.json", "./p.json"))
    ]
    policy_room.checked.clear()
    policy_room.compiled.clear()
    config = load_data(tmp_path, {**MINIMAL, "agents": agents}).engine_config()
    assert len(policy_room.checked) == 2
    assert len(policy_room.compiled) == 2
    assert config.agents[0].policy is config.agents[1].policy


def test_a_document_without_payment_tree_gives_a_warning(tmp_path: Path) -> None:
    for tree in ({}, {"payment_tree": None}):
        loaded = load_data(
            tmp_path, with_policy({"type": "Inline", "decision_trees": {"version": "1", **tree}}), strict=True
        )
        assert ["no payment_tree" in warning.message for warning in loaded.warnings] == [True]


@pytest.mark.parametrize(
    ("agent", "own", "fraction"),
    [
        ({}, None, 1.0),
        ({"liquidity_pool": 100}, None, 1.0),
        ({"liquidity_pool": 100, "liquidity_allocation_fraction": 0.3}, None, 0.3),
        ({"liquidity_pool": 100, "liquidity_allocation_fraction": 0.0}, None, 0.0),
        ({"liquidity_pool": 100, "liquidity_allocation_fraction": 0.3}, 0.0, 0.0),
        ({"liquidity_pool": 100, "liquidity_allocation_fraction": 0.3}, 1, 1.0),
    ],
)
def test_share_of_the_pool(agent: dict[str, object], own: float | None, fraction: float, tmp_path: Path) -> None:
    parameters = {} if own is None else {"initial_liquidity_fraction": own}
    for policy in (
        {"type": "Inline", "decision_trees": document("x", **parameters)},
        {"type": "Inline", "decision_trees": document("x"), "parameters": parameters},
    ):
        config = load_data(tmp_path, with_policy(policy, **agent)).engine_config()
        assert config.agents[0].pool_fraction == fraction


def test_built_in_types_have_no_share_of_their_own(
    tmp_path: Path, policy_room: PolicyRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "paysim_engine.policy.library.builtin_document", lambda name: document(name, initial_liquidity_fraction=0.5)
    )
    data = with_policy({"type": "Fifo"}, liquidity_pool=100, liquidity_allocation_fraction=0.3)
    assert load_data(tmp_path, data).engine_config().agents[0].pool_fraction == 0.3


def test_share_of_the_pool_is_a_share(tmp_path: Path) -> None:
    policy = {"type": "Inline", "decision_trees": document("x", initial_liquidity_fraction=1.5)}
    found = problems(lambda: load_data(tmp_path, with_policy(policy, liquidity_pool=5)))
    assert [problem.path for problem in found] == ["agents[0].policy"]
    assert load_data(tmp_path, with_policy(policy)).warnings == []


def test_policies_are_checked_in_a_file_with_other_mistakes(tmp_path: Path) -> None:
    policy = {"type": "FromJson", "json_path": "nowhere.json", "paramters": {}}
    data = {**with_policy(policy), "lsm_config": {"max_cycle_length": 1}}
    paths = [problem.path for problem in problems(lambda: load_data(tmp_path, data))]
    assert paths == ["agents[0].policy.json_path", "agents[0].policy.paramters", "lsm_config.max_cycle_length"]


def test_toggles(tmp_path: Path) -> None:
    policies = [
        {"type": "Inline", "decision_trees": DOCUMENT},
        {"type": "InlineJson", "json_string": json.dumps(DOCUMENT)},
    ]
    toggles = {"exclude": ["TimeField", "PaymentAction"]}
    for policy in policies:
        with pytest.raises(ScenarioError) as caught:
            load_as_yaml(tmp_path, {**with_policy(policy), "policy_feature_toggles": toggles})
        assert [str(problem).partition(": ")[2] for problem in caught.value.problems] == [
            "agents[0].policy: Policy uses forbidden categories: PaymentAction, TimeField. "
            "Excluded categories: PaymentAction, TimeField."
        ]
    allowed = {"include": ["ComparisonOperator", "PaymentAction", "TimeField"]}
    assert load_data(tmp_path, {**with_policy(policies[0]), "policy_feature_toggles": allowed}).warnings == []
    built_in = {**with_policy({"type": "Deadline", "urgency_threshold": 3}), "policy_feature_toggles": {"include": []}}
    assert load_data(tmp_path, built_in).warnings == []
