"""Opening the warehouse: one writer at a time, readers when nobody writes.

Belongs here: locks and waiting. Does not belong here: what is written or read.

DuckDB lets one process write, or several read. The writer holds a lock file besides, so that processes of ours queue
up for their turn; against others (a notebook, dbt run by hand) it tries again until `Settings.lock_timeout` is over.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.errors import (
    WarehouseBusyError,
    WarehouseError,
    database_errors,
    is_lock_conflict,
    translated,
)
from paysim_pipeline.warehouse.migrate import apply_migrations

_PAUSE = 0.1


@contextmanager
def writer(settings: Settings, *, migrate: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing; create it if it does not exist.

    Args:
        settings: where it is, and how long to wait for others.
        migrate: apply missing migrations first.

    Yields:
        A connection, which is closed at the end.

    Raises:
        WarehouseBusyError: another process has it open for longer than the timeout.
        WarehouseError: it cannot be opened or written, or the database reports an error inside the block.
    """
    deadline = time.monotonic() + settings.lock_timeout
    with database_errors(settings.database):
        settings.database.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.lock_file, timeout=settings.lock_timeout)
        try:
            lock.acquire()
        except Timeout:
            raise WarehouseBusyError(
                f"{settings.database}: another paysim process has been writing it for {settings.lock_timeout:g} s "
                f"({settings.lock_file.name} is locked); wait for it to end and run it again"
            ) from None
    try:
        if not settings.database.exists():
            _create(settings)
        with _opened(settings.database, deadline, read_only=False) as connection:
            if migrate:
                apply_migrations(connection, settings.database)
            yield connection
    finally:
        lock.release()


@contextmanager
def reader(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading only; wait while another process writes.

    Yields:
        A connection, which is closed at the end.

    Raises:
        WarehouseBusyError: another process writes for longer than the timeout.
        WarehouseError: there is no warehouse, it cannot be read, or the database reports an error inside the block.
    """
    if not settings.database.exists():
        raise WarehouseError(
            f"{settings.database}: there is no warehouse; run a scenario first, or say where it is with PAYSIM_DB"
        )
    deadline = time.monotonic() + settings.lock_timeout
    with _opened(settings.database, deadline, read_only=True) as connection:
        yield connection


def _create(settings: Settings) -> None:
    """Create the warehouse beside its place and put it there when it is whole.

    A process that is killed, or a disk that is full, while DuckDB creates a file leaves one that cannot be opened.
    """
    unfinished = settings.database.with_name(f".{settings.database.name}.new")
    with database_errors(settings.database):
        for rest in (unfinished, unfinished.with_name(unfinished.name + ".wal")):
            rest.unlink(missing_ok=True)
        try:
            with duckdb.connect(str(unfinished)) as connection:
                apply_migrations(connection, settings.database)
                # Everything into the file itself: the log beside it would not be renamed with it.
                connection.execute("checkpoint")
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        unfinished.replace(settings.database)


@contextmanager
def _opened(database: Path, deadline: float, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    with database_errors(database):
        connection = _connect(database, deadline, read_only)
    try:
        yield connection
    except duckdb.Error as error:
        raise translated(error, database) from error
    finally:
        with database_errors(database):
            connection.close()


def _connect(database: Path, deadline: float, read_only: bool) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            return duckdb.connect(str(database), read_only=read_only)
        except duckdb.Error as error:
            if not is_lock_conflict(error) or time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE)
