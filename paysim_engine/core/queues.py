"""The two queues, the staggered children, and the counters that describe them.

Belongs here: who waits where and in which order, and sums that are kept up as payments come and go so that nobody ever
has to walk a queue to know its size or value. Does not belong here: why a payment moves, and its events.

Queue 1 is one chain per agent, Queue 2 one chain for the system and, threaded through it, one per sender. Entering and
leaving cost the same however long the queues are.
"""

from typing import Final

from librt.vecs import append, extend, vec
from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE1, IN_QUEUE2, NONE, PENDING, SCHEDULED
from paysim_engine.core.payments import Payments


def zeros(count: i64) -> vec[i64]:
    """A column of zeros."""
    return vec[i64]([i64(0)] * int(count))


def nones(count: i64) -> vec[i64]:
    """A column of absent indices."""
    return vec[i64]([i64(-1)] * int(count))


# ---- a chain: who follows and who precedes each row; its ends are with whoever owns it ----


def link(following: vec[i64], preceding: vec[i64], last: i64, row: i64) -> None:
    """Put `row` behind `last`, the end of a chain so far, NONE of an empty one."""
    preceding[row] = last
    following[row] = NONE
    if last >= 0:
        following[last] = row


def unlink(following: vec[i64], preceding: vec[i64], row: i64) -> None:
    """Close the gap that `row` leaves."""
    before = preceding[row]
    after = following[row]
    if before >= 0:
        following[before] = after
    if after >= 0:
        preceding[after] = before


def chained(following: vec[i64], row: i64) -> vec[i64]:
    """The chain that begins with `row`, NONE for an empty one."""
    rows: vec[i64] = vec[i64]()
    while row >= 0:
        rows = append(rows, row)
        row = following[row]
    return rows


