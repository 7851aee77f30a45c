"""Whole runs: models, reports, the published copy; and a scenario whose data fails a test of dbt beside a sound one."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.pipeline.test_materialise import Report, environment, variables_of


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What `model_children.main` did and found."""
    place = tmp_path_factory.mktemp("models")
    (place / "scenarios").mkdir()
    for source, name in (("gridlock", "alpha"), ("two_period_game", "beta")):
        shutil.copy(ROOT / "scenarios" / f"{source}.yaml", place / "scenarios" / f"{name}.yaml")
    environment(place)
    child = subprocess.run(
        [sys.executable, "-W", "always::DeprecationWarning", "-m", "tests.pipeline.model_children"],
        cwd=ROOT,
        env=variables_of(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stdout[-3000:] + child.stderr[-3000:]
    found: Report = json.loads(child.stdout.splitlines()[-1])
    # Where a warning is, and what it says; those of libraries about each other are left out.
    found["warnings"] = re.findall(r"^/\S+/(?:paysim_\w+|tests)/\S+: \w*Warning: .*", child.stderr, re.MULTILINE)
    return found


# ---- one fails


def test_the_failing_scenario_is_named_with_the_first_failing_test(report: Report) -> None:
    run = report["one fails"]
    assert run["failed"] == ["complete"]
    (message,) = run["messages"]
    assert message.startswith("beta: scenario_models: the dbt test ")
    assert "fails for 1 row" in message
    assert "alpha" not in message


def test_the_other_is_built_reported_and_published(report: Report) -> None:
    run = report["one fails"]
    assert run["made"]["raw/agents"] == ["alpha", "beta"]
    assert run["made"]["main/daily_agent_metrics"] == ["alpha"]
    assert run["made"]["scenario_report"] == ["alpha"]
    assert run["made"]["published"] == ["None"]
    assert list(report["reports"]) == ["alpha"]
    assert report["published"]["daily_costs"][0] == "alpha"


def test_the_check_says_for_which_scenario_it_failed(report: Report) -> None:
    assert not report["check"]["passed"]
    assert report["check"]["failed_scenarios"] == "beta"
    assert report["check"]["failed_rows"] == 1


def test_running_it_again_heals(report: Report) -> None:
    run = report["healed"]
    assert run["success"]
    assert run["made"]["main/daily_agent_metrics"] == ["beta"]
    assert sorted(report["reports after"]) == ["alpha", "beta"]


def test_nothing_of_what_was_built_is_stale(report: Report) -> None:
    """What compares runs, and the regression, were not built at all."""
    for name in ("alpha", "beta"):
        found = [key for key in report["stale"][name] if key != "regression" and "comparison" not in key]
        assert found == []
        assert "main/simulation_comparison" in report["stale"][name]


# ---- the launchpad


def test_a_full_refresh_builds_the_tables_anew_for_all_scenarios(report: Report) -> None:
    assert report["with ghost"]["daily_costs"] == ["alpha", "beta", "ghost"]
    assert report["refreshed"]["success"]
    assert report["without ghost"] == {mart: ["alpha", "beta"] for mart in report["without ghost"]}


# ---- what is shown


def test_marts_say_how_many_rows_and_what_is_in_them(report: Report) -> None:
    latest = report["latest"]
    metrics = latest["main/daily_agent_metrics"]
    assert metrics["dagster/partition_row_count"] == 2
    assert metrics["total_cost_cents"] == 2000
    assert metrics["payments"] == 3
    assert metrics["plot"].startswith("![cost per day")
    indicators = latest["main/payment_system_indicators"]
    assert indicators["dagster/partition_row_count"] == 1
    assert indicators["value_settlement_rate"] == 1.0
    assert indicators["settled_value_cents"] == 35000
    assert indicators["plot"].startswith("![value settled so far in cents, by mechanism]")
    assert latest["main/lsm_effectiveness"]["liquidity_saved_cents"] == 0
    assert "dagster/partition_row_count" not in latest["staging/stg_agents"]
    assert latest["staging/stg_agents"]["seconds"] >= 0


def test_reports_are_of_the_current_run(report: Report) -> None:
    run = report["healed"]["stored"]["beta"]
    assert report["reports after"]["beta"] == f"<html>{run['id']}</html>"
    shown = report["latest"]["scenario_report"]
    assert shown["simulation_id"] == run["id"]
    assert shown["runs"] == "1 run in the marts"
    assert shown["report"].endswith("reports/beta.html")


def test_nothing_of_ours_is_deprecated(report: Report) -> None:
    """From loading the definitions to the published copy."""
    assert report["warnings"] == []
