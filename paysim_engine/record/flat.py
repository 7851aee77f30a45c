"""The flat form of events: one mapping per event, with the names of spec 07 (§1.1 "Ours").

Belongs here: from packed columns to mappings and JSON lines. Does not belong here: any knowledge of an event type that
`record.schema` does not state, but for the few fields whose flat shape differs (costs, split children).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from paysim_engine.core.codes import NULL
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import CODES, EVENT_TYPES, EventType, Field

FAR = 2**62  # where eligible ticks saturate (core.splits)
_EVENTS = {event.name: event for event in EVENT_TYPES}
Row = dict[str, Any]


def payment_id(number: int) -> str:
    """The id of a payment (D1)."""
    return f"tx_{number:08d}"


def _identity(value: Any) -> Any:
    return value


def _decoder(kind: str, texts: list[str], agent_ids: list[str]) -> Callable[[Any], Any]:
    """How a stored value of `kind` is shown."""
    if kind == "tx":
        return payment_id
    if kind == "agent":
        return agent_ids.__getitem__
    if kind == "bool":
        return bool
    if kind == "text":
        return texts.__getitem__
    if kind == "json":
        return lambda number: json.loads(texts[number])
    if kind in CODES:
        return CODES[kind].__getitem__
    return _identity


def _items(batch: Batch, column: str) -> list[Any]:
    return memoryview(batch.columns[column])[: batch.length].tolist()  # type: ignore[arg-type]  # vec has the buffer protocol


def _lists(batch: Batch, field: Field, texts: list[str], agent_ids: list[str]) -> list[Any]:
    """The values of a list column."""
    decode = _decoder(field.kind.removesuffix("_list"), texts, agent_ids)
    flat = memoryview(batch.columns[field.column]).tolist()  # type: ignore[arg-type]  # see above
    ends = memoryview(batch.columns[f"{field.column}.offsets"])[: batch.length + 1].tolist()  # type: ignore[arg-type]
    absent = _items(batch, f"{field.column}.null")
    return [
        None if absent[i] else [decode(value) for value in flat[ends[i] : ends[i + 1]]] for i in range(batch.length)
    ]


def _column(batch: Batch, field: Field, texts: list[str], agent_ids: list[str]) -> list[Any]:
    """The values of one field, as the flat form shows them."""
    if field.derive:
        names = [name for name in [*batch.columns] if name in field.derive.split()]
        stored = {name: _items(batch, name) for name in names}
        code = compile(field.derive, field.name, "eval")
        return [
            eval(code, {"__builtins__": {}}, {name: stored[name][i] for name in names}) for i in range(batch.length)
        ]
    if field.kind.endswith("_list"):
        return _lists(batch, field, texts, agent_ids)
    decode = _decoder(field.kind, texts, agent_ids)
    values = _items(batch, field.column)
    if field.null:
        absent = "" if field.name == "max_net_outflow_agent" else None  # 07 §2.5: empty if there is none
        return [absent if value == NULL else decode(value) for value in values]
    return values if decode is _identity else [decode(value) for value in values]


def _shape(event: EventType, row: Row) -> Row:
    """The few flat shapes that are not a plain field each."""
    if event.name == "CostAccrual":
        head = {key: row[key] for key in ("event_seq", "event_type", "tick", "agent_id")}
        return {**head, "costs": {key: value for key, value in row.items() if key not in head}}
    if event.name == "PolicySplit":
        first, immediate, gap = row.pop("first_child"), row.pop("num_immediate"), row.pop("stagger_gap_ticks")
        number = int(first[3:])
        count = row["num_splits"]
        row["child_ids"] = [payment_id(number + i) for i in range(count)]
        row["eligible_ticks"] = [
            None if i < immediate else min(row["tick"] + max((i - immediate + 1) * gap, 1), FAR) for i in range(count)
        ]
        return row
    return row


def flat_batch(batch: Batch, texts: list[str], agent_ids: list[str]) -> list[Row]:
    """The events of one batch, in order."""
    event = _EVENTS[batch.table]
    fields = [f for f in event.fields if not f.hidden or event.name == "PolicySplit"]
    names = ["event_seq", "event_type", "tick", *(f.name for f in fields)]
    columns = [
        _items(batch, "event_seq"),
        [event.name] * batch.length,
        _items(batch, "tick"),
        *(_column(batch, f, texts, agent_ids) for f in fields),
    ]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    if event.name in ("CostAccrual", "PolicySplit"):
        return [_shape(event, row) for row in rows]
    return rows


def flat_events(batches: Iterable[Batch], texts: list[str], agent_ids: list[str]) -> Iterator[Row]:
    """All events of `batches` in order of emission; batches of other tables are passed over.

    Args:
        batches: what the recorder handed out, covering a range of `event_seq` without gaps.
        texts: the recorder's texts.
        agent_ids: ids by agent number.
    """
    rows = [row for batch in batches if batch.table in _EVENTS for row in flat_batch(batch, texts, agent_ids)]
    rows.sort(key=lambda row: row["event_seq"])
    return iter(rows)


def write_jsonl(path: Path, events: Iterable[Row]) -> int:
    """Write one JSON object per line, compressed if the name ends in `.gz` (without a timestamp). Returns the count."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    count = 0
    with open(path, "wb") as raw:
        out: Any = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0)
            if path.suffix == ".gz"
            else raw
        )
        try:
            for event in events:
                out.write(encode(event).encode() + b"\n")
                count += 1
        finally:
            if out is not raw:
                out.close()
    return count
