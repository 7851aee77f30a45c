"""Recorded columns as Arrow columns.

Belongs here: packed buffers -> Arrow arrays of the types that a bundle's tables have. Does not belong here: files
(`bundle`), and which columns there are (`bundle_format`).

The recorder's columns reach Arrow as they are, without a copy: an Arrow buffer over the engine's own memory. The only
work per value is what storing it needs anyway: narrowing 64-bit integers to the column's width, numbering texts, and
marking absent values.
"""

from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from paysim_engine.bundle_format import BundleError, BundleTable, Column, Totals
from paysim_engine.core import codes
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import CODES, EVENT_CODE, EventType

ARROW_TYPES: Final[dict[str, Any]] = {
    "BIGINT": pa.int64(),
    "UBIGINT": pa.uint64(),
    "INTEGER": pa.int32(),
    "UTINYINT": pa.uint8(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.dictionary(pa.int32(), pa.string()),
    "JSON": pa.dictionary(pa.int32(), pa.string()),
    "BIGINT[]": pa.large_list(pa.int64()),
    "INTEGER[]": pa.large_list(pa.int32()),
    "VARCHAR[]": pa.large_list(pa.string()),
}
"""Arrow type in which a column of a DuckDB type is handed to the Parquet writer."""

PARQUET_TYPES: Final[dict[str, str]] = {kind: str(arrow) for kind, arrow in ARROW_TYPES.items()} | {
    "VARCHAR": "string",
    "JSON": "string",
    "BIGINT[]": "list<element: int64>",
    "INTEGER[]": "list<element: int32>",
    "VARCHAR[]": "list<element: string>",
}
"""What Arrow calls the type of such a column when it reads the file."""

NULL: Final = pa.scalar(int(codes.NULL), pa.int64())
"""The marker of an absent value (`codes.NULL`)."""


def parquet_encodings(table: BundleTable) -> dict[str, Any]:
    """How the columns of a table are stored, as arguments of `pyarrow.parquet.ParquetWriter`.

    Whole numbers are stored as differences in as few bits as a block of them needs: numbers of events and payments
    rise, and agents, ticks and amounts are small. Against plain values with zstd that is a third of the time to write,
    half of the time to read, and a third fewer bytes; dictionaries of numbers take longer than either. What is left is
    runs of equal bytes, which lz4 finds as well as anything; texts gain from zstd.

    Args:
        table: the bundle's table.
    """
    # A list column is known to Parquet by the path of its items.
    kinds = {
        f"{column.name}.list.element" if column.type.endswith("[]") else column.name: column.type.removesuffix("[]")
        for column in table.columns
    }
    texts = {path for path, kind in kinds.items() if kind in ("VARCHAR", "JSON")}
    return {
        "compression": {path: "zstd" if path in texts else "lz4" for path in kinds},
        "use_dictionary": sorted(texts & {column.name for column in table.columns}),
        "column_encoding": {
            path: "DELTA_BINARY_PACKED" for path, kind in kinds.items() if kind in ("BIGINT", "INTEGER")
        },
    }


def _buffer(batch: Batch, name: str) -> Any:
    view = memoryview(cast(Any, batch.columns[name]))
    # An empty vector has no address, which Arrow answers by ending the process.
    return pa.py_buffer(view if view.nbytes else b"")


def integers(batch: Batch, name: str, null: bool = False) -> Any:
    """A column as 64-bit integers over the engine's memory; with `null` the marker of absent values is masked."""
    buffer = _buffer(batch, name)
    array = pa.Array.from_buffers(pa.int64(), batch.length, [None, buffer])
    if null:
        mask = pc.not_equal(array, NULL).buffers()[1]
        array = pa.Array.from_buffers(pa.int64(), batch.length, [mask, buffer])
    return array


def _lists(batch: Batch, name: str, texts: list[str], target: Any) -> Any:
    n = batch.length
    offsets = pa.Array.from_buffers(pa.int64(), n + 1, [None, _buffer(batch, name + ".offsets")])
    items = pa.Array.from_buffers(pa.int64(), offsets[n].as_py(), [None, _buffer(batch, name)])
    mask = None
    if name + ".null" in batch.columns:
        mask = pc.equal(integers(batch, name + ".null"), 0).buffers()[1]
    if pa.types.is_string(target.value_type):
        items = pa.array([texts[number] for number in items.to_pylist()], pa.string())
    return pa.Array.from_buffers(target, n, [mask, offsets.buffers()[1]], children=[items.cast(target.value_type)])


def _texts(numbers: Any, texts: list[str], target: Any) -> Any:
    """Numbers of texts as a dictionary column that holds only the texts in use."""
    encoded = pc.dictionary_encode(numbers)
    used = encoded.chunk(0).dictionary.to_pylist()
    words = pa.array([texts[number] for number in used], pa.string())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(c.indices, words) for c in encoded.chunks], target)


