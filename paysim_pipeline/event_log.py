"""Dagster's event log on SQLite, with connections that stay open.

Belongs here: how connections are opened, and nothing else of the log. A run over some sixty models and four scenarios
stores about eight hundred events, and Dagster's own storage opens up to five connections for each, all of which wait
for the disk: on a busy development machine 26 to 38 s of a run, against 3 to 4 s here. `dagster.yaml` names this class:

    event_log_storage:
      module: paysim_pipeline.event_log
      class: KeptConnectionsEventLog
      config: {}

Commits go to the write-ahead log without waiting for the disk: a killed process loses nothing, a power cut at worst the
last events of a run, and the file stays sound.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

_OPEN_FILES: Final = 8
"""Files of runs that stay open; the web server looks into many more than one."""


class KeptConnectionsEventLog(SqliteEventLogStorage):
    """The event log in `$DAGSTER_HOME/history/runs`, where Dagster keeps it by default: either can read the other's."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
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

    def dispose(self) -> None:
        """Close all files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _do_not_wait(connection: Any, _record: Any) -> None:
    connection.execute("pragma synchronous = normal")
