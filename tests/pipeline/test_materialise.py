"""Runs of the pipeline: what becomes of partitions that fail, of their neighbours, and of two at once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import DagsterEventType, DagsterInstance, EventRecordsFilter

from paysim_engine.scenario import load_scenario
from paysim_pipeline.bundle_checks import CHECKS
from tests.conftest import ROOT

Report = dict[str, Any]
CHECK_NAMES = [check.name for check in CHECKS]


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
            assert instance.get_event_records(EventRecordsFilter(DagsterEventType.RUN_START), limit=1) == []
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DAGSTER_HOME": str(home),
        "PAYSIM_DB": str(place / "data" / "paysim.duckdb"),
        "PAYSIM_BUNDLES": str(place / "data" / "bundles"),
        "PAYSIM_SCENARIOS": str(ROOT / "scenarios"),
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pipeline")
    (path / "scenarios").mkdir()
    for name in ("blocked", "good", "sound"):
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
    assert run["failed"] == ["simulation_run"]
    (message,) = run["messages"]
    assert message.startswith("blocked: ")
    assert "something else than a bundle" in message


def test_the_others_are_simulated_all_the_same(report: Report) -> None:
    assert report["one fails at first"]["bundles"] == ["blocked", "good", "sound"]
    assert report["one fails at first"]["stored"] == {}


def test_another_partition_is_not_held_up(report: Report) -> None:
    run = report["another alone"]
    assert run["success"]
    assert list(run["stored"]) == ["good"]
    assert run["stored"]["good"]["events"] > 0


def test_stored_rows_survive_the_failure_of_a_neighbour(report: Report) -> None:
    assert not report["one fails again"]["success"]
    assert report["one fails again"]["stored"] == report["another alone"]["stored"]


def test_running_it_again_heals(report: Report) -> None:
    assert report["healed"]["success"]
    assert list(report["healed"]["stored"]) == ["blocked", "good", "sound"]


# ---- what a run over several partitions leaves behind


def test_each_partition_is_checked(report: Report) -> None:
    expected = {f"{check}:{name}": True for check in CHECK_NAMES for name in ("blocked", "good", "sound")}
    assert report["healed"]["checks"] == expected


def test_the_data_version_of_a_scenario_is_its_fingerprint(report: Report, fingerprint: str) -> None:
    versions = {name: report["latest"][f"scenario_file:{name}"]["version"] for name in ("blocked", "good", "sound")}
    assert set(versions.values()) == {fingerprint}


def test_each_partition_has_its_own_figures(report: Report) -> None:
    stored = report["healed"]["stored"]
    for name in ("blocked", "good", "sound"):
        run = report["latest"][f"simulation_run:{name}"]["metadata"]
        assert run["bundle"].endswith(f"/{name}")
        assert run["settlement_rate"] == 1.0
        assert run["events"] == stored[name]["events"]
        load = report["latest"][f"raw/payment_events:{name}"]["metadata"]
        assert load["simulation_id"] == stored[name]["id"]
        assert load["dagster/partition_row_count"] > 0
    assert len({run["id"] for run in stored.values()}) == 3


# ---- what is refused


def test_what_fails_a_check_is_not_loaded(report: Report) -> None:
    run = report["check fails"]
    assert run["failed"] == ["bundle_checks"]
    assert run["checks"] == {f"{check}:good": check != "money_conserved" for check in CHECK_NAMES}
    assert run["stored"] == report["healed"]["stored"]


def test_a_broken_file_is_reported_and_changes_nothing(report: Report) -> None:
    run = report["file broken"]
    assert run["failed"] == ["scenario_file"]
    (message,) = run["messages"]
    assert "good.yaml" in message
    assert "simulation.ticks_per_day" in message
    assert run["stored"] == report["seed"]["stored"]


# ---- the launchpad


def test_seed_and_days_may_be_changed_for_a_run(report: Report) -> None:
    before, after = report["check fails"]["stored"], report["seed"]["stored"]
    assert after["sound"]["seed"] == 7
    assert after["sound"]["id"] != before["sound"]["id"]
    assert {name: after[name] for name in ("blocked", "good")} == {name: before[name] for name in ("blocked", "good")}


# ---- two at once, with everything: simulation, load, dbt


def test_two_partitions_at_the_same_time(tmp_path: Path) -> None:
    """Two processes, as two runs of the queue are, on one warehouse file that has one writer."""
    variables = environment(tmp_path)
    names = ("gridlock", "two_period_game")
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "paysim_pipeline.definitions"]
    children = [
        subprocess.Popen(
            [*command, "--select", "*", "--partition", name],
            cwd=ROOT,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in names
    ]
    outputs = [child.communicate()[0] for child in children]
    assert [child.returncode for child in children] == [0, 0], "\n".join(output[-3000:] for output in outputs)
    with duckdb.connect(variables["PAYSIM_DB"], read_only=True) as warehouse:
        for table in ("raw.simulations", "main.simulations"):
            found = warehouse.execute(f"select scenario, status from {table} order by scenario").fetchall()
            assert found == [(name, "completed") for name in names]
        unsettled = warehouse.execute(
            "select count(*) from main.transactions where scenario = 'gridlock' and status <> 'settled'"
        ).fetchone()
    assert unsettled == (0,)
