"""Killed while loading, migrating, or building models: the old rows or the new ones, and the next run completes.

Here a process is killed some sixty times: at chosen steps, and at moments drawn from a seed.
"""

import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.bundle import read_bundle
from paysim_engine.scenario import load_scenario
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.migrate import MIGRATIONS, apply_migrations, known_migrations
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import load_bundle
from tests.conftest import ROOT
from tests.dbt.projects import part_of_the_project
from tests.warehouse import children, ways
from tests.warehouse.old import old_warehouse
from tests.warehouse.sample import rows_of, settings, write_sample

Rows = dict[str, list[tuple[Any, ...]]]

LOADS_KILLED = 26
MIGRATIONS_KILLED = 18
BUILDS_KILLED = 4


def everything(warehouse: Settings) -> Rows:
    """All rows of the one run in the warehouse."""
    with reader(warehouse) as connection:
        (run,) = stored_runs(connection)
        found = {table.name: rows_of(connection, table.name, run.simulation_id) for table in RUN_TABLES}
        for table in RUN_TABLES:
            total = connection.execute(f"select count(*) from {table.qualified}").fetchone()
            assert total == (len(found[table.name]),), f"rows of another run in {table.name}"
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows, Rows]:
    """Two bundles of a scenario, the rows that each gives, and a warehouse `db` with the old ones."""
    place = tmp_path_factory.mktemp("bundles")
    bundles = write_sample(place / "new", seed=8, run_seed=1, ticks=15), write_sample(place / "old")
    rows = []
    for bundle in bundles:
        load_bundle(bundle, settings(place / "db"))
        rows.append(everything(settings(place / "db")))
    return place, rows[1], rows[0]


@pytest.mark.parametrize("step", ["delete simulations", "insert agents", "insert transactions", "commit"])
def test_killed_before_the_commit(both: tuple[Path, Rows, Rows], tmp_path: Path, step: str) -> None:
    place, old, new = both
    shutil.copytree(place / "db", tmp_path, dirs_exist_ok=True)
    assert children.run(children.load_until, step, tmp_path, place / "new") == children.KILLED
    assert everything(settings(tmp_path)) == old
    load_bundle(read_bundle(place / "new"), settings(tmp_path))
    assert everything(settings(tmp_path)) == new


def test_killed_after_the_commit(both: tuple[Path, Rows, Rows], tmp_path: Path) -> None:
    """The rows are in the log of the database, which was not closed."""
    place, _, new = both
    shutil.copytree(place / "db", tmp_path, dirs_exist_ok=True)
    assert children.run(children.load_until, "done", tmp_path, place / "new") == children.KILLED
    assert everything(settings(tmp_path)) == new


def test_killed_in_the_first_load(both: tuple[Path, Rows, Rows], tmp_path: Path) -> None:
    place, _, new = both
    assert children.run(children.load_until, "insert transactions", tmp_path, place / "new") == children.KILLED
    with reader(settings(tmp_path)) as connection:
        assert stored_runs(connection) == []
    load_bundle(read_bundle(place / "new"), settings(tmp_path))
    assert everything(settings(tmp_path)) == new


def test_killed_while_the_file_is_created(both: tuple[Path, Rows, Rows], tmp_path: Path) -> None:
    place, _, new = both
    chance = random.Random(2)
    for _ in range(4):
        database = settings(tmp_path).database
        database.unlink(missing_ok=True)
        children.run(children.load, tmp_path, place / "new", kill_after=0.01 + 0.1 * chance.random())
        if database.exists():
            with reader(settings(tmp_path)) as connection:
                assert len(stored_runs(connection)) <= 1
    load_bundle(read_bundle(place / "new"), settings(tmp_path))
    assert everything(settings(tmp_path)) == new
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_killed_at_any_moment(both: tuple[Path, Rows, Rows], tmp_path: Path) -> None:
    place, old, new = both
    shutil.copytree(place / "db", tmp_path, dirs_exist_ok=True)
    start = time.perf_counter()
    children.run(children.load, tmp_path, place / "new")
    whole = time.perf_counter() - start
    chance = random.Random(1)
    for number in range(LOADS_KILLED):
        children.run(children.load, tmp_path, place / ("old", "new")[number % 2], kill_after=chance.random() * whole)
        assert everything(settings(tmp_path)) in (old, new)
    load_bundle(read_bundle(place / "old"), settings(tmp_path))
    assert everything(settings(tmp_path)) == old


# ---- migrating


