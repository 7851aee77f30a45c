"""`--events`: the flat event stream (07 §1.1) as JSON lines or Parquet, in a file or on standard output.

Belongs here: choosing the form by the file's name, and putting the file in its place only when it is complete. Does
not belong here: what an event looks like (`paysim_engine.record.flat`).

In Parquet every field of the catalogue has a column, null where an event type has no such field; `details` is JSON
text and `costs` a struct.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paysim_engine.core.errors import SimulationError
from paysim_engine.record.flat import flat_batch, flat_events, write_jsonl
from paysim_engine.record.schema import EVENT_CODE, EVENT_TYPES, EventType, Field
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError

if TYPE_CHECKING:
    from paysim_engine.record.batch import Batch
    from paysim_pipeline.simulate import ScenarioRun

Row = dict[str, Any]

STDOUT: Final = "-"
ENDINGS: Final = (".jsonl", ".jsonl.gz", ".parquet")


def check_target(target: str) -> None:
    """Refuse a target of `--events` before any work is done.

    Raises:
        CommandError: its name does not say which form it should have, or its folder does not exist.
    """
    if target == STDOUT:
        return
    path = Path(target)
    if not path.name.endswith(ENDINGS):
        raise CommandError(f"--events {target}: the name must end in {', '.join(ENDINGS)}, or be '-'", BAD_USAGE)
    if path.is_dir():
        raise CommandError(f"--events {target}: is a folder; name a file in it", BAD_USAGE)
    if not path.absolute().parent.is_dir():
        raise CommandError(f"--events {target}: there is no folder {path.absolute().parent}; create it first")


class EventStream:
    """Plays a run and writes its events.

    A run that breaks off leaves the events of its whole ticks; any other failure leaves no file, and an earlier file
    of that name stays as it was.

    Args:
        run: the run, not yet begun.
        must_end: whether it has to be played to its end, though nobody reads its events any more.

    Attributes:
        written: events written so far.
    """

    def __init__(self, run: "ScenarioRun", *, must_end: bool) -> None:
        self.run = run
        self._must_end = must_end
        self.written = 0
        self._stopped: SimulationError | None = None

    def write(self, target: str) -> int:
        """Play the run to its end and write its events to `target` (see `check_target`).

        If the reader of standard output goes, the run ends there, or at its end if it must.

        Returns:
            The number of events.

        Raises:
            CommandError: the file cannot be written, or the run cannot go on.
            BundleError: the run's bundle cannot be written.
        """
        if target == STDOUT:
            self._to_stdout()
        else:
            _replace(Path(target), self._to_parquet if target.endswith(".parquet") else self._to_lines)
        if self._stopped is not None:
            last = int(self.run.simulation.state.tick) - 1
            raise CommandError(f"{self._stopped}\n  {target} holds the {self.written} events up to tick {last}")
        return self.written

    def _days(self) -> Iterator[list["Batch"]]:
        try:
            yield from self.run.batches()
        except SimulationError as error:
            self._stopped = error

    def _rows(self) -> Iterator[Row]:
        simulation = self.run.simulation
        for batches in self._days():
            # After a whole tick the clock has moved on; events of the current tick are those of one that broke off.
            whole = int(simulation.state.tick)
            rows = flat_events(batches, self.run.texts, simulation.agent_ids)
            for row in rows:
                if row["tick"] >= whole:
                    break
                self.written += 1
                yield row

    def _to_lines(self, path: Path) -> None:
        write_jsonl(path, self._rows())

    def _to_stdout(self) -> None:
        from paysim_pipeline.display.sink import Sink

        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
        with Sink() as sink:
            for row in self._rows():
                sink.write(encode(row))
                if sink.closed and not self._must_end:
                    return

    def _to_parquet(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        simulation = self.run.simulation
        types = _arrow_types()
        schemas = {event.name: pa.schema([(name, types[name]) for name in _names(event)]) for event in EVENT_TYPES}
        everything = pa.schema(list(types.items()))
        with pq.ParquetWriter(path, everything, compression="zstd") as out:
            for batches in self._days():
                whole = int(simulation.state.tick)
                # One table per event type, with its own columns only: a sparse table by rows takes ten times as long.
                parts = [everything.empty_table()]
                for batch in batches:
                    if batch.table in EVENT_CODE:
                        rows = flat_batch(batch, self.run.texts, simulation.agent_ids)
                        kept = [_parquet_row(row) for row in rows if row["tick"] < whole]
                        parts.append(pa.Table.from_pylist(kept, schema=schemas[batch.table]))
                day = pa.concat_tables(parts, promote_options="default").sort_by("event_seq")
                out.write_table(day)
                self.written += day.num_rows


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a file beside `path`, then put it there."""
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(partial)
        os.replace(partial, path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise CommandError(f"{path}: the events cannot be written: {reason}; choose another place") from error
    finally:
        partial.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------------ Parquet columns

_COSTS: Final = "CostAccrual"
_SPLIT: Final = "PolicySplit"
_HEAD: Final = ("event_seq", "tick", "event_type")


def _names(event: EventType) -> list[str]:
    """The fields of an event's flat form."""
    fields = [field.name for field in event.fields if not field.hidden]
    if event.name == _COSTS:
        fields = ["agent_id", "costs"]
    if event.name == _SPLIT:
        fields += ["child_ids", "eligible_ticks"]
    return [*_HEAD, *fields]


def _arrow_types() -> dict[str, Any]:
    """Arrow type of every field of the flat form, in order of first use."""
    import pyarrow as pa

    def type_of(field: Field) -> Any:
        kind = field.kind.removesuffix("_list")
        single = {"float": pa.float64(), "bool": pa.bool_()}.get(kind)
        if single is None:
            single = pa.int64() if kind in ("cents", "tick", "int") else pa.string()
        return pa.list_(single) if field.kind.endswith("_list") else single

    types = {"event_seq": pa.int64(), "tick": pa.int64(), "event_type": pa.string()}
    for event in EVENT_TYPES:
        kinds = {field.name: type_of(field) for field in event.fields if not field.hidden}
        kinds["child_ids"], kinds["eligible_ticks"] = pa.list_(pa.string()), pa.list_(pa.int64())
        costs = [(field.name, type_of(field)) for field in event.fields if field.kind == "cents"]
        kinds["costs"] = pa.struct(costs)
        types |= {name: kinds[name] for name in _names(event) if name not in types}
    return types


def _parquet_row(row: Row) -> Row:
    """A flat event as a row: `details` as text, since its keys differ by kind of scenario event."""
    if "details" in row:
        return {**row, "details": json.dumps(row["details"], sort_keys=True, separators=(",", ":"))}
    return row
