"""Migrations: numbered SQL files that bring a warehouse of any age to the present schema, its rows kept.

Belongs here: finding the files, applying what is missing, refusing what does not fit. Does not belong here: the SQL
itself (`migrations/NNNN_name.sql`), which says what changes and may not change once it has been applied anywhere.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from paysim_pipeline.warehouse.errors import WarehouseError, translated
from paysim_pipeline.warehouse.transaction import transaction

MIGRATIONS = Path(__file__).parent / "migrations"

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

_BOOTSTRAP = """
create schema if not exists raw;
create table if not exists raw.schema_migrations (
    version integer not null,
    name varchar not null,
    checksum varchar not null,
    applied_at timestamp not null
);
"""


@dataclass(frozen=True)
class Migration:
    """One step of the schema.

    Attributes:
        version: its number, from 1 without gaps.
        name: what it does, from the file's name.
        sql: the statements; they run in one transaction.
        checksum: SHA-256 of `sql`.
    """

    version: int
    name: str
    sql: str
    checksum: str


def known_migrations(directory: Path = MIGRATIONS) -> list[Migration]:
    """All migrations of this version, in order.

    Raises:
        WarehouseError: a file's name is not of the form `NNNN_name.sql`, or a number is missing or used twice.
    """
    found = []
    for path in sorted(directory.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise WarehouseError(f"{path}: the name of a migration has the form 0001_what_it_does.sql")
        # Text, not bytes: a checkout with other line ends is the same migration.
        sql = path.read_text(encoding="utf-8")
        found.append(Migration(int(match[1]), match[2], sql, hashlib.sha256(sql.encode()).hexdigest()))
    for number, migration in enumerate(found, start=1):
        if migration.version != number:
            raise WarehouseError(f"{directory}: migration {number:04d} is missing or there twice")
    return found


def apply_migrations(
    connection: duckdb.DuckDBPyConnection, database: Path, directory: Path = MIGRATIONS
) -> list[Migration]:
    """Apply the migrations that a warehouse does not have yet, each in a transaction of its own.

    Args:
        connection: the open warehouse.
        database: its path, for messages.
        directory: where the migrations are.

    Returns:
        The migrations that were applied now.

    Raises:
        WarehouseError: an applied migration has been changed since, the warehouse has migrations that this version
            does not know, or one failed; migrations before it stay applied, nothing of it does.
    """
    known = known_migrations(directory)
    connection.execute(_BOOTSTRAP)
    rows = connection.execute("select version, name, checksum from raw.schema_migrations order by version").fetchall()
    for version, name, checksum in rows:
        if version > len(known):
            raise WarehouseError(
                f"{database}: has migration {version:04d} ({name}), which this version of paysim does not know; "
                "use the newer version that made it"
            )
        if known[version - 1].checksum != checksum:
            raise WarehouseError(
                f"{database}: migration {version:04d} was applied as {name}, but its file has been changed since; "
                "restore the file as it was and put the change into a new migration"
            )
    pending = known[len(rows) :]
    for migration in pending:
        try:
            with transaction(connection):
                connection.execute(migration.sql)
                connection.execute(
                    "insert into raw.schema_migrations values (?, ?, ?, ?)",
                    [migration.version, migration.name, migration.checksum, datetime.now(UTC).replace(tzinfo=None)],
                )
        except duckdb.Error as error:
            raise WarehouseError(
                f"{translated(error, database)}; migration {migration.version:04d} ({migration.name}) was not applied"
            ) from error
    return pending
