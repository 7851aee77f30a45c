"""The events digest: one SHA-256 that says whether two runs had the same events.

Belongs here: what is hashed and in which order. Does not belong here: where batches come from (`record`) and where
the digest is kept (`bundle`, the warehouse).

The digest is that of the content, not of its packaging: it does not depend on when the recorder was drained, on the
numbers that texts happen to have, or on whether the engine is compiled. Every stored column of every event type has a
running hash of its own, over the items in order of recording:

* integers, and numbers that stand for payments, agents and codes: 8 bytes each, little-endian two's complement, with
  `codes.NULL` for an absent value; doubles: 8 bytes, IEEE 754;
* texts: the number of the text in order of first use *in that column*, and the texts in that order at the end;
* lists: the lengths (-1 for an absent list), and the items.

The hashes are put together at the end, by event type, for the types that occurred; so a type added to the catalogue
changes no digest of a run without it. Changing any of this changes every published digest: raise `DIGEST_FORMAT`.
"""

import hashlib
import json
from array import array
from operator import sub
from typing import Any, Final, cast

from paysim_engine.core import codes
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import EVENT_TYPES, EventType

DIGEST_FORMAT: Final = 1

TEXTS: Final = ("text", "json", "text_list")


class _Column:
    """The running hash of one column, and for texts their numbers in order of first use."""

    def __init__(self, kind: str) -> None:
        self.is_list = kind.endswith("_list")
        self.is_text = kind in TEXTS
        self.hash = hashlib.sha256()
        self.lengths = hashlib.sha256()
        self.texts: dict[str, int] = {}

    def summary(self) -> dict[str, object]:
        """What the whole digest says of this column."""
        parts: dict[str, object] = {"items": self.hash.hexdigest()}
        if self.is_list:
            parts["lengths"] = self.lengths.hexdigest()
        if self.is_text:
            parts["texts"] = list(self.texts)
        return parts


class EventsDigest:
    """The digest of a run's events, fed batch by batch in order of recording.

    Batches of one event type must come in order; how rows are cut into batches, and how batches of different types
    are interleaved, makes no difference. Batches of other tables are passed over.

    Args:
        agent_ids: the agents' ids by agent number; they are part of the digest.
    """

    def __init__(self, agent_ids: list[str]) -> None:
        self.agent_ids = list(agent_ids)
        self.types: dict[str, EventType] = {event.name: event for event in EVENT_TYPES}
        self.rows: dict[str, int] = {}
        self.columns: dict[str, dict[str, _Column]] = {}

    def update(self, batch: Batch, texts: list[str]) -> None:
        """Add the rows of a batch.

        Args:
            batch: rows of one table.
            texts: the texts that the batch's text columns point into.
        """
        event = self.types.get(batch.table)
        if event is None or batch.length == 0:
            return
        if batch.table not in self.columns:
            columns = {"event_seq": _Column("int"), "tick": _Column("int")}
            for field in event.stored:
                columns[field.column] = _Column(field.kind)
            self.columns[batch.table] = columns
            self.rows[batch.table] = 0
        self.rows[batch.table] += batch.length
        for name, column in self.columns[batch.table].items():
            length = _update_lengths(column, batch, name) if column.is_list else batch.length
            items = _view(batch, name, length)
            column.hash.update(_own_numbers(column, items, texts) if column.is_text else items)

    def hexdigest(self) -> str:
        """The digest of everything added so far, as 64 hexadecimal digits."""
        events = {
            name: {"rows": self.rows[name], "columns": {key: column.summary() for key, column in columns.items()}}
            for name, columns in self.columns.items()
        }
        whole = {"format": DIGEST_FORMAT, "agents": self.agent_ids, "events": events}
        return hashlib.sha256(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _view(batch: Batch, name: str, length: int) -> memoryview:
    """The first `length` items of a column."""
    return memoryview(cast(Any, batch.columns[name]))[:length]


def _own_numbers(column: _Column, numbers: memoryview, texts: list[str]) -> "array[int]":
    """Numbers of texts as the column itself would number them, in order of first use."""
    own: dict[int, int] = {}
    for number in dict.fromkeys(numbers):
        own[number] = number if number == codes.NULL else column.texts.setdefault(texts[number], len(column.texts))
    return array("q", map(own.__getitem__, numbers))


def _update_lengths(column: _Column, batch: Batch, name: str) -> int:
    """Add the lengths of a batch's lists; return the number of their items."""
    n = batch.length
    offsets = _view(batch, name + ".offsets", n + 1)
    lengths = map(sub, offsets[1:], offsets)
    if name + ".null" in batch.columns:
        # An absent list has no items, so its length minus its mark is -1.
        lengths = map(sub, lengths, _view(batch, name + ".null", n))
    column.lengths.update(array("q", lengths))
    return int(offsets[n])
