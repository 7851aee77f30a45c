"""The baselines of this checkout hold, with the compiled and with the interpreted engine."""

import json
import os
import subprocess
import sys

from paysim_pipeline.partitions import scenario_files
from paysim_pipeline.regression.baseline import baseline_file, baseline_names, read_baseline
from paysim_pipeline.regression.comparing import compare
from paysim_pipeline.regression.measuring import measure_scenarios
from tests.conftest import ROOT

FOLDER = ROOT / "scenarios"


def test_every_scenario_has_a_baseline() -> None:
    assert baseline_names(FOLDER) == list(scenario_files(FOLDER)), "'paysim baseline accept' makes those that miss"


def test_the_baselines_hold() -> None:
    """With the engine that this suite tests."""
    measured, failures = measure_scenarios(scenario_files(FOLDER))
    assert failures == {}
    problems = [
        problem
        for name, found in measured.items()
        for problem in compare(read_baseline(baseline_file(FOLDER, name)), found).problems()
    ]
    assert problems == []


def test_the_baselines_hold_for_the_interpreted_engine() -> None:
    command = [sys.executable, "-m", "paysim_pipeline.cli", "baseline", "check", "--json"]
    variables = {**os.environ, "PAYSIM_MYPYC": "0", "PAYSIM_SCENARIOS": str(FOLDER)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: result["passed"] for name, result in found.items()} == dict.fromkeys(scenario_files(FOLDER), True)


def test_the_files_are_as_they_would_be_written() -> None:
    for name in baseline_names(FOLDER):
        path = baseline_file(FOLDER, name)
        assert path.read_text(encoding="utf-8") == read_baseline(path).text(), name
