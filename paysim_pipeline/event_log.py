"""Dagster's event log on SQLite, quicker: connections stay open, events are written in batches, waiting is patient.

Belongs here: how connections are opened, how many statements a batch of events takes, and how a run waits for a slot of
a pool, which stands in the same file; nothing else of the log.

A run over some sixty models and four scenarios stores about eight hundred events, and Dagster's own storage opens up to
five connections for each, all of which wait for the disk: on a busy development machine 26 to 38 s of a run, against 3
to 4 s here. A backfill of fifty scenarios stores over six thousand, nearly all of which come in batches (one asset, all
partitions), and Dagster's storage looks at the database's schema twice for each: here a batch is written in two
transactions, and the schema is looked at once (33 s became 9 s). `dagster.yaml` names this class:

    event_log_storage:
      module: paysim_pipeline.event_log
      class: KeptConnectionsEventLog
      config: {}

Commits go to the write-ahead log without waiting for the disk: a killed process loses nothing, a power cut at worst the
last events of a run, and the file stays sound.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dagster import EventLogEntry
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.event_api import EventHandlerFn
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._record import copy
from dagster._serdes import ConfigurableClassData
from dagster._utils.concurrency import ConcurrencyClaimStatus
from dagster._utils.interrupts import pop_captured_interrupt
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.pool import StaticPool
from watchdog.events import FileSystemEvent
from watchdog.observers import Observer

_OPEN_FILES: Final = 8
"""Files of runs that stay open; the web server looks into many more than one."""

_BATCH: Final = 500
"""Events that Dagster gathers, at most, before it stores them; without this variable it gathers none."""

_CLAIM_WAIT: Final = 1.0
_CLAIM_PAUSE: Final = 0.2
"""Seconds for which a claim of a pool's slot waits for one, and between looks."""


class KeptConnectionsEventLog(SqliteEventLogStorage):
    """The event log in `$DAGSTER_HOME/history/runs`, where Dagster keeps it by default: either can read the other's."""

    _obs: Any
    """What looks at the files, once somebody watches a run."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._known: set[tuple[str, ...]] = set()
        super().__init__(base_dir, inst_data)

    @property
    def open_files(self) -> list[str]:
        """Names of the files with an open connection, the one used last at the end."""
        return list(self._engines)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """No settings."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptConnectionsEventLog":
        """The log of the instance in `DAGSTER_HOME`."""
        home = os.environ.get("DAGSTER_HOME")
        if not home:
            raise ValueError("the environment variable DAGSTER_HOME must say where Dagster's history is")
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(_BATCH))
        return cls(str(Path(home) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        # The lock is the base class's: whoever has it uses the engines, and the one connection of each, alone.
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.get(shard)
        if engine is None:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _do_not_wait)
            self._engines[shard] = engine
            while len(self._engines) > _OPEN_FILES:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return engine

    # Tables and columns are never taken away: what was there once need not be looked up for every event.

    def has_table(self, table_name: str) -> bool:
        """Whether the log has a table."""
        return self._seen(("table", table_name)) or self._note(("table", table_name), super().has_table(table_name))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        column = ("asset key column", column_name)
        return self._seen(column) or self._note(column, super()._has_asset_key_col_on_connection(conn, column_name))

    def _seen(self, what: tuple[str, ...]) -> bool:
        return what in self._known

    def _note(self, what: tuple[str, ...], there: bool) -> bool:
        if there:
            self._known.add(what)
        return there

    def claim_concurrency_slot(
        self, concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        """Claim a slot of a pool, and wait a moment for one.

        A run whose step must wait asks again and again without a pause (`min([0, ...])` in Dagster's
        `interval_to_next_pending_claim_check`), which takes a core from the run that it is waiting for, and learns of
        a free slot up to fifteen seconds late. Here asking takes a second, and ends as soon as there is a slot.

        Raises:
            DagsterExecutionInterruptedError: somebody asked to stop.
        """
        deadline = time.monotonic() + _CLAIM_WAIT
        while True:
            status = super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)
            if status.is_claimed or time.monotonic() >= deadline:
                return copy(status, sleep_interval=0.0)
            # Dagster keeps signals for later at this point, and later would be when the slot is free.
            if pop_captured_interrupt():
                raise DagsterExecutionInterruptedError
            time.sleep(_CLAIM_PAUSE)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events; those about assets in one transaction for each file, the others one by one."""
        batch = [entry for entry in events if _is_of_assets(entry)]
        if batch:
            self._store_asset_events(batch)
        for entry in events:
            if not _is_of_assets(entry):
                self.store_event(entry)

    def _store_asset_events(self, events: Sequence[EventLogEntry]) -> None:
        rows = [self._event_to_row(entry) for entry in events]
        insert = SqlEventLogStorageTable.insert()
        for run_id in dict.fromkeys(entry.run_id for entry in events):
            with self.run_connection(run_id) as connection:
                connection.execute(insert, [row for row in rows if row["run_id"] == run_id])
        with self.index_transaction() as connection:
            # One by one, since tags and the list of assets refer to the ids that the rows get here.
            ids = [_new_id(connection.execute(insert, row)) for row in rows]
            self._store_asset_event_tags(connection, events, ids)
            # Of several events of one kind about an asset the list of assets keeps the last.
            last = {
                (entry.get_dagster_event().asset_key, entry.dagster_event_type): place
                for place, entry in enumerate(events)
            }
            for place in sorted(last.values()):
                self._store_asset_event(connection, events[place], ids[place])

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        """Call back for every new event of a run: the page of a run in the UI lives on this."""
        if not self._obs:
            self._obs = Observer()
            self._obs.start()
        watchdog = _LogWatchdog(self, run_id, callback, cursor)
        self._watchers[run_id][callback] = (watchdog, self._obs.schedule(watchdog, self._base_dir, recursive=True))

    def dispose(self) -> None:
        """Close all files."""
        # Whoever still watched would open them again.
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


class _LogWatchdog(SqliteEventLogStorageWatchdog):
    """Looks at the file of a run and at its write-ahead log.

    Dagster's own looks at the file alone, which changes when a connection is closed: where connections are kept, most
    events are in the write-ahead log only, and the page of a run would stop in the middle of it.
    """

    def __init__(self, log: KeptConnectionsEventLog, run_id: str, callback: EventHandlerFn, cursor: str | None) -> None:
        super().__init__(log, run_id, callback, cursor)
        self._patterns = [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event: FileSystemEvent) -> None:
        """Pass on what is new."""
        self._process_log()


def _new_id(inserted: CursorResult[Any]) -> int:
    key = inserted.inserted_primary_key
    if key is None:
        raise AssertionError("a stored event has an id")
    return int(key[0])


def _is_of_assets(entry: EventLogEntry) -> bool:
    return entry.is_dagster_event and entry.dagster_event_type in ASSET_EVENTS


def _do_not_wait(connection: Any, _record: Any) -> None:
    connection.execute("pragma synchronous = normal")
