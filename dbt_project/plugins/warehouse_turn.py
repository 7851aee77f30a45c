"""Take turns at the warehouse: dbt waits for the pipeline's lock before it opens the file, as every writer of ours does.

What belongs here: waiting for that lock, and saying so when there is nothing to open. What does not: anything about the
data.

DuckDB lets one process write. dbt alone tries to open the file at fixed moments, ever further apart, and beside a busy
pipeline finds it taken each time. The lock is `<warehouse>.lock`, held until dbt ends; after a minute
(`PAYSIM_LOCK_TIMEOUT`) dbt gives up and says so. When the pipeline itself calls dbt it has the turn already and says
that with `PAYSIM_WAREHOUSE_TURN`.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from filelock import FileLock, Timeout

NEEDING_RUNS = frozenset({"build", "run", "test", "freshness"})
"""Commands of dbt that can do nothing without stored runs; the others describe the project and need no warehouse."""


class Plugin(BasePlugin):
    """Holds the lock of the warehouse from before it is opened until the process ends."""

    def initialize(self, config: dict[str, Any]) -> None:
        """Wait for the turn."""
        path = self.creds.path if self.creds is not None else ":memory:"
        if path == ":memory:" or os.environ.get("PAYSIM_WAREHOUSE_TURN") == "held":
            return
        seconds = float(os.environ.get("PAYSIM_LOCK_TIMEOUT") or 60)
        database = Path(path).expanduser().absolute()
        if not database.exists() and getattr(get_flags(), "WHICH", None) in NEEDING_RUNS:
            # DuckDB would make an empty file, in which the raw tables are missing.
            raise DbtRuntimeError(
                f"{database}: there is no warehouse; run a scenario first (paysim run), or say where it is with "
                "PAYSIM_DB"
            )
        database.parent.mkdir(parents=True, exist_ok=True)
        # One lock per file and process: who calls dbt several times in one process does not wait for itself.
        self._lock = FileLock(database.with_name(database.name + ".lock"), timeout=seconds, is_singleton=True)
        try:
            self._lock.acquire()
        except Timeout:
            raise DbtRuntimeError(
                f"{database}: another paysim process has been writing it for {seconds:g} s; wait for it to end and run "
                "dbt again"
            ) from None
