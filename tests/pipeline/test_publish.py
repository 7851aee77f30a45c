"""The published copy: whole, in one step, and never in the way of a writer."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseBusyError, WarehouseError
from paysim_pipeline.warehouse.publish import publish

HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader")
print("open", flush=True)
sys.stdin.readline()
print(connection.execute("select count(*) from raw.simulations").fetchone()[0], flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(
        database=tmp_path / "data" / "warehouse.duckdb",
        bundles=tmp_path / "bundles",
        scenarios=tmp_path,
        published=tmp_path / "published" / "warehouse.duckdb",
        lock_timeout=0.5,
    )
    add_run(found, "sim-1")
    return found


def add_run(settings: Settings, run: str) -> None:
    with writer(settings) as connection:
        values = {"simulation_id": run, "scenario": run, "kept": True, "config_json": "{}", "status": "completed"}
        columns = connection.execute(
            "select column_name, is_nullable from duckdb_columns() where table_name = 'simulations'"
        )
        for name, nullable in columns.fetchall():
            if not nullable:
                values.setdefault(name, "0")
        connection.execute(
            f"insert into raw.simulations ({', '.join(values)}) values ({', '.join('?' * len(values))})",
            list(values.values()),
        )


def runs(path: Path) -> list[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [row[0] for row in connection.execute("select simulation_id from raw.simulations order by 1").fetchall()]


def held(path: Path, how: str) -> subprocess.Popen[str]:
    """A process that has a database open until it is sent a line, and then counts the runs in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_the_copy_holds_what_the_warehouse_holds(settings: Settings) -> None:
    assert publish(settings) == settings.published
    assert runs(settings.published) == ["sim-1"]
    add_run(settings, "sim-2")
    assert runs(settings.published) == ["sim-1"]
    publish(settings)
    assert runs(settings.published) == ["sim-1", "sim-2"]
    assert [path.name for path in settings.published.parent.iterdir()] == ["warehouse.duckdb"]


def test_the_copy_is_whole_although_the_last_rows_were_in_the_log(settings: Settings) -> None:
    """A killed writer leaves rows in the log beside the file; the copy has no log."""
    program = (
        "import sys, os, duckdb\n"
        "c = duckdb.connect(sys.argv[1])\n"
        "c.execute(\"update raw.simulations set scenario = 'in the log'\")\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(settings.database)], check=False)
    assert settings.database.with_name(settings.database.name + ".wal").exists()
    publish(settings)
    with duckdb.connect(str(settings.published), read_only=True) as connection:
        assert connection.execute("select scenario from raw.simulations").fetchall() == [("in the log",)]


def test_who_has_the_old_copy_open_goes_on_reading_it(settings: Settings) -> None:
    publish(settings)
    reader = held(settings.published, "reader")
    add_run(settings, "sim-2")
    publish(settings)
    assert runs(settings.published) == ["sim-1", "sim-2"]
    assert reader.communicate("now\n")[0] == "1\n"


def test_a_writer_is_waited_for_and_then_reported(settings: Settings) -> None:
    publish(settings)
    before = settings.published.stat()
    other = held(settings.database, "writer")
    with pytest.raises(WarehouseBusyError, match="another process has it open"):
        publish(settings)
    other.communicate("now\n")
    assert settings.published.stat() == before


def test_nobody_can_write_until_the_copy_is_in_place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing any handle of the file would give DuckDB's lock on it away."""
    attempts: list[str] = []
    replace = os.replace

    def replace_and_try(old: Path, new: Path) -> None:
        replace(old, new)
        program = "import sys, duckdb; duckdb.connect(sys.argv[1])"
        done = subprocess.run(
            [sys.executable, "-c", program, str(settings.database)], capture_output=True, text=True, check=False
        )
        attempts.append(done.stderr)

    monkeypatch.setattr(os, "replace", replace_and_try)
    publish(settings)
    assert len(attempts) == 1
    assert "Could not set lock" in attempts[0]


def test_a_copy_that_cannot_be_written_leaves_the_old_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(settings)
    add_run(settings, "sim-2")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(WarehouseError, match="the disk is full"):
        publish(settings)
    assert runs(settings.published) == ["sim-1"]
    assert [path.name for path in settings.published.parent.iterdir()] == ["warehouse.duckdb"]


def test_what_a_killed_process_left_is_no_obstacle(settings: Settings) -> None:
    settings.published.parent.mkdir()
    (settings.published.parent / ".warehouse.duckdb.new").write_text("half a cop")
    publish(settings)
    assert [path.name for path in settings.published.parent.iterdir()] == ["warehouse.duckdb"]


def test_views_of_the_copy_work_under_any_name(settings: Settings) -> None:
    """The views of dbt name the database, which is called by the stem of its file."""
    with writer(settings) as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create view staging.stg_runs as "
            "select simulation_id, 'warehouse.raw.simulations' as note from warehouse.raw.simulations"
        )
        connection.execute("create view main.first_runs as select note from warehouse.staging.stg_runs")
        connection.execute("comment on view main.first_runs is 'One row per run''s first day.'")
        connection.execute("comment on column main.first_runs.note is 'Where it is from.'")
    before = settings.database.read_bytes()
    for name in ("warehouse.duckdb", "other name.duckdb", "2026.duckdb"):
        there = replace(settings, published=settings.published.with_name(name))
        publish(there)
        elsewhere = shutil.copy(there.published, there.published.with_name("copied on.duckdb"))
        for path in (there.published, elsewhere):
            with duckdb.connect(str(path), read_only=True) as connection:
                assert connection.execute("from main.first_runs").fetchall() == [("warehouse.raw.simulations",)]
                comments = connection.execute(
                    "select comment from duckdb_views() where not internal and comment is not null union all "
                    "select comment from duckdb_columns() where not internal and comment is not null"
                )
                assert comments.fetchall() == [("One row per run's first day.",), ("Where it is from.",)]
    assert settings.database.read_bytes() == before


@pytest.mark.parametrize("schema", ["raw", "staging", "intermediate", "main"])
def test_a_name_that_duckdb_would_confuse_is_refused(settings: Settings, schema: str) -> None:
    there = replace(settings, published=settings.published.with_name(f"{schema}.duckdb"))
    with pytest.raises(WarehouseError, match="choose another file name with PAYSIM_PUBLISHED"):
        publish(there)
    assert not settings.published.parent.exists()


def test_a_view_that_cannot_be_carried_over_leaves_the_old_copy(settings: Settings) -> None:
    publish(settings)
    add_run(settings, "sim-2")
    with writer(settings) as connection:
        connection.execute("create table passing (a int)")
        connection.execute("create view broken as select a from warehouse.main.passing")
        connection.execute("drop table passing")
    with pytest.raises(WarehouseError, match="passing"):
        publish(settings)
    assert runs(settings.published) == ["sim-1"]
    assert [path.name for path in settings.published.parent.iterdir()] == ["warehouse.duckdb"]


def test_nothing_to_publish(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "w.duckdb", tmp_path, tmp_path, tmp_path / "p.duckdb")
    with pytest.raises(WarehouseError, match="no warehouse to publish"):
        publish(settings)
    assert list(tmp_path.iterdir()) == []


def test_the_copy_never_replaces_the_warehouse(settings: Settings) -> None:
    settings.published.parent.mkdir()
    settings.published.symlink_to(settings.database)
    with pytest.raises(WarehouseError, match="would replace the warehouse"):
        publish(settings)
    assert runs(settings.database) == ["sim-1"]
