"""What a regression run says of an engine that changed, and of one that did not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.regression.conftest import copied

Report = dict[str, Any]
SCENARIO = "liquidity_stress"
ACCEPTED = json.loads((ROOT / "scenarios" / "baselines" / f"{SCENARIO}.json").read_text())


def report(place: Path, change: str) -> Report:
    """What `changed_engine` printed."""
    variables = {
        **os.environ,
        "PAYSIM_MYPYC": "0",
        "PYTHONPATH": str(ROOT),
        "PAYSIM_SCENARIOS": str(copied(place / "scenarios", SCENARIO)),
        "PAYSIM_DB": str(place / "data" / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(place / "data" / "bundles"),
    }
    command = [sys.executable, "-m", "tests.regression.changed_engine", change]
    child = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr[-4000:]
    assert not (place / "data").exists(), "a regression run leaves the warehouse and its bundles alone"
    found: Report = json.loads(child.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(tmp_path_factory.mktemp("unchanged"), "unchanged")


@pytest.fixture(scope="module")
def costlier(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(tmp_path_factory.mktemp("costlier"), "doubled_delay_cost")


@pytest.fixture(scope="module")
def misattributed(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(tmp_path_factory.mktemp("misattributed"), "misattributed_submissions")


def check(found: Report, kind: str) -> Report:
    result: Report = found["dagster"]["checks"][f"{SCENARIO}_{kind}"]
    return result


def test_an_unchanged_engine_passes(unchanged: Report) -> None:
    assert unchanged["cli"] == {
        "code": 0,
        "out": f"{SCENARIO}: as accepted, {len(ACCEPTED['metrics'])} metrics and the events\n",
        "err": "",
    }
    assert unchanged["dagster"]["success"]
    assert {name: result["passed"] for name, result in unchanged["dagster"]["checks"].items()} == {
        f"{SCENARIO}_{kind}": True for kind in ("same_scenario", "same_metrics", "same_events")
    }


def test_a_changed_cost_formula_is_named_with_its_amount(costlier: Report) -> None:
    """Which scenario, which metric, by how much; on the command line and in Dagster."""
    old = ACCEPTED["metrics"]["delay_cost"]
    words = f"delay_cost was {old:,} and is {2 * old:,} (+{old:,} cents); tolerance 0"
    total = ACCEPTED["metrics"]["total_cost"]
    others = f"total_cost was {total:,} and is {total + old:,} (+{old:,} cents); tolerance 0"
    assert old > 0
    assert costlier["cli"]["code"] == 1
    assert f"{SCENARIO}: {others}; {words}" in costlier["cli"]["err"]
    failed = check(costlier, "same_metrics")
    assert (failed["passed"], failed["severity"]) == (False, "ERROR")
    assert failed["description"] == f"{SCENARIO}: {others}; {words}"


def test_the_table_of_the_command_shows_what_differs(costlier: Report) -> None:
    rows = [line.split() for line in costlier["cli"]["out"].splitlines()]
    old = ACCEPTED["metrics"]["delay_cost"]
    assert [SCENARIO, "delay_cost", "cents", f"{old:,}", f"{2 * old:,}", f"+{old:,}", "0", "drift"] in rows
    shown = {row[1] for row in rows if row[:1] == [SCENARIO]}
    assert shown == {"total_cost", "delay_cost"}


def test_the_check_has_old_new_difference_and_tolerance(costlier: Report) -> None:
    failed = check(costlier, "same_metrics")
    old = ACCEPTED["metrics"]["delay_cost"]
    table = {row["metric"]: row for row in failed["table"]}
    assert set(table) == set(ACCEPTED["metrics"])
    assert table["delay_cost"] == {
        "metric": "delay_cost",
        "unit": "cents",
        "old": str(old),
        "new": str(2 * old),
        "difference": str(old),
        "tolerance": "0",
        "drifted": True,
    }
    assert not table["payments"]["drifted"]


def test_drift_fails_the_run_after_everything_is_reported(costlier: Report) -> None:
    assert not costlier["dagster"]["success"]
    assert costlier["dagster"]["materialised"] == 1
    assert check(costlier, "same_scenario")["passed"]
    assert not check(costlier, "same_events")["passed"]


def test_whoever_looks_after_failed_runs_is_told_the_same(costlier: Report) -> None:
    told = costlier["dagster"]["told"]
    assert told.startswith(f"regression_runs failed for all scenarios: regression: {SCENARIO}: total_cost was ")
    assert "Traceback" not in told


def test_events_that_differ_alone_fail_on_the_digest(misattributed: Report) -> None:
    failed = check(misattributed, "same_events")
    assert not failed["passed"]
    assert failed["description"].startswith(f"{SCENARIO}: events differ though all metrics agree (digest ")
    assert failed["metadata"]["old"] == ACCEPTED["events_digest"] != failed["metadata"]["new"]
    assert check(misattributed, "same_metrics")["passed"]
    assert check(misattributed, "same_scenario")["passed"]
    assert not misattributed["dagster"]["success"]
    assert misattributed["cli"]["code"] == 1
    assert f"{SCENARIO}: events differ though all metrics agree" in misattributed["cli"]["err"]
