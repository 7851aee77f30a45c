"""What the tests do in other processes: be killed, run out of disk, be a stranger to the file, hold a lock.

Functions only, at module level, so that a process can be told which one to run.
"""

import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import duckdb

from paysim_engine.bundle import BundleError, BundleWriter, read_bundle
from paysim_pipeline.resume import continue_run
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.migrate import apply_migrations
from paysim_pipeline.warehouse.writer import load_bundle
from tests.warehouse.sample import config, recorder, scenario, settings

KILLED = -signal.SIGKILL

# A server that has imported everything once and forks a clean process per test: quick, and without threads.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.children", "dbt.cli.main"])


def start(function: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start a function in a process of its own."""
    process = CONTEXT.Process(target=function, args=arguments)
    process.start()
    return process


def run(function: Callable[..., None], *arguments: Any, kill_after: float | None = None) -> int | None:
    """Run a function in a process of its own; return its exit code (negative: the signal that ended it)."""
    process = start(function, *arguments)
    if kill_after is not None:
        time.sleep(kill_after)
        process.kill()
    process.join(60)
    return process.exitcode


@contextmanager
def running(function: Callable[..., None], *arguments: Any) -> Any:
    """Run a function in a process of its own, until it is ready and to the end of the block."""
    ready = CONTEXT.Event()
    process = CONTEXT.Process(target=function, args=(*arguments, ready))
    process.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        process.kill()
        process.join()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def load_until(step: str, warehouse: Path, bundle: Path) -> None:
    """Load a bundle, and be killed when the step begins."""
    load_bundle(read_bundle(bundle), settings(warehouse, 30), on_step=lambda name: die() if name == step else None)


def load(warehouse: Path, bundle: Path) -> None:
    load_bundle(read_bundle(bundle), settings(warehouse, 30))


def migrate(warehouse: Path, migrations: Path) -> None:
    """Apply the migrations of a directory."""
    place = settings(warehouse, 30)
    with writer(place, migrate=False) as connection:
        apply_migrations(connection, place.database, migrations)


def build_models(database: Path, project: Path, scenario: str) -> None:
    """Run dbt as its program does, for one scenario."""
    from dbt.cli.main import dbtRunner

    os.chdir(project)
    os.environ |= {"PAYSIM_DB": str(database), "DBT_TARGET_PATH": str(project / "target"), "DBT_LOG_PATH": str(project)}
    variables = json.dumps({"scenario_ids": [scenario]})
    sys.exit(0 if dbtRunner().invoke(["run", "--quiet", "--vars", variables]).success else 1)


def write_until_killed(directory: Path) -> None:
    """Write half a bundle, and be killed."""
    with BundleWriter(directory, scenario(), config(), recorder()) as bundle:
        bundle.drain()
        die()


def load_with_little_room(warehouse: Path, bundle: Path, room: int, report: Path) -> None:
    """Load a bundle where no file may grow beyond `room` bytes; write down what the error says."""
    found = read_bundle(bundle)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        load_bundle(found, settings(warehouse))
        said = "loaded"
    except WarehouseError as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report.write_text(said)


def write_with_little_room(directory: Path, room: int, report: Path) -> None:
    """The same for writing a bundle."""
    source = recorder()
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        with BundleWriter(directory, scenario(), config(), source) as bundle:
            bundle.finish()
        said = "written"
    except BundleError as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report.write_text(said)


def resume_with_little_room(warehouse: Path, run: str, room: int, report: Path) -> None:
    """The same for going on with a stored run."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        continue_run(settings(warehouse), run, 0)
        said = "stored"
    except (BundleError, WarehouseError) as error:
        said = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report.write_text(said)


def load_as_stranger(warehouse: Path, bundle: Path, report: Path) -> None:
    """Load a bundle as somebody who may read the warehouse but not write it."""
    found = read_bundle(bundle)
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        load_bundle(found, settings(warehouse))
        said = "loaded"
    except WarehouseError as error:
        said = str(error)
    if os.getuid() == 0:
        os.seteuid(0)
    report.write_text(said)


def hold_open(database: Path, read_only: bool, ready: Any) -> None:
    """Have the database open, as a notebook or another tool would."""
    connection = duckdb.connect(str(database), read_only=read_only)
    ready.set()
    time.sleep(60)
    connection.close()


def hold_lock(warehouse: Path, ready: Any) -> None:
    """Be another writer of ours."""
    with writer(settings(warehouse)):
        ready.set()
        time.sleep(60)
