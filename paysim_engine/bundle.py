"""The run bundle: what a simulation recorded, as Parquet files with a manifest.

Belongs here: writing the files while a run goes on, and reading them back with all checks. Does not belong here: which
tables and columns there are (`bundle_format`), how columns become Arrow's (`bundle_columns`), what is hashed
(`digest`), and anything about a database. With `bundle_columns` the only module of the engine that imports pyarrow.

A bundle is written into a directory beside its place and renamed at the end: it is complete, or it does not exist.
"""

import os
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

import paysim_engine
from paysim_engine.bundle_columns import PARQUET_TYPES, Counted, arrow_rows, arrow_schema, parquet_encodings
from paysim_engine.bundle_format import (
    BUNDLE_FORMAT,
    MANIFEST,
    SOURCE_TABLE,
    TABLES,
    BundleError,
    BundleTable,
    FileEntry,
    Manifest,
    RunContext,
    agent_rows,
    policy_rows,
)
from paysim_engine.core.config import EngineConfig
from paysim_engine.digest import EventsDigest
from paysim_engine.record.batch import Batch
from paysim_engine.record.recorder import Recorder

__all__ = ["Bundle", "BundleError", "BundleWriter", "ScenarioInfo", "read_bundle"]

ROW_GROUP: Final = 245_760
"""Rows that are gathered before they are written: two of DuckDB's own row groups, 25 MB of a wide table."""


_NO_CONTEXT: Final = RunContext()


class ScenarioInfo(Protocol):
    """What a bundle keeps of the scenario it was made from; `scenario.LoadedScenario` is one."""

    @property
    def name(self) -> str:
        """The stem of the scenario's file."""

    @property
    def path(self) -> Path:
        """The scenario's file."""

    @property
    def resolved(self) -> dict[str, Any]:
        """The whole scenario as JSON values: defaults filled in, policies inlined."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of `resolved`."""


@dataclass(frozen=True)
class Bundle:
    """A complete bundle on disk."""

    directory: Path
    manifest: Manifest

    def path(self, table: str) -> Path:
        """The Parquet file of a table."""
        return self.directory / TABLES[table].file


# ------------------------------------------------------------------------------------------------ writing


class _TableWriter:
    """Writes one table's Parquet file; small batches are gathered into row groups."""

    def __init__(self, table: BundleTable, directory: Path) -> None:
        self.table = table
        self.path = directory / table.file
        self.schema = arrow_schema(table)
        # The Arrow schema is left out so that the file says the same whoever reads it.
        self.file = pq.ParquetWriter(
            self.path, self.schema, store_schema=False, write_statistics=False, **parquet_encodings(table)
        )
        self.waiting: dict[str, list[Batch]] = {}
        self.waiting_rows = 0
        self.rows = 0

    def add(self, batch: Batch, texts: list[str]) -> None:
        """Take a batch; its buffers must stay as they are until it is written."""
        self.waiting.setdefault(batch.table, []).append(batch)
        self.waiting_rows += batch.length
        if self.waiting_rows >= ROW_GROUP:
            self.flush(texts)

    def flush(self, texts: list[str]) -> None:
        """Write what is waiting."""
        if self.waiting:
            self.write(arrow_rows(self.table, self.waiting, texts))
            self.waiting = {}
            self.waiting_rows = 0

    def write(self, rows: Any) -> None:
        """Write an Arrow table."""
        self.file.write_table(rows, row_group_size=ROW_GROUP)
        self.rows += rows.num_rows

    def write_rows(self, rows: list[dict[str, Any]]) -> None:
        """Write rows that were not recorded in packed columns."""
        self.write(pa.Table.from_pylist(rows, schema=self.schema))

    def entry(self) -> FileEntry:
        """The manifest's entry of the closed file."""
        return FileEntry(self.rows, self.path.stat().st_size, _crc32(self.path))


