"""A warehouse that older code made: brought to the present schema with all its rows, read by dbt, written again."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.scenario import load_scenario
from paysim_pipeline.cli.main import execute
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.migrate import MIGRATIONS, apply_migrations, known_migrations
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RAW_TABLES, RUN_TABLES
from tests.conftest import ROOT
from tests.dbt.projects import dbt, part_of_the_project
from tests.warehouse import ways
from tests.warehouse.old import old_warehouse

RUNS = {
    "kept-run": "gridlock",
    "sim-074478898e1f7407": "policies",
    "sim-69f32ee6bfbb0470": "deferred",
    "sim-a48382bcb1335da0": "netting",
}
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    return old_warehouse(tmp_path / "old")


def raw_rows(database: Path, columns: dict[str, list[str]] | None = None) -> tuple[dict[str, list[str]], Rows]:
    """The columns and all rows of every raw table with runs; only the given columns if there are any."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = columns or {
            table.name: [
                name
                for (name,) in connection.execute(
                    "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ? "
                    "order by column_index",
                    [table.name],
                ).fetchall()
            ]
            for table in RUN_TABLES
        }
        rows = {
            table: connection.execute(f"select {', '.join(names)} from raw.{table} order by all").fetchall()
            for table, names in found.items()
        }
    return found, rows


def test_it_is_of_its_time(old: Settings) -> None:
    with duckdb.connect(str(old.database), read_only=True) as connection:
        assert connection.execute("select version, name, checksum from raw.schema_migrations").fetchall() == [
            (1, "raw_tables", known_migrations(MIGRATIONS)[0].checksum)
        ], "the first migration has been edited"
    _, rows = raw_rows(old.database)
    assert {table for table, of_table in rows.items() if not of_table} == {"state_snapshots"}
    assert {row[0]: row[1] for row in rows["simulations"]} == RUNS


def test_it_is_migrated_and_keeps_every_row(old: Settings) -> None:
    columns, before = raw_rows(old.database)
    with writer(old) as connection:
        versions = connection.execute("select version from raw.schema_migrations order by version").fetchall()
        present = connection.execute(
            "select table_name, column_name, data_type, is_nullable = 'NO' from duckdb_columns() "
            "where schema_name = 'raw' order by table_name, column_index"
        ).fetchall()
    assert versions == [(migration.version,) for migration in known_migrations()]
    assert present == [
        (table.name, column.name, column.type, column.required)
        for table in sorted(RAW_TABLES, key=lambda table: table.name)
        for column in table.columns
    ]
    assert raw_rows(old.database, columns) == (columns, before)


def test_dbt_reads_it(old: Settings, tmp_path: Path) -> None:
    with writer(old):
        pass
    names = [
        "stg_simulations", "stg_agents", "stg_transactions", "stg_payment_events", "stg_policy_events",
        "stg_policy_snapshots", "stg_queue_snapshots", "stg_state_snapshots",
    ]  # fmt: skip
    project = part_of_the_project(tmp_path / "project", names)
    done = dbt(old.database, tmp_path / "target", "run", project=project)
    assert done.ok, done.output
    _, rows = raw_rows(old.database)
    with duckdb.connect(str(old.database), read_only=True) as connection:
        for name in names:
            staged = connection.execute(f"select count(*) from staging.{name}").fetchone()
            assert staged == (len(rows[name.removeprefix("stg_")]),), name


def test_it_is_written_again(old: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "tests" / "dbt" / "scenarios" / "netting.yaml"
    untouched = {run: ways.rows_of_run(migrated(old), run) for run in RUNS if RUNS[run] != "netting"}
    assert execute(["resume", "kept-run", "--from-day", "0", "--db", str(old.database)]) == 1
    assert "kept-run: the state at the end of day 0 is not stored; it has no stored days" in capsys.readouterr().err
    simulation_id = ways.by_assets(old, load_scenario(path), 2)
    assert simulation_id == "sim-a48382bcb1335da0"
    assert len(ways.rows_of_run(old, simulation_id)["state_snapshots"]) == 2
    assert {run: ways.rows_of_run(old, run) for run in untouched} == untouched
    with writer(old) as connection:
        assert {run.simulation_id: run.scenario for run in stored_runs(connection)} == RUNS


def migrated(warehouse: Settings) -> Settings:
    with writer(warehouse):
        pass
    return warehouse


def test_a_changed_applied_migration_is_refused(old: Settings, tmp_path: Path) -> None:
    before = raw_rows(old.database)
    changed = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    first = next(changed.glob("0001_*.sql"))
    first.write_text(first.read_text() + "-- and one more thing\n")
    with (
        writer(old, migrate=False) as connection,
        pytest.raises(WarehouseError, match=r"migration 0001 was applied as raw_tables, but its file has been changed"),
    ):
        apply_migrations(connection, old.database, changed)
    assert raw_rows(old.database) == before


def test_a_newer_warehouse_is_refused(old: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    newer = len(known_migrations()) + 1
    with writer(old) as connection:
        connection.execute(
            "insert into raw.schema_migrations values (?, 'of_tomorrow', 'x', now()::timestamp)", [newer]
        )
    before = raw_rows(old.database)
    path = ROOT / "tests" / "dbt" / "scenarios" / "netting.yaml"
    assert execute(["run", str(path), "--db", str(old.database), "--quiet"]) == 1
    said = capsys.readouterr().err
    assert f"has migration {newer:04d} (of_tomorrow), which this version of paysim does not know" in said
    assert raw_rows(old.database) == before
