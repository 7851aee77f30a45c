"""`paysim baseline`."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from paysim_pipeline.cli.main import execute
from tests.conftest import ROOT


@dataclass(frozen=True)
class Outcome:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Baseline = Callable[..., Outcome]


@pytest.fixture
def baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> Baseline:
    """Runs `paysim baseline` with arguments, in this process."""

    def call(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = execute(["baseline", *arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        assert "defect" not in captured.err
        assert not (folder.parent / "data").exists()
        return Outcome(code, captured.out, captured.err)

    return call


def changed_seed(folder: Path, name: str) -> None:
    path = folder / f"{name}.yaml"
    text = path.read_text()
    assert "rng_seed: 2026" in text
    path.write_text(text.replace("rng_seed: 2026", "rng_seed: 2027"))


def test_check(baseline: Baseline) -> None:
    outcome = baseline("check")
    assert (outcome.code, outcome.err) == (0, "")
    assert [line.split(":")[0] for line in outcome.out.splitlines()] == ["gridlock", "liquidity_stress"]
    assert baseline("check", "gridlock", "--quiet") == Outcome(0, "", "")


def test_check_of_a_changed_scenario(baseline: Baseline, folder: Path) -> None:
    changed_seed(folder, "liquidity_stress")
    outcome = baseline("check", "liquidity_stress")
    assert outcome.code == 1
    assert "liquidity_stress: the scenario changed since its baseline was accepted" in outcome.err
    assert "drift" in outcome.out


def test_an_altered_rate_names_metric_and_amount(baseline: Baseline, folder: Path) -> None:
    path = folder / "liquidity_stress.yaml"
    text = path.read_text()
    accepted = json.loads((folder / "baselines" / "liquidity_stress.json").read_text())["metrics"]
    rate = "deadline_penalty: {mode: rate, bps_per_event: 50}"
    assert rate in text
    path.write_text(text.replace(rate, rate.replace("50", "60")))
    outcome = baseline("check", "liquidity_stress", "--json")
    found = json.loads(outcome.out)["liquidity_stress"]["metrics"]["penalty_cost"]
    assert outcome.code == 1
    assert found["old"] == accepted["penalty_cost"]
    assert found["difference"] == found["new"] - found["old"] > 0
    assert f"penalty_cost was {found['old']:,} and is {found['new']:,} (+{found['difference']:,} cents)" in outcome.err


def test_accept_makes_the_check_pass_again(baseline: Baseline, folder: Path) -> None:
    path = folder / "baselines" / "liquidity_stress.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"tolerances": {"total_cost": 5}}))
    changed_seed(folder, "liquidity_stress")
    outcome = baseline("accept", "liquidity_stress")
    assert outcome.code == 0
    assert outcome.out.startswith(f"{path}: another scenario; other events; ")
    assert "total_cost was " in outcome.out
    accepted = json.loads(path.read_text())
    assert accepted["seed"] == 2027
    assert accepted["tolerances"] == {"total_cost": 5}
    assert baseline("check").code == 0


def test_accept_is_the_same_every_time(baseline: Baseline, folder: Path) -> None:
    shipped = {path.name: path.read_bytes() for path in (ROOT / "scenarios" / "baselines").glob("*.json")}
    outcome = baseline("accept", "--all")
    assert outcome.code == 0
    assert outcome.out.count(": unchanged\n") == 2
    for path in (folder / "baselines").iterdir():
        path.unlink()
    assert baseline("accept", "--all").out.count(": new\n") == 2
    assert {path.name: path.read_bytes() for path in (folder / "baselines").iterdir()} == {
        name: content for name, content in shipped.items() if (folder / "baselines" / name).exists()
    }


def test_accept_replaces_what_cannot_be_read(baseline: Baseline, folder: Path) -> None:
    path = folder / "baselines" / "gridlock.json"
    sound = path.read_text()
    path.write_text("<<<<<<< HEAD\n" + sound)
    outcome = baseline("check", "gridlock")
    assert outcome.code == 1
    assert f"{path}: this is not JSON" in outcome.err
    assert "tolerances that were set in it are lost" in baseline("accept", "gridlock").err
    assert path.read_text() == sound


@pytest.mark.parametrize("command", ["check", "accept"])
def test_a_file_that_is_too_deep(baseline: Baseline, folder: Path, command: str) -> None:
    path = folder / "baselines" / "gridlock.json"
    path.write_text("[" * 100_000)
    assert f"{path}: this is not JSON" in baseline(command, "gridlock").err


def test_a_baseline_that_cannot_be_written(baseline: Baseline, folder: Path) -> None:
    path = folder / "baselines" / "gridlock.json"
    path.unlink()
    path.mkdir()
    outcome = baseline("accept", "gridlock")
    assert (outcome.code, outcome.out) == (1, "")
    assert f"paysim: {path}: it cannot be written: Is a directory; nothing was accepted" in outcome.err


def test_a_baseline_whose_scenario_is_gone(baseline: Baseline, folder: Path) -> None:
    (folder / "gridlock.yaml").unlink()
    outcome = baseline("check")
    assert outcome.code == 1
    assert f"{folder / 'baselines' / 'gridlock.json'}: its scenario is not in {folder} any more" in outcome.err


def test_no_scenarios(baseline: Baseline, folder: Path) -> None:
    for path in folder.glob("*.yaml"):
        path.unlink()
    outcome = baseline("accept", "--all")
    assert outcome.code == 1
    assert f"{folder}: there are no scenarios" in outcome.err


def test_one_that_fails_stops_no_other(baseline: Baseline, folder: Path) -> None:
    (folder / "gridlock.yaml").write_text("simulation: {}\n")
    outcome = baseline("check")
    assert outcome.code == 1
    assert "liquidity_stress: as accepted" in outcome.out
    assert str(folder / "gridlock.yaml") in outcome.err
    before = (folder / "baselines" / "gridlock.json").read_bytes()
    assert baseline("accept", "--all").code == 1
    assert (folder / "baselines" / "gridlock.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["check", "gridlok"], 1, 'gridlok: there is no such scenario in {folder}; did you mean "gridlock"?'),
        (["check", "../gridlock"], 1, "there is no such scenario in {folder}"),
        (["accept"], 2, "name the scenarios to accept, or give --all"),
        (["accept", "gridlock", "--all"], 2, "name the scenarios to accept, or give --all"),
        (["accept", "nowhere"], 1, "nowhere: there is no such scenario in {folder}"),
        (["check", "--processes", "0"], 2, "--processes"),
    ],
)
def test_bad_usage(baseline: Baseline, folder: Path, arguments: list[str], code: int, said: str) -> None:
    outcome = baseline(*arguments)
    assert outcome.code == code
    assert said.format(folder=folder) in outcome.err


def test_check_without_a_baseline(baseline: Baseline, folder: Path) -> None:
    (folder / "baselines" / "gridlock.json").unlink()
    assert "make it with 'paysim baseline accept gridlock'" in baseline("check", "gridlock").err
    (folder / "baselines" / "liquidity_stress.json").unlink()
    outcome = baseline("check")
    assert outcome.code == 1
    assert "there are no baselines; 'paysim baseline accept --all' makes them" in outcome.err


def test_list(baseline: Baseline, folder: Path) -> None:
    (folder / "baselines" / "gridlock.json").unlink()
    rows = [line.split() for line in baseline("list").out.splitlines()]
    assert ["gridlock", "no", "baseline"] in rows
    assert any(row[:3] == ["liquidity_stress", "0.1.0", "925"] for row in rows)
    stress, grid = json.loads(baseline("list", "--json").out)
    assert stress["metrics"]["payments"] == 925
    assert grid == {"scenario": "gridlock", "metrics": None}


def test_help_has_an_example(baseline: Baseline) -> None:
    for command in ("check", "accept", "list"):
        assert f"paysim baseline {command}" in baseline(command, "--help").out.split("Example")[1]


def test_help_imports_nothing_heavy() -> None:
    heavy = [
        "dagster",
        "duckdb",
        "polars",
        "pyarrow",
        "yaml",
        "paysim_engine.scenario.loader",
        "paysim_engine.simulation",
    ]
    program = (
        "import sys; from paysim_pipeline.cli.main import execute; execute(['baseline', '--help']); "
        "print(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
