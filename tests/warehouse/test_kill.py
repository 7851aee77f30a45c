"""Killed while loading: the scenario has its old rows or its new ones, never a mixture, and the next run completes."""

import random
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from paysim_engine.bundle import read_bundle
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import load_bundle
from tests.warehouse import children
from tests.warehouse.sample import rows_of, settings, write_sample

Rows = dict[str, list[tuple[Any, ...]]]


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
    for number in range(6):
        children.run(children.load, tmp_path, place / ("old", "new")[number % 2], kill_after=chance.random() * whole)
        assert everything(settings(tmp_path)) in (old, new)
    load_bundle(read_bundle(place / "old"), settings(tmp_path))
    assert everything(settings(tmp_path)) == old
