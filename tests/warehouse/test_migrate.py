"""Migrations: applied once, in order, each as a whole, and never a changed one."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.migrate import MIGRATIONS, apply_migrations, known_migrations
from tests.warehouse.sample import settings


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Migrations of a small warehouse of its own."""
    place = tmp_path / "migrations"
    place.mkdir()
    (place / "0001_first.sql").write_text("create table raw.a (x integer);\ninsert into raw.a values (1);\n")
    (place / "0002_second_one.sql").write_text("alter table raw.a add column y integer default 7;\n")
    return place


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def names(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    return connection.execute("select version, name from raw.schema_migrations order by version").fetchall()


def test_a_new_warehouse_gets_all_of_them(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    applied = apply_migrations(connection, Path("w.duckdb"), directory)
    assert [migration.version for migration in applied] == [1, 2]
    assert names(connection) == [(1, "first"), (2, "second_one")]
    assert connection.execute("select x, y from raw.a").fetchall() == [(1, 7)]
    assert apply_migrations(connection, Path("w.duckdb"), directory) == []


def test_an_old_warehouse_gets_what_is_missing_and_keeps_its_rows(
    connection: duckdb.DuckDBPyConnection, directory: Path
) -> None:
    later = (directory / "0002_second_one.sql").rename(directory / "later")
    apply_migrations(connection, Path("w.duckdb"), directory)
    connection.execute("insert into raw.a values (5)")
    later.rename(directory / "0002_second_one.sql")
    assert [migration.name for migration in apply_migrations(connection, Path("w.duckdb"), directory)] == ["second_one"]
    assert connection.execute("select x, y from raw.a order by x").fetchall() == [(1, 7), (5, 7)]


def test_a_changed_applied_migration_is_refused(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    apply_migrations(connection, Path("w.duckdb"), directory)
    (directory / "0001_first.sql").write_text("create table raw.a (x bigint);\n")
    (directory / "0003_third.sql").write_text("drop table raw.a;\n")
    with pytest.raises(WarehouseError, match=r"w\.duckdb: migration 0001 was applied as first, but its file has been"):
        apply_migrations(connection, Path("w.duckdb"), directory)
    assert len(names(connection)) == 2
    assert connection.execute("select count(*) from raw.a").fetchone() == (1,)


def test_other_line_ends_are_no_change(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    apply_migrations(connection, Path("w.duckdb"), directory)
    path = directory / "0001_first.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert apply_migrations(connection, Path("w.duckdb"), directory) == []


def test_a_newer_warehouse_is_refused(connection: duckdb.DuckDBPyConnection, directory: Path) -> None:
    apply_migrations(connection, Path("w.duckdb"), directory)
    (directory / "0002_second_one.sql").unlink()
    with pytest.raises(WarehouseError, match=r"has migration 0002 \(second_one\), which this version .* does not know"):
        apply_migrations(connection, Path("w.duckdb"), directory)


@pytest.mark.parametrize("wrong", ["creat table raw.b (x integer)", "select * from raw.nowhere", "select 1/'x'"])
def test_a_failing_migration_leaves_nothing_of_itself(
    connection: duckdb.DuckDBPyConnection, directory: Path, wrong: str
) -> None:
    begin = "create table raw.c (x integer);\ninsert into raw.a values (9, 9);\n"
    (directory / "0003_third.sql").write_text(f"{begin}{wrong};")
    with pytest.raises(WarehouseError, match=r"w\.duckdb: .* Error: .*; migration 0003 \(third\) was not"):
        apply_migrations(connection, Path("w.duckdb"), directory)
    assert names(connection) == [(1, "first"), (2, "second_one")]
    assert connection.execute("select x, y from raw.a").fetchall() == [(1, 7)]
    assert connection.execute("from duckdb_tables() where table_name = 'c'").fetchall() == []


@pytest.mark.parametrize("name", ["3_third.sql", "0003-third.sql", "0003_Third.sql", "third.sql"])
def test_other_names_are_refused(directory: Path, name: str) -> None:
    (directory / name).write_text("select 1;")
    with pytest.raises(WarehouseError, match=r"has the form 0001_what_it_does\.sql"):
        known_migrations(directory)


@pytest.mark.parametrize("name", ["0002_again.sql", "0004_gap.sql"])
def test_numbers_have_no_gaps_and_no_twins(directory: Path, name: str) -> None:
    (directory / name).write_text("select 1;")
    with pytest.raises(WarehouseError, match="is missing or there twice"):
        known_migrations(directory)


def test_the_writer_applies_ours_and_says_when(tmp_path: Path) -> None:
    with writer(settings(tmp_path)) as connection:
        rows = connection.execute("select version, checksum, applied_at from raw.schema_migrations").fetchall()
    assert [row[:2] for row in rows] == [(m.version, m.checksum) for m in known_migrations(MIGRATIONS)]
    assert all(isinstance(row[2], datetime) for row in rows)
    with writer(settings(tmp_path)) as connection:
        assert connection.execute("select applied_at from raw.schema_migrations").fetchall() == [
            (row[2],) for row in rows
        ]