class Queues:
    """Order and sums of what waits. `rows` below are rows of `Payments`."""

    def __init__(self, payments: Payments, agents: i64) -> None:
        self.payments: Final = payments
        self.agents: Final = agents
        self.tick: i64 = 0
        self.next_rank: i64 = 0
        self.head1: vec[i64] = nones(agents)
        self.tail1: vec[i64] = nones(agents)
        self.size1: vec[i64] = zeros(agents)
        """Payments in Queue 1 or scheduled for it, per agent."""
        self.value1: vec[i64] = zeros(agents)
        """Their value in cents."""
        self.head2: i64 = NONE
        self.tail2: i64 = NONE
        self.size2: i64 = 0
        self.value2: i64 = 0
        self.changes2: i64 = 0
        """Grows whenever Queue 2, or a row in it, is not what it was: what was derived from it is then out of date."""
        self.sender_head2: vec[i64] = nones(agents)
        self.sender_tail2: vec[i64] = nones(agents)
        self.sender_size2: vec[i64] = zeros(agents)
        self.sender_value2: vec[i64] = zeros(agents)
        self.waiting: vec[i64] = zeros(agents * 6)
        """Value not yet settled in queues, per agent, overdue or not, and priority band (04 §2.4)."""
        self.scheduled: dict[int, list[int]] = {}
        """Rows of staggered children by the tick at which they join Queue 1, in order of creation."""
        self.due: vec[i64] = vec[i64]()
        """First payment of each deadline tick, chained by `payments.due_next`."""
        self.watched: i64 = 0
        """How many rows, from the first on, are in these chains if they need to be."""

    # ---- Queue 1 ----

    def join_queue1(self, row: i64) -> None:
        """Append to the end of the sender's Queue 1."""
        p = self.payments
        agent = p.sender[row]
        p.place[row] = IN_QUEUE1
        p.entered[row] = self.tick
        self.chain1(agent, row)
        self.size1[agent] += 1
        self.value1[agent] += p.amount[row]

    def chain1(self, agent: i64, row: i64) -> None:
        """Put `row` at the end of the agent's chain, without counting it."""
        p = self.payments
        last = self.tail1[agent]
        link(p.next, p.prev, last, row)
        if last < 0:
            self.head1[agent] = row
        self.tail1[agent] = row
        p.rank[row] = self.next_rank
        self.next_rank += 1

    def leave_queue1(self, row: i64) -> None:
        """Take out of Queue 1; the payment is then pending until somebody says otherwise."""
        p = self.payments
        agent = p.sender[row]
        if self.head1[agent] == row:
            self.head1[agent] = p.next[row]
        if self.tail1[agent] == row:
            self.tail1[agent] = p.prev[row]
        unlink(p.next, p.prev, row)
        p.place[row] = PENDING
        p.queue1_ticks[row] += self.tick - p.entered[row]
        self.size1[agent] -= 1
        self.value1[agent] -= p.amount[row]

    def empty_queue1(self, agent: i64) -> vec[i64]:
        """Take everything out of the agent's Queue 1, as `leave_queue1` does one by one. Returns it, in order."""
        p = self.payments
        rows = self.rows1(agent)
        amounts = p.amount
        entered = p.entered
        place = p.place
        ticks = p.queue1_ticks
        value: i64 = 0
        for row in rows:
            place[row] = PENDING
            ticks[row] += self.tick - entered[row]
            value += amounts[row]
        self.head1[agent] = NONE
        self.tail1[agent] = NONE
        self.size1[agent] -= len(rows)
        self.value1[agent] -= value
        return rows

    def reorder_queue1(self, agent: i64, rows: vec[i64]) -> None:
        """Give the agent's Queue 1 the order of `rows`, the same payments."""
        self.head1[agent] = NONE
        self.tail1[agent] = NONE
        for row in rows:
            self.chain1(agent, row)

    def rows1(self, agent: i64) -> vec[i64]:
        """The agent's Queue 1 in order (scheduled children are not in it)."""
        return chained(self.payments.next, self.head1[agent])

    # ---- staggered children (D17) ----

    def schedule(self, row: i64, tick: i64) -> None:
        """Let a child wait until `tick`: it counts in Queue 1 but is not in its order yet."""
        p = self.payments
        agent = p.sender[row]
        p.place[row] = SCHEDULED
        p.eligible[row] = tick
        p.entered[row] = self.tick
        self.size1[agent] += 1
        self.value1[agent] += p.amount[row]
        self.scheduled.setdefault(int(tick), []).append(int(row))

    def admit_scheduled(self, tick: i64) -> None:
        """Children eligible at `tick` join the end of their senders' Queue 1, in order of creation."""
        rows = self.scheduled.pop(int(tick), None)
        if rows is None:
            return
        p = self.payments
        for row in rows:
            p.place[row] = IN_QUEUE1
            self.chain1(p.sender[row], row)

    def scheduled_rows(self) -> vec[i64]:
        """All scheduled children, by eligibility, then creation."""
        rows: vec[i64] = vec[i64]()
        for tick in sorted(self.scheduled):
            for row in self.scheduled[tick]:
                rows = append(rows, row)
        return rows

    # ---- Queue 2 ----

    def join_queue2(self, row: i64) -> None:
        """Append to the end of Queue 2."""
        p = self.payments
        agent = p.sender[row]
        amount = p.amount[row]
        p.place[row] = IN_QUEUE2
        p.entered[row] = self.tick
        self.chain2(agent, row)
        self.changes2 += 1
        self.size2 += 1
        self.value2 += amount
        self.sender_size2[agent] += 1
        self.sender_value2[agent] += amount

    def chain2(self, agent: i64, row: i64) -> None:
        """Put `row` at the end of the chain and of its sender's, without counting it."""
        p = self.payments
        link(p.next, p.prev, self.tail2, row)
        if self.tail2 < 0:
            self.head2 = row
        self.tail2 = row
        last = self.sender_tail2[agent]
        link(p.sender_next, p.sender_prev, last, row)
        if last < 0:
            self.sender_head2[agent] = row
        self.sender_tail2[agent] = row
        p.rank[row] = self.next_rank
        self.next_rank += 1

    def leave_queue2(self, row: i64) -> None:
        """Take out of Queue 2; the payment is then pending until somebody says otherwise."""
        p = self.payments
        agent = p.sender[row]
        amount = p.amount[row]
        if self.head2 == row:
            self.head2 = p.next[row]
        if self.tail2 == row:
            self.tail2 = p.prev[row]
        unlink(p.next, p.prev, row)
        self.changes2 += 1
        self.size2 -= 1
        self.value2 -= amount
        if self.sender_head2[agent] == row:
            self.sender_head2[agent] = p.sender_next[row]
        if self.sender_tail2[agent] == row:
            self.sender_tail2[agent] = p.sender_prev[row]
        unlink(p.sender_next, p.sender_prev, row)
        self.sender_size2[agent] -= 1
        self.sender_value2[agent] -= amount
        p.place[row] = PENDING
        p.queue2_ticks[row] += self.tick - p.entered[row]

    def rows2(self) -> vec[i64]:
        """Queue 2 in order."""
        return chained(self.payments.next, self.head2)

    def sender_rows2(self, agent: i64) -> vec[i64]:
        """The agent's own payments in Queue 2, in order."""
        return chained(self.payments.sender_next, self.sender_head2[agent])

    def reorder_queue2(self, rows: vec[i64]) -> None:
        """Give Queue 2 the order of `rows`, the same payments (priority mode, 03 §7.1)."""
        self.head2 = NONE
        self.tail2 = NONE
        for agent in range(self.agents):
            self.sender_head2[agent] = NONE
            self.sender_tail2[agent] = NONE
        for row in rows:
            self.chain2(self.payments.sender[row], row)
        self.changes2 += 1

    def waiting_rows(self) -> vec[i64]:
        """Everything in Queue 1, agents ascending, then everything in Queue 2; scheduled children are in neither."""
        rows: vec[i64] = vec[i64]()
        for agent in range(self.agents):
            if self.head1[agent] >= 0:
                rows = extend(rows, self.rows1(agent))
        return extend(rows, self.rows2())

    # ---- value waiting, for the delay cost ----

    def count_waiting(self, row: i64) -> None:
        """Begin to count a payment for the delay cost: it has come into a queue, or back with other attributes."""
        p = self.payments
        late: i64 = 3 if p.overdue_since[row] >= 0 else 0
        self.waiting[p.sender[row] * 6 + late + p.band(row)] += p.amount[row]

    def uncount_waiting(self, row: i64) -> None:
        """Cease to count a payment: it settles, is dropped or split, or its priority or lateness is about to change."""
        p = self.payments
        late: i64 = 3 if p.overdue_since[row] >= 0 else 0
        self.waiting[p.sender[row] * 6 + late + p.band(row)] -= p.amount[row]

    # ---- deadlines ----

    def watch_deadlines(self) -> None:
        """Remember the payments that have come and still wait under their deadlines.

        Done before deadlines are looked at, and not as payments come: most of them settle at once.
        """
        p = self.payments
        for row in range(self.watched, p.count):
            place = p.place[row]
            if (place == IN_QUEUE1 or place == IN_QUEUE2 or place == SCHEDULED) and p.overdue_since[row] == NONE:
                deadline = p.deadline[row]
                while len(self.due) <= deadline:
                    self.due = append(self.due, NONE)
                p.due_next[row] = self.due[deadline]
                self.due[deadline] = row
        self.watched = p.count

    def due_at(self, tick: i64) -> i64:
        """First payment with this deadline, NONE if there is none."""
        return self.due[tick] if 0 <= tick < len(self.due) else NONE