def column_array(column: Column, groups: list[tuple[EventType, list[Batch]]], texts: list[str]) -> Any:
    """One column over the batches of several recorded tables; a table without the column has it empty."""
    target = ARROW_TYPES[column.type]
    raw = target if column.type.endswith("[]") or column.type == "DOUBLE" else pa.int64()
    chunks: list[Any] = []
    for source, batches in groups:
        rows = sum(batch.length for batch in batches)
        if column.name == "event_type":
            chunks.append(pa.repeat(pa.scalar(EVENT_CODE[source.name], raw), rows))
            continue
        if column.name not in batches[0].columns:
            chunks.append(pa.nulls(rows, raw))
            continue
        null = any(field.column == column.name and field.null for field in source.stored)
        for batch in batches:
            if column.type.endswith("[]"):
                chunks.append(_lists(batch, column.name, texts, target))
            elif column.type == "DOUBLE":
                chunks.append(pa.Array.from_buffers(raw, batch.length, [None, _buffer(batch, column.name)]))
            else:
                chunks.append(integers(batch, column.name, null))
    if column.type == "UBIGINT":
        chunks = [chunk.view(target) for chunk in chunks]
        raw = target
    array = pa.chunked_array(chunks, raw)
    if column.type in ("VARCHAR", "JSON"):
        return _texts(array, texts, target)
    try:
        return array if raw == target else array.cast(target)
    except pa.ArrowInvalid as error:
        raise BundleError(f"column {column.name}: a recorded value does not fit {column.type}: {error}") from error


def arrow_schema(table: BundleTable) -> Any:
    """The Arrow schema in which a table's rows are handed on."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in table.columns])


def arrow_rows(table: BundleTable, batches: dict[str, list[Batch]], texts: list[str]) -> Any:
    """Recorded rows as an Arrow table.

    Args:
        table: the bundle's table.
        batches: name of a recorded table -> its batches; those that are not among the table's sources are left out.
        texts: the texts that text columns point into.

    Raises:
        BundleError: a value does not fit its column.
    """
    schema = arrow_schema(table)
    groups = [(source, batches[source.name]) for source in table.sources if batches.get(source.name)]
    if not groups:
        return schema.empty_table()
    return pa.Table.from_arrays([column_array(column, groups, texts) for column in table.columns], schema=schema)


_SETTLED: Final = CODES["status"].index("settled")


class Counted:
    """Totals of a run, counted from what it recorded.

    Attributes:
        arrivals: payments without a parent (04 §8).
        settlements: of those, the settled ones.
        cost_cents: all costs.
        ticks: ticks played.
    """

    def __init__(self) -> None:
        self.arrivals = self.settlements = self.cost_cents = self.ticks = 0

    def add(self, batch: Batch) -> None:
        """Count the rows of a batch."""
        if batch.table == "CostAccrual":
            self.cost_cents += pc.sum(integers(batch, "total_cost"), min_count=0).as_py()
        elif batch.table == "rng_states":
            self.ticks += batch.length
        elif batch.table in ("Arrival", "transactions"):
            own = pc.equal(integers(batch, "parent_tx_no"), NULL)
            if batch.table == "Arrival":
                self.arrivals += pc.sum(own, min_count=0).as_py()
            else:
                settled = pc.equal(integers(batch, "status"), _SETTLED)
                self.settlements += pc.sum(pc.and_(own, settled), min_count=0).as_py()

    def totals(self, clamped_draws: int = 0) -> Totals:
        """As the manifest has them.

        Args:
            clamped_draws: drawn amounts cut to the bound of D40.
        """
        return Totals(self.arrivals, self.settlements, self.cost_cents, clamped_draws)
