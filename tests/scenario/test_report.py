"""The report: everything at once, in the order of the file, with lines and hints."""

import json
import re
from pathlib import Path

import pytest
import yaml

from paysim_engine.scenario import MISSING, Problem, ScenarioError, load_scenario
from paysim_engine.scenario.bounds import PROBLEMS_MAX
from paysim_engine.scenario.problems import in_order, report
from paysim_engine.wording import edit_distance, join_path, nearest, show, suggestion
from tests.scenario.building import FULL, MINIMAL, changed, load_data, load_text, problems

MANY_MISTAKES = """\
simulation: {ticks_per_day: 10, num_days: 0, rng_seed: 1, priority_mode: true}
lsm_config:
  max_cycle_length: 2
agents:
  - id: NORTH
    opening_balence: 5
    opening_balance: 1.5
    policy: {type: InlineJson, json_string: "{"}
    arrival_config:
      rate_per_tick: 1
      amount_distribution: {type: Uniform, min: 5, max: 4}
      counterparty_weights: {SUOTH: 1}
      deadline_range: [1, 2]
  - id: SOUTH
    opening_balance: 5
    opening_balance: 6
scenario_events:
  - {type: DirectTransfer, from_agent: NORTH, to_agent: NORTH, amount: 5, schedule: {type: OneTime, tick: 0}}
"""


