"""What is recorded besides events: accounts every tick, queues every day, payments when the run is over.

Belongs here: reading the state into the recorder's tables. Does not belong here: changing anything.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import (
    DROPPED,
    IN_QUEUE1,
    IN_QUEUE2,
    NULL,
    SCHEDULED,
    SETTLED,
    SPLIT,
)
from paysim_engine.core.compaction import compact
from paysim_engine.core.payments import Payments
from paysim_engine.core.rng import Generator
from paysim_engine.core.state import State

STATUS_PENDING: Final[i64] = 0
STATUS_PARTIAL: Final[i64] = 1
STATUS_SETTLED: Final[i64] = 2
STATUS_OVERDUE: Final[i64] = 3
STATUS_DROPPED: Final[i64] = 4
STATUS_SPLIT: Final[i64] = 5


def record_tick(state: State, rng: Generator) -> None:
    """The accounts and the generator at the end of a tick."""
    ledger = state.ledger
    queues = state.queues
    recorder = state.recorder
    tick = state.tick
    for agent in range(state.agents):
        recorder.agent_tick(
            tick,
            agent,
            ledger.balance[agent],
            ledger.posted[agent],
            ledger.unsecured_cap[agent],
            ledger.allocated[agent],
            queues.size1[agent],
            queues.value1[agent],
            queues.sender_size2[agent],
            queues.sender_value2[agent],
        )
    recorder.rng_state(tick, rng.state)


def record_queues(state: State) -> None:
    """Both queues at the end of a day; scheduled children stand behind their Queue 1, by eligibility then id."""
    p = state.payments
    recorder = state.recorder
    tick = state.tick
    queues = state.queues
    scheduled: dict[int, list[int]] = {}
    for row in queues.scheduled_rows():
        scheduled.setdefault(int(p.sender[row]), []).append(int(row))
    for agent in range(state.agents):
        position: i64 = 0
        for row in queues.rows1(agent):
            recorder.queue_position(tick, 0, agent, position, p.number[row])
            position += 1
        for waiting in scheduled.get(int(agent), []):
            recorder.queue_position(tick, 0, agent, position, p.number[waiting])
            position += 1
    rows = queues.rows2()
    for i in range(len(rows)):
        recorder.queue_position(tick, 1, p.sender[rows[i]], i, p.number[rows[i]])


def status(p: Payments, row: i64) -> i64:
    """What became of a payment so far."""
    place = p.place[row]
    if place == SETTLED:
        return STATUS_SETTLED
    if place == DROPPED:
        return STATUS_DROPPED
    if place == SPLIT:
        return STATUS_PARTIAL if p.remaining[row] < p.amount[row] else STATUS_SPLIT
    return STATUS_OVERDUE if p.overdue_since[row] >= 0 else STATUS_PENDING


def record_past(state: State, past: Payments, rows: vec[i64]) -> None:
    """Record the payments in `rows` (ascending) of `past`, whose columns are used up: they become the record.

    Nothing is copied where all payments of a day have finished, and only what is behind an open one otherwise.
    """
    tick = state.tick
    amount = past.amount
    remaining = past.remaining
    place = past.place
    entered = past.entered
    parent = past.parent
    for row in rows:
        # An unfinished stay in a queue is counted up to now.
        where = place[row]
        if where == IN_QUEUE1 or where == SCHEDULED:
            past.queue1_ticks[row] += tick - entered[row]
        elif where == IN_QUEUE2:
            past.queue2_ticks[row] += tick - entered[row]
        place[row] = status(past, row)
        remaining[row] = amount[row] - remaining[row]
        if parent[row] >= 0:
            parent[row] = past.number[parent[row]]
    columns = [
        past.number,
        past.sender,
        past.receiver,
        amount,
        remaining,
        past.priority,
        past.original_priority,
        past.rtgs_priority,
        past.divisible,
        past.arrival,
        past.deadline,
        place,
        past.origin,
        or_null(parent, rows),
        or_null(past.split_index, rows),
        or_null(past.settled_at, rows),
        past.via,
        past.queue1_ticks,
        past.queue2_ticks,
        or_null(past.overdue_since, rows),
        or_null(past.dropped_at, rows),
    ]
    in_place: i64 = 0
    while in_place < len(rows) and rows[in_place] == in_place:
        in_place += 1
    for column in columns:
        move_up(column, rows, in_place)
    state.recorder.transaction_table.add_columns(columns, len(rows))


def or_null(column: vec[i64], rows: vec[i64]) -> vec[i64]:
    """The column itself, with what is absent (below 0) marked as the record does."""
    for row in rows:
        if column[row] < 0:
            column[row] = NULL
    return column


def move_up(column: vec[i64], rows: vec[i64], first: i64) -> None:
    """Move the values of `rows` (ascending) to the front of the column, in their order, from the `first` of them on."""
    for i in range(first, len(rows)):
        column[i] = column[rows[i]]


def give_up_finished(state: State) -> None:
    """Record every payment whose story is over, and free its row: a run holds only what may still change."""
    place = state.payments.place
    finished: vec[i64] = vec[i64]()
    open_rows: vec[i64] = vec[i64]()
    for row in range(state.payments.count):
        if place[row] == SETTLED or place[row] == DROPPED:
            finished = append(finished, row)
        else:
            open_rows = append(open_rows, row)
    if len(finished) > 0:
        record_past(state, compact(state, open_rows), finished)


def record_payments(state: State) -> None:
    """All payments, in order of creation, as they stand now."""
    rows: vec[i64] = vec[i64]()
    for row in range(state.payments.count):
        rows = append(rows, row)
    if len(rows) > 0:
        record_past(state, state.payments.part(rows), rows)
