"""The published copy of the warehouse, which people read while the pipeline writes.

Belongs here: making the copy. Does not belong here: reading it (any DuckDB client, read-only).

DuckDB lets one process write or several read. A notebook that holds the warehouse open would block the pipeline, so
notebooks, reports and database browsers open the copy. A new copy takes the place of the old one in one step: who has
the old one open goes on reading it, and sees the new one when opening the file again. The copy may have another name
than the warehouse, and be copied on under any other: its views do not know what it is called (`renaming`).
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.connection import writer
from paysim_pipeline.warehouse.errors import WarehouseError, database_errors
from paysim_pipeline.warehouse.renaming import forget_name

_CHUNK: Final = 1 << 22
_SCHEMAS: Final = frozenset({"raw", "staging", "intermediate", "main"})


def publish(settings: Settings) -> Path:
    """Copy the warehouse to its published place, as it stands between two writers.

    Args:
        settings: where the warehouse and the copy are, and how long to wait for a writer.

    Returns:
        The published file.

    Raises:
        WarehouseBusyError: another process has the warehouse open for longer than the timeout.
        WarehouseError: there is no warehouse, or the copy cannot be written; an earlier copy stays as it is.
    """
    if not settings.database.exists():
        raise WarehouseError(
            f"{settings.database}: there is no warehouse to publish; run a scenario first, or say where it is with "
            "PAYSIM_DB"
        )
    if settings.published.resolve() == settings.database.resolve():
        raise WarehouseError(
            f"{settings.published}: the published copy would replace the warehouse; choose another place with "
            "PAYSIM_PUBLISHED"
        )
    if settings.published.stem.lower() in _SCHEMAS:
        raise WarehouseError(
            f"{settings.published}: DuckDB cannot tell a database of that name from the schema in it; choose another "
            "file name with PAYSIM_PUBLISHED"
        )
    # One name: who publishes has the writer's lock, so nobody else is at it; what a killed process left is replaced.
    unfinished = settings.published.with_name(f".{settings.published.name}.new")
    # The file is closed after DuckDB has closed it: when a process closes a file, its locks on it go, DuckDB's too.
    with _opened(settings.database) as source, writer(settings) as connection:
        # Everything into the file itself: the log beside it is not copied.
        connection.execute("checkpoint")
        name = connection.execute("select current_database()").fetchall()[0][0]
        with database_errors(settings.published):
            settings.published.parent.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("wb") as target:
                    shutil.copyfileobj(source, target, _CHUNK)
                forget_name(unfinished, name)
                _to_disk(unfinished)
                os.replace(unfinished, settings.published)
                _to_disk(settings.published.parent)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                    unfinished.with_name(unfinished.name + ".wal").unlink(missing_ok=True)
                raise
    return settings.published


def _opened(database: Path) -> BinaryIO:
    with database_errors(database):
        return database.open("rb")


def _to_disk(path: Path) -> None:
    """Wait until what is in a file, or the names in a folder, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
