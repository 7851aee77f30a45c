"""What goes wrong around the warehouse: said in words, and nothing changed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.bundle import read_bundle
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import reader, writer
from paysim_pipeline.warehouse.errors import WarehouseBusyError, WarehouseError, translated
from paysim_pipeline.warehouse.reader import stored_runs
from paysim_pipeline.warehouse.schema import RUN_TABLES
from paysim_pipeline.warehouse.writer import load_bundle
from tests.warehouse import children
from tests.warehouse.sample import rows_of, settings, write_sample


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that other users may enter, too."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    for directory in [path, *(entry for entry in path.iterdir() if entry.is_dir())]:
        directory.chmod(0o755)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the sample run in it, and a bundle that would replace that run."""
    path = tmp_path_factory.mktemp("prepared")
    load_bundle(write_sample(path / "old"), settings(path / "db"))
    write_sample(path / "new", seed=8, run_seed=1)
    return path


@pytest.fixture
def warehouse(prepared: Path, place: Path) -> Settings:
    """The prepared warehouse, in a place of its own, and the bundle `new` beside it."""
    shutil.copytree(prepared, place, dirs_exist_ok=True)
    place.chmod(0o755)
    return settings(place / "db")


def everything(warehouse: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the one run in the warehouse."""
    with reader(warehouse) as connection:
        (run,) = stored_runs(connection)
        return {table.name: rows_of(connection, table.name, run.simulation_id) for table in RUN_TABLES}


# ---- somebody else has it


@pytest.mark.parametrize("read_only", [True, False])
def test_another_process_has_it_open(warehouse: Settings, place: Path, read_only: bool) -> None:
    before = everything(warehouse)
    with children.running(children.hold_open, warehouse.database, read_only):
        with pytest.raises(WarehouseBusyError, match="another process has it open") as caught:
            load_bundle(read_bundle(place / "new"), warehouse)
        assert str(warehouse.database) in str(caught.value)
        if not read_only:
            with pytest.raises(WarehouseBusyError, match="another process has it open"), reader(warehouse):
                pass
    assert everything(warehouse) == before


def test_another_writer_of_ours_is_waited_for(warehouse: Settings, place: Path) -> None:
    with (
        children.running(children.hold_lock, place / "db"),
        pytest.raises(WarehouseBusyError, match=r"another paysim process .* \(warehouse\.duckdb\.lock is locked\)"),
    ):
        load_bundle(read_bundle(place / "new"), warehouse)
    # The process was killed with the lock in its hands: it is free.
    load_bundle(read_bundle(place / "new"), warehouse)


def test_this_process_has_it_open(warehouse: Settings) -> None:
    with reader(warehouse), pytest.raises(WarehouseError, match="this process has it open already"), writer(warehouse):
        pass


# ---- it may not be written


def test_a_warehouse_that_may_not_be_written(warehouse: Settings, place: Path) -> None:
    before = everything(warehouse)
    warehouse.database.chmod(0o444)
    warehouse.lock_file.chmod(0o666)
    report = place / "report"
    assert children.run(children.load_as_stranger, place / "db", place / "new", report) == 0
    assert f"{warehouse.database}: it may not be written; change its permissions" in report.read_text()
    assert everything(warehouse) == before


def test_a_directory_that_may_not_be_written(place: Path) -> None:
    write_sample(place / "new")
    (place / "db").mkdir(mode=0o555)
    report = place / "report"
    assert children.run(children.load_as_stranger, place / "db", place / "new", report) == 0
    assert "it may not be written; change its permissions or choose another place with PAYSIM_DB" in report.read_text()
    assert os.listdir(place / "db") == []


@pytest.mark.parametrize("room", [0, 20_000, 100_000])
def test_a_full_disk(warehouse: Settings, place: Path, room: int) -> None:
    before = everything(warehouse)
    report = place / "report"
    assert children.run(children.load_with_little_room, place / "db", place / "new", room, report) == 0
    assert "the file may not grow any further" in report.read_text()
    assert everything(warehouse) == before
    load_bundle(read_bundle(place / "new"), warehouse)


def test_a_full_disk_before_there_is_a_warehouse(place: Path) -> None:
    write_sample(place / "new")
    report = place / "report"
    assert children.run(children.load_with_little_room, place / "db", place / "new", 10_000, report) == 0
    assert "the file may not grow any further" in report.read_text()
    assert [path.name for path in (place / "db").iterdir()] == ["warehouse.duckdb.lock"]
    load_bundle(read_bundle(place / "new"), settings(place / "db"))


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("IO Error: Could not write file: No space left on device", "the disk is full"),
        ("IO Error: Cannot open file: Read-only file system", "it is on a read-only disk"),
        ("Catalog Error: Table with name x does not exist!\nDid you mean y?", "Table with name x does not exist!"),
        ("", "IOException"),
    ],
)
def test_errors_in_words(said: str, hint: str) -> None:
    message = str(translated(duckdb.IOException(said), Path("w.duckdb")))
    assert message.startswith("w.duckdb: ")
    assert hint in message
    assert "\n" not in message


# ---- it is not what it should be


def test_no_warehouse(place: Path) -> None:
    with pytest.raises(WarehouseError, match="there is no warehouse; run a scenario first"), reader(settings(place)):
        pass
    assert list(place.iterdir()) == []


def test_a_file_that_is_no_warehouse(place: Path) -> None:
    write_sample(place / "new")
    settings(place).database.write_bytes(b"this is a text of mine " * 1000)
    with pytest.raises(WarehouseError, match="it is not a warehouse; move it away"):
        load_bundle(read_bundle(place / "new"), settings(place))
    assert settings(place).database.read_bytes().startswith(b"this is a text of mine")


def test_a_database_of_something_else(place: Path) -> None:
    with duckdb.connect(str(settings(place).database)) as connection:
        connection.execute("create table thesis (chapter integer)")
    with pytest.raises(WarehouseError, match="it holds no runs of paysim"), reader(settings(place)) as connection:
        connection.execute("from raw.simulations")


def test_a_damaged_warehouse(warehouse: Settings) -> None:
    whole = warehouse.database.read_bytes()
    spoiled = whole[:4200] + bytes(byte ^ 0x5A for byte in whole[4200:9000]) + whole[9000:]
    for content in (whole[:20_000], spoiled):
        warehouse.database.write_bytes(content)
        with pytest.raises(WarehouseError, match="it is damaged; put a copy back"), reader(warehouse) as connection:
            connection.execute("from raw.simulations").fetchall()


def test_an_error_inside_the_block_is_one_of_the_warehouse(warehouse: Settings) -> None:
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: Catalog Error"), reader(warehouse) as connection:
        connection.execute("from nowhere")
    with pytest.raises(WarehouseError, match="read-only"), reader(warehouse) as connection:
        connection.execute("delete from raw.agents")
    with pytest.raises(WarehouseError, match="NOT NULL constraint"), writer(warehouse) as connection:
        connection.execute("insert into raw.rng_states values (null, 1, 1)")


# ---- the bundle changes after it was checked


def test_a_file_that_is_damaged_after_the_check(warehouse: Settings, place: Path) -> None:
    before = everything(warehouse)
    bundle = read_bundle(place / "new")
    path = bundle.path("transactions")
    whole = path.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"PAR1" + whole[4:-8] + b"\xff\xff\xff\x00PAR1"):
        path.write_bytes(content)
        with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: .*transactions\.parquet"):
            load_bundle(bundle, warehouse)
    path.unlink()
    with pytest.raises(WarehouseError, match=r"No files found .*transactions\.parquet"):
        load_bundle(bundle, warehouse)
    assert everything(warehouse) == before


def test_a_file_of_another_bundle(warehouse: Settings, place: Path) -> None:
    before = everything(warehouse)
    bundle = read_bundle(place / "new")
    shutil.copy(write_sample(place / "short", ticks=3).path("agent_ticks"), bundle.path("agent_ticks"))
    with pytest.raises(WarehouseError, match="12 rows were read, the manifest says 40; simulate the scenario again"):
        load_bundle(bundle, warehouse)
    shutil.copy(bundle.path("agents"), bundle.path("agent_ticks"))
    with pytest.raises(WarehouseError, match='"tick" not found'):
        load_bundle(bundle, warehouse)
    assert everything(warehouse) == before


def test_an_error_in_a_callback_changes_nothing(warehouse: Settings, place: Path) -> None:
    before = everything(warehouse)

    def interrupt(step: str) -> None:
        if step == "commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_bundle(read_bundle(place / "new"), warehouse, on_step=interrupt)
    assert everything(warehouse) == before
