"""All payments of the run, as packed columns indexed by row.

Belongs here: what is known of one payment, and the chain from child to parent. Does not belong here: the order in
which payments wait (`queues`), money (`ledger`), events.

A row is an index into the columns, a *number* the payment's identity in events (D1). They are kept apart so that rows
of finished payments can be given up while numbers go on.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE1, NO_RTGS_PRIORITY, NONE, VIA_NONE

ROOM: Final[i64] = 1024


def widened(column: vec[i64], room: i64) -> vec[i64]:
    """A copy of `column` with room for `room` rows; the new ones hold `codes.NONE`."""
    wide = vec[i64]([i64(-1)] * int(room))
    for i in range(len(column)):
        wide[i] = column[i]
    return wide


class Payments:
    """Columns of all payments. `count` rows are in use."""

    def __init__(self) -> None:
        self.count: i64 = 0
        self.room: i64 = 0
        self.next_number: i64 = 0
        none: vec[i64] = vec[i64]()
        self.number: vec[i64] = none
        self.sender: vec[i64] = none
        self.receiver: vec[i64] = none
        self.amount: vec[i64] = none
        self.remaining: vec[i64] = none
        """What is left to settle: the amount, 0 once settled; of a split payment what its children still owe (D23)."""
        self.arrival: vec[i64] = none
        """Arrival tick; a child has its parent's."""
        self.deadline: vec[i64] = none
        self.priority: vec[i64] = none
        self.original_priority: vec[i64] = none
        self.place: vec[i64] = none
        """One of the places of `codes`."""
        self.overdue_since: vec[i64] = none
        """Tick at which the payment became overdue, NONE before."""
        self.rtgs_priority: vec[i64] = none
        self.declared_rtgs: vec[i64] = none
        self.submitted: vec[i64] = none
        """Tick of the last submission to RTGS."""
        self.origin: vec[i64] = none
        self.divisible: vec[i64] = none
        self.parent: vec[i64] = none
        """Row of the payment this is a child of, NONE for one that is not."""
        self.split_index: vec[i64] = none
        self.eligible: vec[i64] = none
        """Tick at which a staggered child joins Queue 1 (D17)."""
        self.settled_at: vec[i64] = none
        self.via: vec[i64] = none
        self.dropped_at: vec[i64] = none
        self.entered: vec[i64] = none
        """Tick at which the present stay in a queue began."""
        self.queue1_ticks: vec[i64] = none
        self.queue2_ticks: vec[i64] = none
        # Links of the queues; a payment is in at most one of them.
        self.next: vec[i64] = none
        self.prev: vec[i64] = none
        self.sender_next: vec[i64] = none
        self.sender_prev: vec[i64] = none
        self.rank: vec[i64] = none
        """Position in the queue: larger is later. Ranks of one queue are comparable, not consecutive."""
        self.due_next: vec[i64] = none
        """Next payment with the same deadline."""

    def create(
        self,
        sender: i64,
        receiver: i64,
        amount: i64,
        arrival: i64,
        deadline: i64,
        priority: i64,
        origin: i64,
        divisible: bool,
        parent: i64,
    ) -> i64:
        """A new payment, in no queue yet. Returns its row; numbers follow the order of creation (D1)."""
        row = self.count
        if row == self.room:
            self.widen()
        self.count = row + 1
        self.number[row] = self.next_number
        self.next_number += 1
        self.sender[row] = sender
        self.receiver[row] = receiver
        self.amount[row] = amount
        self.remaining[row] = amount
        self.arrival[row] = arrival
        self.deadline[row] = deadline
        self.priority[row] = priority
        self.original_priority[row] = priority
        self.place[row] = IN_QUEUE1
        self.overdue_since[row] = NONE
        self.rtgs_priority[row] = NO_RTGS_PRIORITY
        self.declared_rtgs[row] = NO_RTGS_PRIORITY
        self.submitted[row] = NONE
        self.origin[row] = origin
        self.divisible[row] = 1 if divisible else 0
        self.parent[row] = parent
        self.split_index[row] = NONE
        self.eligible[row] = NONE
        self.settled_at[row] = NONE
        self.via[row] = VIA_NONE
        self.dropped_at[row] = NONE
        self.entered[row] = arrival
        self.queue1_ticks[row] = 0
        self.queue2_ticks[row] = 0
        self.next[row] = NONE
        self.prev[row] = NONE
        self.sender_next[row] = NONE
        self.sender_prev[row] = NONE
        self.due_next[row] = NONE
        return row

    def widen(self) -> None:
        """Make room for more rows."""
        room = self.room * 2 if self.room else ROOM
        self.number = widened(self.number, room)
        self.sender = widened(self.sender, room)
        self.receiver = widened(self.receiver, room)
        self.amount = widened(self.amount, room)
        self.remaining = widened(self.remaining, room)
        self.arrival = widened(self.arrival, room)
        self.deadline = widened(self.deadline, room)
        self.priority = widened(self.priority, room)
        self.original_priority = widened(self.original_priority, room)
        self.place = widened(self.place, room)
        self.overdue_since = widened(self.overdue_since, room)
        self.rtgs_priority = widened(self.rtgs_priority, room)
        self.declared_rtgs = widened(self.declared_rtgs, room)
        self.submitted = widened(self.submitted, room)
        self.origin = widened(self.origin, room)
        self.divisible = widened(self.divisible, room)
        self.parent = widened(self.parent, room)
        self.split_index = widened(self.split_index, room)
        self.eligible = widened(self.eligible, room)
        self.settled_at = widened(self.settled_at, room)
        self.via = widened(self.via, room)
        self.dropped_at = widened(self.dropped_at, room)
        self.entered = widened(self.entered, room)
        self.queue1_ticks = widened(self.queue1_ticks, room)
        self.queue2_ticks = widened(self.queue2_ticks, room)
        self.next = widened(self.next, room)
        self.prev = widened(self.prev, room)
        self.sender_next = widened(self.sender_next, room)
        self.sender_prev = widened(self.sender_prev, room)
        self.rank = widened(self.rank, room)
        self.due_next = widened(self.due_next, room)
        self.room = room

    def root(self, row: i64) -> i64:
        """The payment a child descends from; the payment itself if it has no parent."""
        parent = self.parent
        while parent[row] >= 0:
            row = parent[row]
        return row

    def band(self, row: i64) -> i64:
        """Priority band of the delay cost (04 §2.4): 0 urgent (8-10), 1 normal (4-7), 2 low."""
        priority = self.priority[row]
        if priority >= 8:
            return 0
        return 1 if priority >= 4 else 2