@pytest.fixture(scope="module")
def migrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ours, and four more that take their time; the n-th leaves a table of its own."""
    directory = Path(shutil.copytree(MIGRATIONS, tmp_path_factory.mktemp("ours") / "migrations"))
    last = len(known_migrations())
    for number in range(last + 1, last + 5):
        (directory / f"{number:04d}_slow.sql").write_text(
            f"create table raw.made_{number} as select range as x from range(40000);\n"
            f"alter table raw.made_{number} add column y integer default {number};\n"
            f"update raw.made_{number} set y = y + 1;\n"
            f"alter table raw.rng_states add column z{number} bigint;\n"
            f"update raw.rng_states set z{number} = tick;\n"
        )
    return directory


def old_rows(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Some tables with all the columns that they had at first."""
    queries = {
        "simulations": "select simulation_id, scenario, config_json, events_digest, kept from raw.simulations",
        "payment_events": "from raw.payment_events",
        "rng_states": "select simulation_id, tick, rng_state from raw.rng_states",
        "transactions": "from raw.transactions",
    }
    return {name: connection.execute(f"{sql} order by all").fetchall() for name, sql in queries.items()}


def test_killed_while_migrating(migrations: Path, tmp_path: Path) -> None:
    """Each migration has happened as a whole or not at all, in order, and no row of a run is lost."""
    fresh = old_warehouse(tmp_path / "fresh")
    with duckdb.connect(str(fresh.database), read_only=True) as connection:
        before = old_rows(connection)
    whole = old_warehouse(tmp_path / "whole")
    start = time.perf_counter()
    assert children.run(children.migrate, tmp_path / "whole", migrations) == 0
    seconds = time.perf_counter() - start
    chance = random.Random(3)
    reached = set()
    for number in range(MIGRATIONS_KILLED):
        warehouse = ways.copied(fresh, tmp_path / str(number))
        children.run(children.migrate, warehouse.database.parent, migrations, kill_after=seconds * chance.random())
        reached.add(state_of(warehouse, before))
        with writer(warehouse, migrate=False) as connection:
            apply_migrations(connection, warehouse.database, migrations)
        assert state_of(warehouse, before) == state_of(whole, before)
        shutil.rmtree(warehouse.database.parent)
    assert len(reached) > 1, "all processes were killed at the same stage"


def state_of(warehouse: Settings, before: Rows) -> int:
    """The last migration applied, after checking that exactly those up to it have happened."""
    with duckdb.connect(str(warehouse.database), read_only=False) as connection:
        assert old_rows(connection) == before
        versions = [v for (v,) in connection.execute("select version from raw.schema_migrations order by 1").fetchall()]
        assert versions == list(range(1, len(versions) + 1))
        last = len(known_migrations())
        made = connection.execute("select table_name from duckdb_tables() where table_name like 'made_%'").fetchall()
        assert sorted(name for (name,) in made) == [f"made_{number}" for number in versions if number > last]
        for number in (number for number in versions if number > last):
            found = connection.execute(f"select count(*), min(y), max(y) from raw.made_{number}").fetchone()
            assert found == (40_000, number + 1, number + 1)
            assert connection.execute(f"select count(*) from raw.rng_states where z{number} is null").fetchone() == (0,)
    return len(versions)


# ---- building models


def test_killed_while_building_models(tmp_path: Path) -> None:
    """A model has the scenario's old rows or its new ones, the raw rows are untouched, and the next run completes."""
    project = part_of_the_project(
        tmp_path / "project",
        ["stg_agents", "stg_simulations", "stg_transactions", "agents", "simulations", "transactions"],
    )
    warehouse = settings(tmp_path / "db")
    scenario = load_scenario(ROOT / "tests" / "dbt" / "scenarios" / "netting.yaml")
    ways.by_assets(warehouse, scenario, 1)
    assert children.run(children.build_models, warehouse.database, project, "netting") == 0
    old = models(warehouse)
    run = ways.by_assets(warehouse, scenario, 2)
    raw = ways.rows_of_run(warehouse, run)
    prepared = ways.copied(warehouse, tmp_path / "prepared")
    assert children.run(children.build_models, warehouse.database, project, "netting") == 0
    new = models(warehouse)
    chance = random.Random(4)
    for number in range(BUILDS_KILLED):
        victim = ways.copied(prepared, tmp_path / str(number))
        process = children.start(children.build_models, victim.database, project, "netting")
        while process.is_alive() and not has_open(process.pid, victim.database):
            time.sleep(0.01)
        time.sleep(0.4 * chance.random())
        process.kill()
        process.join()
        found = models(victim)
        for model in new:
            assert found[model] in (old[model], new[model]), model
        assert ways.rows_of_run(victim, run) == raw
        if number == BUILDS_KILLED - 1:
            assert children.run(children.build_models, victim.database, project, "netting") == 0
            assert models(victim) == new


def has_open(process: int | None, file: Path) -> bool:
    """Whether a process has a file open."""
    try:
        return any(os.readlink(entry.path) == str(file) for entry in os.scandir(f"/proc/{process}/fd"))
    except OSError:
        return False


def models(warehouse: Settings) -> Rows:
    """All rows of the models."""
    # Not read-only: what a killed process has left in the log beside the file belongs to it.
    with duckdb.connect(str(warehouse.database)) as connection:
        return {
            name: connection.execute(f"select * from main.{name} order by all").fetchall()
            for name in ("agents", "simulations", "transactions")
        }
