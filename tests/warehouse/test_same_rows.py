"""Persistence identity (10 §2): a run has the same rows in every raw table, however it got there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paysim_engine.record.schema import EVENT_TYPES
from paysim_engine.scenario import LoadedScenario, load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.cli.main import execute
from paysim_pipeline.resume import continue_run
from paysim_pipeline.warehouse.schema import RUN_TABLES
from tests.conftest import ROOT
from tests.warehouse import ways
from tests.warehouse.sample import settings

# Together they have every type of event and every kind of scenario event (a test counts).
CASES = [
    "dbt/scenarios/netting",
    "dbt/scenarios/policies",
    "golden/data/micro/d07_records_without_generator/scenario",
    "golden/data/micro/d08_auto_balance_others/scenario",
    "golden/data/micro/d17_staggered_split/scenario",
    "golden/data/micro/r_timed_release_and_priority_flag/scenario",
    "golden/data/fuzz/fz_s21/scenario",
    "golden/data/fuzz/lsm_s05_bcm/scenario",
    "golden/data/fuzz/pfz1132/scenario",
    "golden/data/fuzz/pfz1161/scenario",
]
TICK_BY_TICK = "golden/data/micro/d17_staggered_split/scenario"
"""The case whose ticks are written one by one; the others are written by the half day."""


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> LoadedScenario:
    return load_scenario(ROOT / "tests" / f"{request.param}.yaml")


@pytest.fixture(scope="module")
def days(case: LoadedScenario) -> int:
    """At least two, so that there is a first one to resume after."""
    return max(2, case.scenario.simulation.num_days)


@pytest.fixture(scope="module")
def commanded(case: LoadedScenario, days: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ways.Rows]:
    """The run's id and rows as `paysim run` stores them, to which every other way is compared."""
    warehouse = settings(tmp_path_factory.mktemp("commanded"))
    simulation_id = ways.by_command(warehouse, case, days)
    return simulation_id, ways.rows_of_run(warehouse, simulation_id)


def stride(case: LoadedScenario) -> int:
    return 1 if str(case.path).endswith(f"{TICK_BY_TICK}.yaml") else (case.scenario.simulation.ticks_per_day + 1) // 2


def test_no_table_is_forgotten(days: int, commanded: tuple[str, ways.Rows]) -> None:
    rows = commanded[1]
    assert rows.keys() == {table.name for table in RUN_TABLES}
    assert [row[1] for row in rows["state_snapshots"]] == list(range(days))
    ticks = rows["state_snapshots"][0][2] + 1
    assert [row[2] for row in rows["state_snapshots"]] == [ticks * (day + 1) - 1 for day in range(days)]
    assert len(rows["rng_states"]) == days * ticks
    assert len(rows["agent_ticks"]) == days * ticks * len(rows["agents"])
    assert len(rows["policy_snapshots"]) == len(rows["agents"])


def test_by_the_assets(case: LoadedScenario, days: int, commanded: tuple[str, ways.Rows], tmp_path: Path) -> None:
    simulation_id, rows = commanded
    assert ways.by_assets(settings(tmp_path), case, days) == simulation_id
    assert ways.rows_of_run(settings(tmp_path), simulation_id) == rows


@pytest.mark.parametrize("with_source", [True, False], ids=["source", "alone"])
def test_tick_by_tick(
    case: LoadedScenario, days: int, commanded: tuple[str, ways.Rows], tmp_path: Path, with_source: bool
) -> None:
    simulation_id, rows = commanded
    ways.tick_by_tick(settings(tmp_path), case, days, simulation_id, with_source=with_source, write_every=stride(case))
    assert ways.rows_of_run(settings(tmp_path), simulation_id) == rows


def test_resumed_after_a_crash(
    case: LoadedScenario, days: int, commanded: tuple[str, ways.Rows], tmp_path: Path
) -> None:
    simulation_id, rows = commanded
    ways.resumed(settings(tmp_path), case, days, simulation_id)
    assert ways.rows_of_run(settings(tmp_path), simulation_id) == rows


def test_the_cases_have_everything_that_can_happen() -> None:
    happened: set[str] = set()
    for name in CASES:
        scenario = load_scenario(ROOT / "tests" / f"{name}.yaml")
        simulation = Simulation(scenario.engine_config(num_days=max(2, scenario.scenario.simulation.num_days)))
        simulation.run()
        happened |= {str(event["event_type"]) for event in simulation.events()}
    assert happened == {event.name for event in EVENT_TYPES}


# ---- two scenarios in one file


@pytest.fixture
def two(tmp_path: Path) -> dict[str, Path]:
    """Two scenarios by name, in a folder of their own."""
    (tmp_path / "scenarios").mkdir()
    source = ROOT / "tests" / "dbt" / "scenarios"
    return {
        name: Path(shutil.copy(source / f"{name}.yaml", tmp_path / "scenarios")) for name in ("netting", "policies")
    }


def alone(path: Path, folder: Path) -> tuple[str, ways.Rows]:
    """The id and rows of a scenario's run in a warehouse of its own."""
    simulation_id = ways.by_command(settings(folder), load_scenario(path), 2)
    return simulation_id, ways.rows_of_run(settings(folder), simulation_id)


def test_by_dagster_itself(two: dict[str, Path], tmp_path: Path) -> None:
    """The real assets, two partitions into one file: each as `paysim run` stores it in a file of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PAYSIM_DB": str(settings(tmp_path).database),
        "PAYSIM_BUNDLES": str(tmp_path / "bundles"),
        "PAYSIM_SCENARIOS": str(tmp_path / "scenarios"),
    }
    command = [sys.executable, "-m", "tests.warehouse.materialise", *two]
    child = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr[-4000:]
    for name, path in two.items():
        simulation_id, rows = alone(path, tmp_path / name)
        assert ways.rows_of_run(settings(tmp_path), simulation_id) == rows


def test_two_scenarios_in_one_file_never_touch_each_other(two: dict[str, Path], tmp_path: Path) -> None:
    shared = settings(tmp_path / "shared")
    netting, policies = load_scenario(two["netting"]), load_scenario(two["policies"])
    other_id, other_rows = alone(two["policies"], tmp_path / "alone")
    simulation_id, rows = alone(two["netting"], tmp_path / "also_alone")
    # Begun, and lost on its second day.
    ways.tick_by_tick(shared, policies, 2, other_id, with_source=True, ticks=9)
    # In between: the other scenario by every way, thrice over the same id, once beside it.
    ways.by_assets(shared, netting, 2)
    assert execute(["run", str(netting.path), "--db", str(shared.database), "--quiet"]) == 0
    assert execute(["run", str(netting.path), "--db", str(shared.database), "--quiet", "--simulation-id", "own"]) == 0
    continue_run(shared, simulation_id, 0)
    ways.tick_by_tick(shared, netting, 2, "beside", with_source=True, write_every=8)
    assert ways.rows_of_run(shared, simulation_id) == rows
    continue_run(shared, other_id, 0)
    assert ways.rows_of_run(shared, other_id) == other_rows
    assert ways.rows_of_run(shared, simulation_id) == rows
    for kept in ("own", "beside"):
        assert unnamed(ways.rows_of_run(shared, kept)) == unnamed(rows)


def unnamed(rows: ways.Rows) -> ways.Rows:
    """The rows without what tells a kept run from the ordinary one."""
    found = {table: [row[1:] for row in of_table] for table, of_table in rows.items()}
    found["simulations"] = [
        tuple(value for value in row if not isinstance(value, bool)) for row in found["simulations"]
    ]
    return found
