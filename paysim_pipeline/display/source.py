"""What a display is fed with: a run, tick by tick, wherever it comes from.

Belongs here: the shape of a source, and cutting packed columns into ticks. Does not belong here: getting the columns
(`live`, `stored`), or showing anything.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from paysim_engine.record.batch import Batch
from paysim_engine.record.flat import flat_events
from paysim_engine.record.schema import EVENT_CODE

Event = dict[str, Any]
"""An event in its flat form (07 §1.1): `event_seq`, `event_type`, `tick` and the fields of its type."""

ACCOUNTS = "agent_ticks"
"""The recorded table of accounts at the end of each tick."""


@dataclass(frozen=True)
class Run:
    """What identifies a run and frames its ticks.

    Attributes:
        simulation_id: the id under which it is stored.
        scenario: name of the scenario.
        seed: seed of the generator.
        num_days: days played.
        ticks_per_day: ticks of each day.
        agent_ids: ids by agent number, ascending.
    """

    simulation_id: str
    scenario: str
    seed: int
    num_days: int
    ticks_per_day: int
    agent_ids: list[str]

    @property
    def last_tick(self) -> int:
        """The last tick of the last day."""
        return self.num_days * self.ticks_per_day - 1


@dataclass(frozen=True, slots=True)
class Account:
    """An agent at the end of a tick; money in cents.

    Attributes:
        balance: on the settlement account; negative is an overdraft.
        collateral: posted, at face value.
        queue1_size: payments in its own queue, waiting children of staggered splits included.
        queue1_value: their value.
        queue2_size: payments of it in the central queue.
        queue2_value: their value.
    """

    balance: int
    collateral: int
    queue1_size: int = 0
    queue1_value: int = 0
    queue2_size: int = 0
    queue2_value: int = 0


@dataclass(frozen=True)
class Tick:
    """One tick of a run.

    Attributes:
        number: the tick, from 0 over the whole run.
        day: its day.
        events: everything that happened, in order of `event_seq`.
        accounts: all agents at its end, by agent number.
    """

    number: int
    day: int
    events: list[Event]
    accounts: list[Account]


@dataclass(frozen=True, slots=True)
class Payment:
    """Who pays whom how much (cents)."""

    sender: str
    receiver: str
    amount: int


class Source(Protocol):
    """A run that can be followed from one tick to another.

    Attributes:
        run: what is followed.
        first_tick: the first tick that `ticks` yields.
        last_tick: the last one; a run that breaks off ends earlier.
        must_be_followed: whether the ticks have to be read to their end, though nobody looks any more.
    """

    run: Run
    first_tick: int
    last_tick: int
    must_be_followed: bool

    def opening_accounts(self) -> list[Account]:
        """All agents before the first tick, by agent number."""

    def open_payments(self) -> dict[str, Payment]:
        """Payments that arrived before the first tick and may still be spoken of, by id."""

    def ticks(self) -> Iterator[Tick]:
        """The ticks in order, once; memory is bounded by a day's events and the payments that are still open."""


def cut_into_ticks(batches: Sequence[Batch], texts: list[str], run: Run) -> Iterator[Tick]:
    """The ticks that recorded columns cover, one at a time.

    A tick counts when its accounts are there, which are recorded last: a tick that broke off is left out.

    Args:
        batches: what was recorded in a stretch of whole ticks, other tables included.
        texts: what numbers of texts in them stand for.
        run: the run they are of.
    """
    events = [_Cursor(batch) for batch in batches if batch.table in EVENT_CODE]
    accounts = [_Cursor(batch) for batch in batches if batch.table == ACCOUNTS]
    # A table may come in several batches, and one of them may end in the middle of a tick.
    while accounts := [cursor for cursor in accounts if not cursor.at_end]:
        tick = min(cursor.tick for cursor in accounts)
        parts = [part for cursor in events if (part := cursor.take(tick)) is not None]
        ends = [part for cursor in accounts if (part := cursor.take(tick)) is not None]
        happened = list(flat_events(parts, texts, run.agent_ids))
        yield Tick(tick, tick // run.ticks_per_day, happened, [account for part in ends for account in _accounts(part)])
        events = [cursor for cursor in events if not cursor.at_end]


class _Cursor:
    """The rows of a batch that have not been taken yet; rows are in order of ticks."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._columns = {name: memoryview(column) for name, column in batch.columns.items()}  # type: ignore[arg-type]  # vec has the buffer protocol
        self._ticks = self._columns["tick"]
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= self._batch.length

    @property
    def tick(self) -> int:
        """The tick of the next row."""
        return int(self._ticks[self._at])

    def take(self, tick: int) -> Batch | None:
        """The next rows, up to those of `tick`; None if there are none."""
        start, self._at = self._at, bisect_right(self._ticks, tick, self._at, self._batch.length)
        if start == self._at:
            return None
        columns: dict[str, object] = {}
        for name, view in self._columns.items():
            if f"{name}.offsets" in self._columns:
                ends = self._columns[f"{name}.offsets"][start : self._at + 1].tolist()
                columns[name] = view[ends[0] : ends[-1]]
                columns[f"{name}.offsets"] = array("q", [end - ends[0] for end in ends])
            elif not name.endswith(".offsets"):
                columns[name] = view[start : self._at]
        return Batch(self._batch.table, self._at - start, columns)


_ACCOUNT_COLUMNS: Sequence[str] = (
    "balance",
    "posted_collateral",
    "queue1_size",
    "queue1_value",
    "queue2_size",
    "queue2_value",
)


def _accounts(batch: Batch) -> list[Account]:
    columns = [memoryview(batch.columns[name]).tolist() for name in _ACCOUNT_COLUMNS]  # type: ignore[arg-type]  # as above
    return [Account(*values) for values in zip(*columns, strict=True)]