def test_all_kinds_of_problems_in_one_report(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(tmp_path, MANY_MISTAKES)
    found = {problem.path: problem for problem in caught.value.problems}
    assert {path: problem.line for path, problem in found.items()} == {
        "simulation.num_days": 1,
        "simulation.priority_mode": 1,
        "lsm_config.max_cycle_length": 3,
        "agents[0].opening_balence": 6,
        "agents[0].opening_balance": 7,
        "agents[0].policy.json_string": 8,
        "agents[0].arrival_config.amount_distribution.max": 11,
        "agents[0].arrival_config.counterparty_weights.SUOTH": 12,
        "agents[1].opening_balance": 16,
        "scenario_events[0].to_agent": 18,
    }
    assert [problem.line for problem in caught.value.problems] == sorted(
        problem.line or 0 for problem in found.values()
    )
    text = str(caught.value)
    assert text.splitlines()[0] == f"{tmp_path / 'case.yaml'}: 10 problems"
    for line in (
        'agents[0].opening_balence: unknown key. Did you mean "opening_balance"?',
        'simulation.priority_mode: unknown key here. It belongs at the top level: "priority_mode".',
        "line 16: agents[1].opening_balance: key given twice, in lines 15 and 16.",
        "line 7: agents[0].opening_balance: must be a whole number of cents from -10^15 to 10^15, got 1.5.",
    ):
        assert line in text


def test_one_variant_only(tmp_path: Path) -> None:
    """A mistake in one variant of a union is reported once, and not for the other variants."""
    data = changed(MINIMAL, "agents.0.policy", {"type": "Deadline"})
    assert len(problems(lambda: load_data(tmp_path, data))) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "", "Empty configuration file"),
        ("a.yaml", "# nothing\n", "Empty configuration file"),
        ("a.json", " \n", "Empty configuration file"),
        ("a.json", "null", "Empty configuration file"),
        ("a.yaml", "- 1", "a scenario file is a mapping"),
        ("a.yaml", "hello", "a scenario file is a mapping"),
        ("a.json", "[]", "a scenario file is a mapping"),
        ("a.yaml", "a: [", "not valid YAML"),
        ("a.json", '{"simulation": }', "not valid JSON"),
        ("a.json", "simulation: {}", "not valid JSON"),
        ("a.toml", "a = 1", "unknown kind of file: .toml"),
        ("a", "a: 1", "no extension"),
        ("a.yaml", b"\xff\xfe\xfd", "not valid YAML"),
    ],
)
def test_files_that_are_no_scenario(name: str, text: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        load_text(tmp_path, text, name)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="Scenario file not found"):
        load_scenario(tmp_path / "nowhere.yaml")
    with pytest.raises(ScenarioError, match="not a regular file"):
        load_scenario(tmp_path)
    with pytest.raises(ScenarioError, match=r"cannot be read|not found"):
        load_scenario("nul\0byte.yaml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario("x" * 5000 + ".yaml")


def test_large_files_are_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(65 * 2**20)
    with pytest.raises(ScenarioError, match="at most 67108864 bytes"):
        load_scenario(file)


def test_extensions_in_any_case(tmp_path: Path) -> None:
    text = json.dumps(MINIMAL)
    loaded = [load_text(tmp_path, text, name) for name in ("a.json", "b.yaml", "c.YML", "d.JSON")]
    assert len({scenario.fingerprint for scenario in loaded}) == 1
    assert [scenario.name for scenario in loaded] == ["a", "b", "c", "d"]


def test_repeated_keys_in_json_have_lines(tmp_path: Path) -> None:
    text = '{"simulation": {"ticks_per_day": 1,\n "num_days": 1,\n "rng_seed": 1, "num_days": 2},\n "agents": []}'
    found = problems(lambda: load_text(tmp_path, text, "a.json"))
    assert "line 3: simulation.num_days: key given twice, in lines 2 and 3." in map(str, found)


def test_repeated_keys_in_json_that_is_no_yaml(tmp_path: Path) -> None:
    text = (
        '{"simulation": {"rng_seed": 1, "rng_seed": 2}, "a": "\\/", "agents": [{"opening_balance":\t1}]}\n\x7f'.strip(
            "\x7f"
        )
    )
    found = problems(lambda: load_text(tmp_path, text.replace("\n", "") + "\n\t", "a.json"))
    assert "simulation.rng_seed: key given twice" in "\n".join(map(str, found))


@pytest.mark.parametrize("where", ["", "simulation", "agents[0]"])
def test_keys_are_text(where: str, tmp_path: Path) -> None:
    data = json.loads(json.dumps(MINIMAL))
    {"": data, "simulation": data["simulation"], "agents[0]": data["agents"][0]}[where][5] = 1
    found = problems(lambda: load_text(tmp_path, yaml.safe_dump(data)))
    assert [(problem.path, problem.value, problem.message) for problem in found] == [(where, 5, "keys must be text")]


def test_a_report_is_not_endless() -> None:
    text = report("x", [Problem(f"a[{i}]", i, "is wrong") for i in range(1000)], "problem")
    assert len(text.splitlines()) == 202
    assert text.endswith("... and 800 more")


def test_a_hopeless_file_is_refused_in_reasonable_time(tmp_path: Path) -> None:
    weights = {str(i): "x" for i in range(300)}
    stream = {**FULL["agents"][2]["arrival_config"], "counterparty_weights": weights}
    agents = [{"id": f"A{i}", "opening_balance": 0, "arrival_config": stream} for i in range(60)]
    found = problems(lambda: load_data(tmp_path, {**MINIMAL, "agents": agents}))
    assert len(weights) * len(agents) > PROBLEMS_MAX > len([p for p in found if "must be a number" in p.message]) > 1000


def test_problem_as_text_and_data() -> None:
    problem = Problem("a.b", 5, "is wrong", "Do better.", 3)
    assert str(problem) == "line 3: a.b: is wrong, got 5. Do better."
    assert problem.as_dict() == {"path": "a.b", "message": "is wrong", "hint": "Do better.", "line": 3, "value": "5"}
    assert str(Problem("", MISSING, "is wrong")) == "is wrong."
    assert "value" not in Problem("", MISSING, "is wrong").as_dict()
    assert repr(MISSING) == "MISSING"


def test_reports_hold_nothing_that_commands_a_terminal(tmp_path: Path) -> None:
    data = changed(MINIMAL, "agents.0", {"id": "A\x1b[2J\n", "policy": {"type": "FromJson", "json_path": "\x1b[2Jx"}})
    with pytest.raises(ScenarioError) as caught:
        load_data(tmp_path, {**data, "\x1b[2J": 1})
    assert len(str(caught.value).splitlines()) == 1 + len(caught.value.problems)
    assert str(caught.value).replace("\n", "").isprintable()


def test_problems_in_natural_order_and_once() -> None:
    paths = ["a[10].x", "a[2].y", "a[2].x", "", "a[2].x"]
    assert [problem.path for problem in in_order(Problem(path, 1, "m") for path in paths)] == [
        "",
        "a[2].x",
        "a[2].y",
        "a[10].x",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        ("x", '"x"'),
        ("\x1b[31m", '"\\u001b[31m"'),
        ("\x9b", '"\\u009b"'),
        ({"a": 1, "b": 2}, "{a: …, b: …}"),
        ([1, "x"], '[1, "x"]'),
        (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        ("y" * 100, '"' + "y" * 58 + "…"),
    ],
)
def test_show(value: object, shown: str) -> None:
    assert show(value) == shown


def test_a_number_too_long_to_write() -> None:
    assert show(10**5000) == "a very long number"


def test_paths() -> None:
    assert join_path(("agents", 0, "limits", "BANK A", "x-y")) == 'agents[0].limits["BANK A"].x-y'
    assert join_path(("b", 1), "a[0]") == "a[0].b[1]"


@pytest.mark.parametrize(
    ("name", "valid", "meant"),
    [
        ("opening_balence", ["opening_balance", "id"], "opening_balance"),
        ("Fifo", ["fifo", "lifo"], "fifo"),
        ("LSM_CONFIG", ["lsm_config"], "lsm_config"),
        ("eod_penalty_per_tx", ["eod_penalty", "eod_penalty_per_transaction"], None),
        ("opening", ["id", "policy"], None),
        ("xy", ["id"], None),
        ("", ["id"], None),
        ("balance_opening", ["opening_balance"], None),
        ("counterparty_weight", ["counterparty_weights"], "counterparty_weights"),
        ("overdraft_bps_tick", ["overdraft_bps_per_tick", "x"], "overdraft_bps_per_tick"),
    ],
)
def test_nearest(name: str, valid: list[str], meant: str | None) -> None:
    assert nearest(name, valid) == meant


def test_edit_distance() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance("", "abc") == 3
    assert edit_distance("abc", "abc") == 0


def test_suggestions_list_names_but_not_all_of_many() -> None:
    assert suggestion("zzzz", ["aa", "bb"]) == "Valid names: aa, bb."
    assert suggestion(5, ["aa"], "types") == "Valid types: aa."
    assert suggestion("q" * 20, [f"n{i}" for i in range(40)]).endswith("n29, ….")