class BundleWriter:
    """Writes a bundle while a simulation runs.

    Use it as a context manager: leaving it without `finish()` (an error, say) leaves no bundle behind, and a bundle
    that was there before stays. Memory stays bounded if `drain` is called now and then, for instance after each day.

    Args:
        directory: the bundle's place. An earlier bundle there is replaced at the end; other content is refused.
        scenario: the loaded scenario.
        config: the configuration that is run (seed and number of days may differ from the scenario's).
        recorder: the simulation's recorder.
        context: what the run is made for.

    Raises:
        BundleError: the directory holds something else, or cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        scenario: ScenarioInfo,
        config: EngineConfig,
        recorder: Recorder,
        context: RunContext = _NO_CONTEXT,
    ) -> None:
        self.directory = directory
        self.scenario = scenario
        self.config = config
        self.recorder = recorder
        self.context = context
        self.started = datetime.now(UTC)
        self.clock = time.perf_counter()
        agents = agent_rows(config, scenario.resolved)
        policies = policy_rows(agents, scenario.resolved, context.policies_by)
        self.digest = EventsDigest([str(agent["agent_id"]) for agent in agents])
        self.counted = Counted()
        self.partial = directory.with_name(f".{directory.name}.{os.getpid()}.partial")
        self.tables: dict[str, _TableWriter] = {}
        with _errors(directory):
            _check_place(directory)
            self.partial.mkdir(parents=True)
            try:
                for table in TABLES.values():
                    self.tables[table.name] = _TableWriter(table, self.partial)
                self.tables["agents"].write_rows(agents)
                self.tables["policy_snapshots"].write_rows(policies)
            except BaseException:
                self.abandon()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def drain(self, day: int | None = None) -> None:
        """Take over what the recorder holds (a simulation's `on_day`).

        Args:
            day: the completed day; makes no difference.

        Raises:
            BundleError: writing failed, for instance because the disk is full.
        """
        self.add(self.recorder.drain())

    def add(self, batches: Iterable[Batch]) -> None:
        """Take over batches that somebody else has drained from the recorder, in order of recording.

        Their buffers must stay as they are until the bundle is finished; that is what the recorder promises.

        Raises:
            BundleError: writing failed, for instance because the disk is full.
        """
        texts = self.recorder.texts
        with _errors(self.directory):
            for batch in batches:
                self.digest.update(batch, texts)
                self.counted.add(batch)
                self.tables[SOURCE_TABLE[batch.table]].add(batch, texts)

    def add_state(self, day: int, tick: int, state_json: str) -> None:
        """Keep a checkpoint taken at the end of `day`, whose last tick is `tick`."""
        with _errors(self.directory):
            self.tables["state_snapshots"].write_rows([{"day": day, "tick": tick, "state_json": state_json}])

    def finish(self, *, error: str | None = None, clamped_draws: int = 0) -> Bundle:
        """Write the rest and put the bundle in its place.

        Args:
            error: what stopped the run, if something did.
            clamped_draws: how many drawn amounts were cut to the bound of D40.

        Raises:
            BundleError: writing failed; no bundle is left behind.
        """
        self.drain()
        with _errors(self.directory):
            for table in self.tables.values():
                table.flush(self.recorder.texts)
                table.file.close()
            manifest = self._manifest(error, clamped_draws)
            (self.partial / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
            before = self.partial.with_suffix(".old")
            if self.directory.exists():
                self.directory.rename(before)
            self.partial.rename(self.directory)
            shutil.rmtree(before, ignore_errors=True)
        return Bundle(self.directory, manifest)

    def abandon(self) -> None:
        """Remove what is unfinished; after `finish()` there is nothing, and nothing happens."""
        if self.partial.exists():
            for table in self.tables.values():
                with suppress(OSError):
                    table.file.close()
            shutil.rmtree(self.partial, ignore_errors=True)

    def _manifest(self, error: str | None, clamped_draws: int) -> Manifest:
        seconds = time.perf_counter() - self.clock
        return Manifest(
            format=BUNDLE_FORMAT,
            engine_version=paysim_engine.__version__,
            compiled=paysim_engine.is_compiled(),
            scenario=self.scenario.name,
            config_file=self.scenario.path.name,
            config=self.scenario.resolved,
            fingerprint=self.scenario.fingerprint,
            seed=self.config.rng_seed,
            ticks_per_day=self.config.ticks_per_day,
            num_days=self.config.num_days,
            num_agents=len(self.config.agents),
            status="completed" if error is None else "failed",
            error=error,
            events_digest=self.digest.hexdigest(),
            totals=self.counted.totals(clamped_draws),
            context=self.context,
            files={name: table.entry() for name, table in self.tables.items()},
            started_at=self.started.isoformat(),
            completed_at=datetime.now(UTC).isoformat(),
            duration_seconds=seconds,
            ticks_per_second=self.counted.ticks / seconds,
        )


@contextmanager
def _errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BundleError(f"{directory}: the bundle cannot be written: {error.strerror or error}") from error


def _check_place(directory: Path) -> None:
    """Refuse to replace what is not a bundle, and remove what a killed process left beside it."""
    is_bundle = (directory / MANIFEST).is_file() or (directory.is_dir() and not any(directory.iterdir()))
    if directory.exists() and not is_bundle:
        raise BundleError(f"{directory}: there is something else than a bundle; choose another directory")
    if not directory.parent.is_dir():
        return
    for path in directory.parent.iterdir():
        prefix, _, owner = path.stem.rpartition(".")
        leftover = path.suffix in (".partial", ".old") and prefix == f".{directory.name}" and owner.isdecimal()
        if leftover and (int(owner) == os.getpid() or not _runs(int(owner))):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _crc32(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


# ------------------------------------------------------------------------------------------------ reading


def read_bundle(directory: Path) -> Bundle:
    """Open a bundle and check it: manifest, versions, files, their content, columns and numbers of rows.

    Raises:
        BundleError: there is no bundle, it is damaged, or another version made it.
    """
    path = directory / MANIFEST
    try:
        manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{directory}: there is no bundle (no {MANIFEST}); simulate the scenario first") from None
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read: {error}; {_AGAIN}") from error
    if manifest.engine_version != paysim_engine.__version__:
        raise BundleError(
            f"{path}: made by engine {manifest.engine_version}, this is {paysim_engine.__version__}; {_AGAIN}"
        )
    for table in TABLES.values():
        if table.name not in manifest.files:
            raise BundleError(f"{path}: the table {table.name} is missing; {_AGAIN}")
        _check_file(directory / table.file, table, manifest.files[table.name])
    return Bundle(directory, manifest)


_AGAIN: Final = "simulate the scenario again"


def _check_file(path: Path, table: BundleTable, entry: FileEntry) -> None:
    try:
        if path.stat().st_size != entry.bytes or _crc32(path) != entry.crc32:
            raise BundleError(f"{path}: is damaged (its content is not what the manifest says); {_AGAIN}")
        file = pq.ParquetFile(path)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror or error}; {_AGAIN}") from error
    except pa.ArrowInvalid as error:
        raise BundleError(f"{path}: is not a Parquet file: {error}; {_AGAIN}") from error
    with file:
        found = {field.name: str(field.type) for field in file.schema_arrow}
        wanted = {column.name: PARQUET_TYPES[column.type] for column in table.columns}
        if found != wanted:
            wrong = sorted(name for name in found | wanted if found.get(name) != wanted.get(name))
            raise BundleError(f"{path}: missing, unknown or of another type: columns {', '.join(wrong)}; {_AGAIN}")
        if file.metadata.num_rows != entry.rows:
            raise BundleError(f"{path}: has {file.metadata.num_rows} rows, the manifest says {entry.rows}; {_AGAIN}")
