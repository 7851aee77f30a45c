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


def status(state: State, row: i64) -> i64:
    """What became of a payment so far."""
    p = state.payments
    place = p.place[row]
    if place == SETTLED:
        return STATUS_SETTLED
    if place == DROPPED:
        return STATUS_DROPPED
    if place == SPLIT:
        return STATUS_PARTIAL if p.remaining[row] < p.amount[row] else STATUS_SPLIT
    return STATUS_OVERDUE if p.overdue_since[row] >= 0 else STATUS_PENDING


def record_payment(state: State, row: i64, now: i64) -> None:
    """The state of one payment; `now` is the tick to which an unfinished stay in a queue is counted."""
    p = state.payments
    place = p.place[row]
    queue1 = p.queue1_ticks[row]
    queue2 = p.queue2_ticks[row]
    if place == IN_QUEUE1 or place == SCHEDULED:
        queue1 += now - p.entered[row]
    elif place == IN_QUEUE2:
        queue2 += now - p.entered[row]
    parent = p.parent[row]
    state.recorder.transaction(
        p.number[row],
        p.sender[row],
        p.receiver[row],
        p.amount[row],
        p.amount[row] - p.remaining[row],
        p.priority[row],
        p.original_priority[row],
        p.rtgs_priority[row],
        p.divisible[row],
        p.arrival[row],
        p.deadline[row],
        status(state, row),
        p.origin[row],
        p.number[parent] if parent >= 0 else NULL,
        or_null(p.split_index[row]),
        or_null(p.settled_at[row]),
        p.via[row],
        queue1,
        queue2,
        or_null(p.overdue_since[row]),
        or_null(p.dropped_at[row]),
    )


def or_null(value: i64) -> i64:
    """A value that is absent below 0."""
    return value if value >= 0 else NULL


def give_up_finished(state: State) -> None:
    """Record every payment whose story is over, and free its row: a run holds only what may still change."""
    p = state.payments
    kept: vec[i64] = vec[i64]()
    for row in range(p.count):
        place = p.place[row]
        if place == SETTLED or place == DROPPED:
            record_payment(state, row, state.tick)
        else:
            kept = append(kept, row)
    compact(state, kept)


def record_payments(state: State) -> None:
    """All payments, in order of creation, as they stand now."""
    for row in range(state.payments.count):
        record_payment(state, row, state.tick)
