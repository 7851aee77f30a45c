"""What can go wrong with the warehouse, in words for the person who has to act.

Belongs here: the error and the translation of the database's own errors. Nothing else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WarehouseError(Exception):
    """The warehouse could not be opened, read or written; nothing was changed.

    The message names the file, what is wrong and what to do.
    """


class WarehouseBusyError(WarehouseError):
    """Another process has the warehouse open; later it may work."""


_HINTS = (
    ("No space left on device", "the disk is full; free some space and run it again"),
    ("File too large", "the file may not grow any further; raise the limit or choose another place with PAYSIM_DB"),
    ("Disk quota exceeded", "the disk quota is used up; free some space and run it again"),
    ("Permission denied", "it may not be written; change its permissions or choose another place with PAYSIM_DB"),
    ("Read-only file system", "it is on a read-only disk; choose another place with PAYSIM_DB"),
    ("not a valid DuckDB database file", "it is not a warehouse; move it away or choose another one with PAYSIM_DB"),
    ("Failed to download extension", "it is the file of another program; choose another one with PAYSIM_DB"),
    ('because schema "raw" does not exist', "it holds no runs of paysim; choose another one with PAYSIM_DB"),
    ("Corrupt database file", "it is damaged; put a copy back, or move it away and run the scenarios again"),
    ("Could not read enough bytes", "it is damaged; put a copy back, or move it away and run the scenarios again"),
    ("newer version of DuckDB", "a newer DuckDB wrote it; install the version in constraints.txt"),
    ("different configuration", "this process has it open already; close that connection first"),
)


def is_lock_conflict(error: Exception) -> bool:
    """Whether the database says that another process has the file open."""
    return "Could not set lock on file" in str(error)


def translated(error: Exception, database: Path) -> WarehouseError:
    """The error that a person gets to see for an error of the database or the operating system."""
    text = str(error)
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    if is_lock_conflict(error):
        return WarehouseBusyError(
            f"{database}: another process has it open ({first}); close it (a notebook, a database browser, dbt?) or "
            "read the published copy there, and run it again"
        )
    for sign, hint in _HINTS:
        if sign in text:
            return WarehouseError(f"{database}: {hint} ({first})")
    return WarehouseError(f"{database}: {first}")


@contextmanager
def database_errors(database: Path) -> Iterator[None]:
    """Turn errors of the database and of the operating system into `WarehouseError`."""
    # Whoever only catches these errors, as the definitions of Dagster do, need not wait for the database's library.
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise translated(error, database) from error
