"""Stored rows back into the engine's packed columns.

Belongs here: reading the raw tables of a run as batches, the same kind of source as a recorder. Does not belong here:
what is done with them (a bundle, a digest, flat events), or questions of researchers (`queries`).
"""

from collections.abc import Iterator
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from paysim_engine.bundle_format import TABLES, BundleTable
from paysim_engine.core import codes
from paysim_engine.record.batch import Batch
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import EVENT_CODE, EventType
from paysim_pipeline.warehouse.schema import SCHEMA

_ROWS: Final = 100_000
"""Rows per batch: some 10 MB of a wide table."""

_ORDER: Final = {
    "transactions": "tx_no",
    "agent_ticks": "tick, agent_no",
    "queue_snapshots": "tick, queue_type, agent_no, position",
    "rng_states": "tick",
}


def stored_batches(
    connection: duckdb.DuckDBPyConnection, simulation_id: str, recorder: Recorder, last_tick: int | None = None
) -> Iterator[Batch]:
    """What a run recorded, in batches of one event type or table each, each type in order.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        recorder: takes over the texts; text columns point into its list.
        last_tick: only what was recorded up to the end of that tick. Of the payments those that were settled or
            dropped by then, since only they were final, and recorded, at the end of its day.
    """
    for table in TABLES.values():
        for source in table.sources:
            yield from _batches(connection, simulation_id, recorder, table, source, last_tick)


def _batches(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    recorder: Recorder,
    table: BundleTable,
    source: EventType,
    last_tick: int | None,
) -> Iterator[Batch]:
    fields = {field.column: field.kind for field in source.stored}
    condition, values = "simulation_id = $run", {"run": simulation_id}
    bounds: dict[str, int] = {}
    order = _ORDER.get(table.name, "event_seq")
    if source.name in EVENT_CODE:
        fields = {"event_seq": "int", "tick": "tick"} | fields
        condition += " and event_type = $kind"
        bounds["kind"] = EVENT_CODE[source.name]
    if last_tick is not None:
        moment = "coalesce(settlement_tick, drop_tick)" if table.name == "transactions" else "tick"
        condition += f" and {moment} <= $last"
        bounds["last"] = last_tick
    found = connection.execute(
        f"select {', '.join(fields)} from {SCHEMA}.{table.name} where {condition} order by {order}", values | bounds
    )
    for rows in found.to_arrow_reader(_ROWS):
        if rows.num_rows:
            columns: dict[str, object] = {}
            for name, kind in fields.items():
                columns |= _packed(name, kind, rows.column(name), recorder)
            yield Batch(source.name, rows.num_rows, columns)


def _packed(name: str, kind: str, column: Any, recorder: Recorder) -> dict[str, object]:
    """A column as the recorder has it: its buffer, and for lists their offsets and marks."""
    if not kind.endswith("_list"):
        return {name: _view(_numbers(kind, column, recorder))}
    lists = column.cast(pa.large_list(column.type.value_type))
    lengths = pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(lengths)])
    items = _numbers(kind.removesuffix("_list"), pc.list_flatten(lists), recorder)
    return {
        name: _view(items),
        f"{name}.offsets": _view(offsets),
        f"{name}.null": _view(column.is_null().cast(pa.int64())),
    }


def _numbers(kind: str, column: Any, recorder: Recorder) -> Any:
    """Values as 64-bit numbers, an absent one as `codes.NULL`."""
    if kind == "float":
        return column
    if kind in ("text", "json"):
        encoded = column.cast(pa.string()).dictionary_encode()
        numbers = pa.array([recorder.text(text) for text in encoded.dictionary.to_pylist()], pa.int64())
        column = numbers.take(encoded.indices)
    elif column.type == pa.uint64():
        # Generator states: the engine's numbers are signed.
        column = column.view(pa.int64())
    return pc.fill_null(column.cast(pa.int64()), int(codes.NULL))


def _view(array: Any) -> object:
    """The array's own memory, as the numbers it holds."""
    if array.offset:
        array = pa.concat_arrays([array.slice(0, 0), array])
    whole = memoryview(array.buffers()[1] or b"")[: len(array) * 8]
    return whole.cast("d" if array.type == pa.float64() else "q")
