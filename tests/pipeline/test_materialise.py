"""Runs of the pipeline up to the raw tables: partitions that fail, their neighbours, and what is stale when."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterEventType, DagsterInstance

from paysim_engine.scenario import load_scenario
from paysim_pipeline import repeat_checks
from paysim_pipeline.bundle_checks import CHECKS
from tests.conftest import ROOT

Report = dict[str, Any]
CHECK_NAMES = [*(check.name for check in CHECKS), repeat_checks.NAME]
NAMES = ("blocked", "good", "sound")


def environment(place: Path) -> dict[str, str]:
    """The environment of a pipeline of its own in `place`, with the checkout's Dagster settings."""
    home = place / "dagster_home"
    home.mkdir()
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", home)
    # Dagster creates the tables of a new instance without a lock: two first processes at once can meet there.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        with DagsterInstance.get() as instance:
            assert instance.get_runs_count() == 0
            assert instance.schedule_storage is not None
            assert instance.fetch_run_status_changes(DagsterEventType.RUN_START, limit=1).records == []
    return variables_of(place) | {"PAYSIM_SCENARIOS": str(ROOT / "scenarios")}


def variables_of(place: Path) -> dict[str, str]:
    """The variables that say where the pipeline in `place` has everything."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DAGSTER_HOME": str(place / "dagster_home"),
        "PAYSIM_DB": str(place / "data" / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(place / "data" / "bundles"),
        "PAYSIM_PUBLISHED": str(place / "data" / "published.duckdb"),
        "PAYSIM_SCENARIOS": str(place / "scenarios"),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pipeline")
    (path / "scenarios").mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "scenarios" / "gridlock.yaml", path / "scenarios" / f"{name}.yaml")
    return path


@pytest.fixture(scope="module")
def fingerprint(place: Path) -> str:
    """Of all three scenarios: they are copies of one. Taken before a test spoils them."""
    return load_scenario(place / "scenarios" / "sound.yaml").fingerprint


@pytest.fixture(scope="module")
def report(place: Path, fingerprint: str) -> Report:
    """What `children.main` did and found."""
    variables = environment(place) | {"PAYSIM_SCENARIOS": str(place / "scenarios")}
    child = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.children"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-4000:]
    found: Report = json.loads(child.stdout.splitlines()[-1])
    return found


# ---- one of several fails


def test_a_failing_scenario_is_named(report: Report) -> None:
    run = report["one fails at first"]
    assert not run["success"]
    assert run["failed"] == ["complete"]
    (message,) = run["messages"]
    assert message.startswith("blocked: simulation_run: ")
    assert "something else than a bundle" in message
    assert "good" not in message


def test_the_others_are_simulated_loaded_and_reported_all_the_same(report: Report) -> None:
    run = report["one fails at first"]
    assert list(run["stored"]) == ["good", "sound"]
    assert run["made"]["scenario_file"] == list(NAMES)
    assert run["made"]["simulation_run"] == ["good", "sound"]
    assert run["made"]["raw/payment_events"] == ["good", "sound"]
    assert run["checks"] == {f"{check}:{name}": True for check in CHECK_NAMES for name in ("good", "sound")}


def test_alone_it_fails_at_once(report: Report) -> None:
    run = report["it fails alone"]
    assert run["failed"] == ["simulation_run"]
    assert "raw/payment_events" not in run["made"]
    assert run["stored"] == report["one fails at first"]["stored"]


def test_running_it_again_heals(report: Report) -> None:
    run = report["healed"]
    assert run["success"]
    assert list(run["stored"]) == list(NAMES)
    before = report["it fails alone"]["stored"]
    assert {name: run["stored"][name] for name in before} == before


def test_what_fails_a_check_is_not_loaded_and_the_others_are(report: Report) -> None:
    run = report["check fails"]
    assert run["failed"] == ["complete"]
    (message,) = run["messages"]
    assert message.startswith("good: bundle_checks: money_conserved: a cent is missing")
    wrong = "money_conserved:good"
    assert run["checks"] == {f"{check}:{name}": f"{check}:{name}" != wrong for check in CHECK_NAMES for name in NAMES}
    assert run["made"]["simulation_run"] == list(NAMES)
    assert run["made"]["raw/payment_events"] == ["blocked", "sound"]
    before = report["healed"]["stored"]
    assert run["stored"]["good"] == before["good"]
    assert all(run["stored"][name]["begun"] > before[name]["begun"] for name in ("blocked", "sound"))


def test_a_check_blocks_the_load_of_a_single_scenario(report: Report) -> None:
    run = report["check fails alone"]
    assert run["failed"] == ["bundle_checks"]
    assert run["stored"] == report["check fails"]["stored"]


def test_a_bundle_that_is_replaced_while_it_is_loaded_is_not_loaded(report: Report) -> None:
    run = report["replaced"]
    assert run["failed"] == ["complete"]
    (message,) = run["messages"]
    assert message.startswith("good: raw_load: ")
    assert "another run replaced it while it was loaded" in message
    assert run["made"]["raw/payment_events"] == ["blocked", "sound"]
    assert run["stored"]["good"] == report["check fails"]["stored"]["good"]


# ---- what a run over several partitions leaves behind


def test_each_partition_is_checked(report: Report) -> None:
    assert report["all"]["success"]
    assert report["all"]["checks"] == {f"{check}:{name}": True for check in CHECK_NAMES for name in NAMES}


def test_the_data_version_of_a_scenario_is_its_fingerprint(report: Report, fingerprint: str) -> None:
    versions = {name: report["latest"][f"scenario_file:{name}"]["version"] for name in NAMES}
    assert set(versions.values()) == {fingerprint}


def test_each_partition_has_its_own_figures(report: Report) -> None:
    stored = report["all"]["stored"]
    for name in NAMES:
        run = report["latest"][f"simulation_run:{name}"]["metadata"]
        assert run["bundle"].endswith(f"/{name}")
        assert run["settlement_rate"] == 1.0
        assert run["events"] == stored[name]["events"]
        assert run["balances"].startswith("![balances over the run, in cents](data:image/svg+xml;base64,")
        load = report["latest"][f"raw/payment_events:{name}"]["metadata"]
        assert load["simulation_id"] == stored[name]["id"]
        assert load["dagster/partition_row_count"] > 0
        assert load["seconds"] >= 0
    assert len({run["id"] for run in stored.values()}) == 3


# ---- what is stale


def test_nothing_is_stale_after_a_run_over_all(report: Report) -> None:
    assert {asset: names for asset, names in report["stale"]["nothing changed"].items() if names} == {}


def test_the_same_again_has_the_same_versions(report: Report) -> None:
    """In a run of one partition as in a run of several: whoever did it, nothing behind it is stale."""
    assert report["again"]["success"]
    versions = report["latest again"]
    for asset in ("scenario_file", "simulation_run", "raw/payment_events"):
        assert versions[asset] == report["latest"][f"{asset}:sound"]["version"]
    assert report["stale"]["made again"] == report["stale"]["nothing changed"]


def test_a_remark_makes_nothing_stale(report: Report) -> None:
    assert report["stale"]["a remark"] == report["stale"]["nothing changed"]


def test_a_changed_scenario_makes_its_own_partition_stale(report: Report) -> None:
    assert report["stale"]["another scenario"] == report["stale"]["nothing changed"] | {"simulation_run": ["sound"]}
    assert report["caught up"]["success"]
    assert report["stale"]["caught up"] == report["stale"]["nothing changed"]


def test_another_cost_formula_makes_all_partitions_stale(report: Report, place: Path, tmp_path: Path) -> None:
    sources = tmp_path / "paysim_engine"
    shutil.copytree(ROOT / "paysim_engine", sources, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    costs = sources / "core" / "costs.py"
    text = costs.read_text()
    assert "10_000" in text
    costs.write_text(text.replace("10_000", "10_001", 1))
    program = (
        "import json, sys; from pathlib import Path; from paysim_pipeline import engine_code\n"
        "code = engine_code.code_version(Path(sys.argv[1])); engine_code.code_version = lambda: code\n"
        "import dagster as dg\n"
        "from tests.pipeline import children\n"
        "with dg.DagsterInstance.get() as instance:\n"
        "    fresh = children.Freshness(instance, children.GRAPH)\n"
        "    print(json.dumps([children.stale(instance), fresh.why_stale(dg.AssetKey('simulation_run'), 'good')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(sources)],
        cwd=ROOT,
        env=variables_of(place),
        capture_output=True,
        text=True,
        check=True,
    )
    found, why = json.loads(done.stdout.splitlines()[-1])
    assert report["stale"]["caught up"]["simulation_run"] == []
    for asset in ("simulation_run", "raw/payment_events", "raw/agents"):
        assert found[asset] == list(NAMES)
    assert why == "the engine has changed"


# ---- the launchpad, and what is refused


def test_seed_and_days_may_be_changed_for_a_run(report: Report) -> None:
    before, after = report["caught up"]["stored"], report["seed"]["stored"]
    assert after["sound"]["seed"] == 7
    assert after["sound"]["days"] == 2
    assert after["sound"]["id"] != before["sound"]["id"]
    assert {name: after[name] for name in ("blocked", "good")} == {name: before[name] for name in ("blocked", "good")}


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ("seed -1", "simulation.rng_seed: must be a whole number from 0 to 2^64 - 1, got -1."),
        ("num_days 0", "simulation.num_days: must be a whole number from 1 to 100000, got 0."),
    ],
)
def test_an_impossible_seed_or_length_is_refused(report: Report, given: str, allowed: str) -> None:
    run = report["refused"][given]
    assert run["failed"] == ["simulation_run"]
    (message,) = run["messages"]
    assert allowed in message
    assert message.endswith(f"(The run was given {given}.)")
    assert run["stored"] == report["seed"]["stored"]


def test_a_broken_file_is_reported_and_the_others_go_on(report: Report) -> None:
    run = report["file broken"]
    assert run["failed"] == ["complete"]
    (message,) = run["messages"]
    assert message.startswith("good: scenario_file: ")
    assert "good.yaml" in message
    assert "simulation.ticks_per_day" in message
    assert run["made"]["raw/payment_events"] == ["sound"]
    assert run["stored"]["good"] == report["seed"]["stored"]["good"]


def test_a_broken_file_alone_changes_nothing(report: Report) -> None:
    run = report["file broken alone"]
    assert run["failed"] == ["scenario_file"]
    assert run["stored"] == report["file broken"]["stored"]
