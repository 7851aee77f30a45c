"""dbt called by hand waits for its turn at the warehouse."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt_common.exceptions import DbtRuntimeError
from filelock import FileLock

from paysim_pipeline.dbt_files import DBT_PROJECT, HAS_TURN, dbt_program
from paysim_pipeline.settings import Settings


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("turn")
    return Settings(folder / "paysim.duckdb", folder, folder, folder / "published.duckdb")


@pytest.fixture
def turn(settings: Settings) -> Iterator[FileLock]:
    """The turn of somebody who writes."""
    with FileLock(settings.lock_file) as lock:
        yield lock


@pytest.fixture
def plugin(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """What dbt does with our plugin before it opens the warehouse."""
    monkeypatch.setenv("PAYSIM_LOCK_TIMEOUT", "0.1")
    spec = spec_from_file_location("warehouse_turn", DBT_PROJECT / "plugins" / "warehouse_turn.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    credentials = DuckDBCredentials(database="paysim", schema="main", path=str(settings.database))
    return lambda: module.Plugin("warehouse_turn", {}, credentials)


def free(settings: Settings) -> bool:
    """Whether somebody else could have the turn."""
    lock = FileLock(settings.lock_file, timeout=0)
    try:
        lock.acquire()
    except TimeoutError:
        return False
    lock.release()
    return True


def test_it_gives_up_after_the_time_that_writers_wait(
    settings: Settings, turn: FileLock, plugin: Callable[[], object]
) -> None:
    with pytest.raises(DbtRuntimeError) as raised:
        plugin()
    message = str(raised.value)
    assert f"{settings.database}: another paysim process has been writing it for 0.1 s" in message
    assert "run dbt again" in message


def test_the_pipeline_lends_dbt_its_own(
    turn: FileLock, plugin: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HAS_TURN, "held")
    plugin()


def test_it_keeps_its_turn_to_the_end(settings: Settings, plugin: Callable[[], object]) -> None:
    first = plugin()
    assert not free(settings)
    # dbt makes a second one where its adapter is asked for again; it must not wait for the first.
    second = plugin()
    assert first is not second
    assert not free(settings)


def test_it_waits_and_goes_on(settings: Settings, turn: FileLock) -> None:
    """A call as a user makes it, of something that opens the warehouse and does next to nothing."""
    target = settings.database.with_name("target")
    process = subprocess.Popen(
        [dbt_program(), "--no-use-colors", "show", "--inline", "select 6 * 7 as answer"],
        cwd=DBT_PROJECT,
        env=os.environ
        | {name: str(target) for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH")}
        | {"PAYSIM_DB": str(settings.database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = target / "dbt.log"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (log.exists() and "new duckdb connection" in log.read_text()):
        time.sleep(0.1)
    time.sleep(0.5)
    assert process.poll() is None
    turn.release()
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 0, output
    assert "42" in output
