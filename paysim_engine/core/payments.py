"""All payments of the run, as packed columns indexed by row.

Belongs here: what is known of one payment, and the chain from child to parent. Does not belong here: the order in
which payments wait (`queues`), money (`ledger`), events.

A row is an index into the columns, a *number* the payment's identity in events (D1). They are kept apart so that rows
of finished payments can be given up while numbers go on.
"""

import math
from typing import Final

from librt.vecs import extend, vec
from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE1, NO_RTGS_PRIORITY, NONE, VIA_NONE

ROOM: Final[i64] = 1024
EXPECTED_MOST: Final = 1 << 21
"""For how many payments of a day room is made before any has come (520 MB)."""
COLUMNS: Final = [
    "number",
    "sender",
    "receiver",
    "amount",
    "remaining",
    "arrival",
    "deadline",
    "priority",
    "original_priority",
    "place",
    "overdue_since",
    "rtgs_priority",
    "declared_rtgs",
    "submitted",
    "origin",
    "divisible",
    "parent",
    "split_index",
    "eligible",
    "settled_at",
    "via",
    "dropped_at",
    "entered",
    "queue1_ticks",
    "queue2_ticks",
    "next",
    "prev",
    "sender_next",
    "sender_prev",
    "rank",
    "due_next",
]
"""Names of all columns, as `Payments.columns` lists them."""

BLANKS: Final = {
    "place": IN_QUEUE1,
    "rtgs_priority": NO_RTGS_PRIORITY,
    "declared_rtgs": NO_RTGS_PRIORITY,
    "via": VIA_NONE,
    "queue1_ticks": 0,
    "queue2_ticks": 0,
}
"""What a row holds before there is a payment in it, where that is not `codes.NONE`.

A new payment has these values in 17 of its columns. They lie there already when the row is taken: filled in bulk they
cost a tenth of as many single stores (an eighth of the instructions of a run without queues)."""


def blank_column(name: str, rows: i64) -> vec[i64]:
    """`rows` rows of the column `name` without payments."""
    blank: i64 = BLANKS.get(name, -1)
    return vec[i64]([blank] * int(rows))


def picked(column: vec[i64], rows: vec[i64]) -> vec[i64]:
    """The values of a column in `rows`, as a new column."""
    values = vec[i64]([i64(0)] * len(rows))
    for i in range(len(rows)):
        values[i] = column[rows[i]]
    return values


class Payments:
    """Columns of all payments. `count` rows are in use."""

    def __init__(self) -> None:
        self.count: i64 = 0
        self.room: i64 = 0
        self.expected: i64 = 0
        self.next_number: i64 = 0
        self.roots: i64 = 0
        """Payments of the run without a parent."""
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
        self.origin[row] = origin
        self.divisible[row] = 1 if divisible else 0
        self.parent[row] = parent
        if parent < 0:
            self.roots += 1
        self.entered[row] = arrival
        return row

    def expect(self, count: i64) -> None:
        """Say how many rows will be needed; with room for all, rows are not copied again and again while it grows."""
        self.expected = count + 4 * i64(math.sqrt(float(count)))

    def widen(self) -> None:
        """Make room for more rows: for as many as are expected, or for half as many again."""
        more = max(self.expected - self.room, self.room // 2, ROOM)
        wide: list[vec[i64]] = []
        for i, column in enumerate(self.columns()):
            blank = blank_column(COLUMNS[i], more)
            wide.append(extend(column, blank) if len(column) > 0 else blank)
        self.put_columns(wide)
        self.room += more

    def part(self, rows: vec[i64]) -> "Payments":
        """Copies of the payments in `rows`, which still point to rows of their origin."""
        part = Payments()
        part.put_columns([picked(column, rows) for column in self.columns()])
        part.count = len(rows)
        part.room = part.count
        return part

    def leave(self, kept: vec[i64]) -> "Payments":
        """Hold nothing but `kept` (ascending) any more, at the front; what points to rows is left to the caller.

        Returns:
            All payments in their old rows, which the caller may do with as it likes.
        """
        past = Payments()
        past.put_columns(self.columns())
        past.count = self.count
        past.room = self.room
        self.put_columns(past.part(kept).columns())
        self.count = len(kept)
        self.room = self.count
        self.expect(past.count)
        return past

    def columns(self) -> list[vec[i64]]:
        """All columns, in the order of `COLUMNS`; they share their storage with the attributes."""
        return [
            self.number,
            self.sender,
            self.receiver,
            self.amount,
            self.remaining,
            self.arrival,
            self.deadline,
            self.priority,
            self.original_priority,
            self.place,
            self.overdue_since,
            self.rtgs_priority,
            self.declared_rtgs,
            self.submitted,
            self.origin,
            self.divisible,
            self.parent,
            self.split_index,
            self.eligible,
            self.settled_at,
            self.via,
            self.dropped_at,
            self.entered,
            self.queue1_ticks,
            self.queue2_ticks,
            self.next,
            self.prev,
            self.sender_next,
            self.sender_prev,
            self.rank,
            self.due_next,
        ]

    def put_columns(self, columns: list[vec[i64]]) -> None:
        """Replace all columns, in the order of `COLUMNS`."""
        self.number = columns[0]
        self.sender = columns[1]
        self.receiver = columns[2]
        self.amount = columns[3]
        self.remaining = columns[4]
        self.arrival = columns[5]
        self.deadline = columns[6]
        self.priority = columns[7]
        self.original_priority = columns[8]
        self.place = columns[9]
        self.overdue_since = columns[10]
        self.rtgs_priority = columns[11]
        self.declared_rtgs = columns[12]
        self.submitted = columns[13]
        self.origin = columns[14]
        self.divisible = columns[15]
        self.parent = columns[16]
        self.split_index = columns[17]
        self.eligible = columns[18]
        self.settled_at = columns[19]
        self.via = columns[20]
        self.dropped_at = columns[21]
        self.entered = columns[22]
        self.queue1_ticks = columns[23]
        self.queue2_ticks = columns[24]
        self.next = columns[25]
        self.prev = columns[26]
        self.sender_next = columns[27]
        self.sender_prev = columns[28]
        self.rank = columns[29]
        self.due_next = columns[30]

    def row_of(self, number: i64) -> i64:
        """The row of a payment by its number, NONE if it is not (or no longer) held; rows are in order of numbers."""
        low: i64 = 0
        high = self.count
        while low < high:
            middle = (low + high) // 2
            if self.number[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low if low < self.count and self.number[low] == number else NONE

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
