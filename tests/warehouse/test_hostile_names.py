"""Names that would do harm if they were read as SQL, as a path or as a pattern: refused, or only names."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.scenario import LoadedScenario, load_scenario
from paysim_engine.simulation import Simulation
from paysim_pipeline.cli.main import execute
from paysim_pipeline.resume import ResumeError, continue_run, resume
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.persistence import WarehousePersistence
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from tests.conftest import ROOT
from tests.dbt.projects import dbt, part_of_the_project
from tests.support.scenarios import bank, payment, world
from tests.warehouse import ways
from tests.warehouse.sample import settings

BANKS = [
    "A'; drop table raw.agents; --",
    '"B" or 1=1',
    "../../etc/passwd",
    "Zürich 銀行 🏦",
    "%s {{ var('x') }} $run ?",
    "back\\slash \u2028 and {brace",
]
IDS = ["' or '1'='1", "x'; drop table raw.simulations; --", "../run", "a/b", "-x", "x y", "%", "*", "ü", "", "\x00"]


@pytest.fixture
def warehouse(tmp_path: Path) -> Settings:
    return settings(tmp_path / "db")


@pytest.fixture
def scenario(tmp_path: Path) -> LoadedScenario:
    """Banks with those names that pay each other, net, post collateral and limit each other."""
    banks = [
        bank(name, 40, limits={"bilateral_limits": {BANKS[i - 1]: 1000}}, posted_collateral=10)
        for i, name in enumerate(BANKS)
    ]
    payments = [
        payment(name, BANKS[(i + 1) % len(BANKS)], 30 + 5 * i, tick=i % 4, deadline=20) for i, name in enumerate(BANKS)
    ]
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps(world(banks, payments, ticks=4, days=2)))
    return load_scenario(path)


def totals(warehouse: Settings) -> dict[str, Any]:
    """Raw table -> number of rows."""
    with reader(warehouse) as connection:
        return {t.name: connection.execute(f"select count(*) from {t.qualified}").fetchone() for t in RUN_TABLES}


def test_ids_of_agents_are_only_names(warehouse: Settings, scenario: LoadedScenario, tmp_path: Path) -> None:
    run = ways.by_assets(warehouse, scenario, 2)
    rows = ways.rows_of_run(warehouse, run)
    assert [row[2] for row in rows["agents"]] == sorted(BANKS)
    assert {name for row in rows["agents"] for name in json.loads(row[10])} == set(BANKS)
    for with_source in (True, False):
        place = settings(tmp_path / f"provider {with_source}")
        ways.tick_by_tick(place, scenario, 2, run, with_source=with_source, write_every=4)
        assert ways.rows_of_run(place, run) == rows
    continue_run(warehouse, run, 0)
    assert ways.rows_of_run(warehouse, run) == rows
    with reader(warehouse) as connection:
        simulation = resume(connection, run, 0)
    assert simulation.agent_ids == sorted(BANKS)


def test_dbt_reads_them_as_they_are(warehouse: Settings, scenario: LoadedScenario, tmp_path: Path) -> None:
    ways.by_assets(warehouse, scenario, 2)
    project = part_of_the_project(tmp_path / "project", ["stg_simulations", "stg_agents", "stg_transactions"])
    done = dbt(warehouse.database, tmp_path / "target", "run", project=project)
    assert done.ok, done.output
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        senders = connection.execute("select distinct sender_id from staging.stg_transactions").fetchall()
    assert {sender for (sender,) in senders} == set(BANKS)


@pytest.mark.parametrize("given", IDS)
def test_ids_of_runs(warehouse: Settings, scenario: LoadedScenario, given: str) -> None:
    ways.by_assets(warehouse, scenario, 2)
    before = totals(warehouse)
    database = ["--db", str(warehouse.database)]
    assert execute(["run", "gridlock", "--simulation-id", given, "--quiet", *database]) == 2
    assert execute(["resume", "--from-day", "0", *database, "--", given]) == 1
    with pytest.raises(ResumeError, match="there is no such run"):
        continue_run(warehouse, given, 0)
    provider = WarehousePersistence(warehouse)
    with pytest.raises(ValueError, match="is not a simulation id"):
        provider.persist_simulation_start(given, scenario)
    with pytest.raises(Exception, match="no run of this id has been started"):
        provider.persist_tick_events(given, 0, [{}])
    assert totals(warehouse) == before


def test_experiments_are_only_names(warehouse: Settings, scenario: LoadedScenario) -> None:
    provider = WarehousePersistence(warehouse)
    for number, name in enumerate(IDS[:2]):
        provider.persist_simulation_start(
            f"run-{number}", scenario, name, number, source=Simulation(scenario.engine_config())
        )
    with reader(warehouse) as connection:
        found = connection.execute("select experiment_run_id from raw.simulations order by simulation_id").fetchall()
    assert [name for (name,) in found] == IDS[:2]
    for unfit in ("", "\x00", "a\nb"):
        with pytest.raises(ValueError, match="cannot be the id of an experiment"):
            provider.persist_simulation_start("run", scenario, unfit, 1)


@pytest.mark.parametrize("name", ["it's", "a;b", "-- x", "ü", "Upper", "with space", "*", "a.b", "$(x)"])
def test_names_of_scenarios(warehouse: Settings, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(shutil.copy(ROOT / "scenarios" / "gridlock.yaml", tmp_path / f"{name}.yaml"))
    assert execute(["run", str(path), "--db", str(warehouse.database)]) == 1
    assert "it must be lower-case letters, digits and '_'" in capsys.readouterr().err
    assert not warehouse.database.exists()


def test_a_scenario_from_data_has_any_name(warehouse: Settings, scenario: LoadedScenario) -> None:
    """Names in the warehouse are values; only dbt takes them as words, and refuses what is not plain."""
    names = ["x' or '1'='1", "../x", "*"]
    for number, name in enumerate(names):
        provider = WarehousePersistence(warehouse)
        source = Simulation(scenario.engine_config())
        provider.persist_simulation_start(f"run-{number}", scenario.resolved, source=source, scenario=name)
        for tick in range(8):
            source.step()
            provider.persist_tick_events(f"run-{number}", tick, source.events())
        provider.persist_simulation_complete(f"run-{number}", {})
    with reader(warehouse) as connection:
        assert [run.scenario for run in stored_runs(connection)] == sorted(names)
        assert [run.simulation_id for run in stored_runs(connection, names[0])] == ["run-0"]
