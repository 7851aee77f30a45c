"""A transaction as a block of code. Nothing else belongs here."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All statements of the block take effect together, or none of them does."""
    connection.execute("begin transaction")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        # After some failures (a full disk) the database has rolled back by itself and refuses a second time.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
