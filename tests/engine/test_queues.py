"""The queues against plain lists: order, sizes, values and what waits, after any sequence of moves (spec 01 §5)."""

from hypothesis import given, settings
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core import codes
from paysim_engine.core.edges import Edges, Graph
from paysim_engine.core.payments import Payments
from paysim_engine.core.queues import Queues
from tests.support.effort import examples

AGENTS = 3
RARE = ("withdraw", "settle", "schedule", "sort1", "sort2", "lateness", "priority", "tick")
MOVES = ("enter", "release", "queue") * 3 + RARE
"""Most moves fill the queues, or there would seldom be anything to move."""


class Model:
    """The queues as lists of rows, beside the real ones; every move is made in both."""

    def __init__(self) -> None:
        self.payments = Payments()
        self.queues = Queues(self.payments, AGENTS)
        self.graph = Graph(self.queues)
        self.queue1: list[list[int]] = [[] for _ in range(AGENTS)]
        self.queue2: list[int] = []
        self.scheduled: list[tuple[int, int]] = []
        self.pending: list[int] = []
        self.since: dict[int, int] = {}
        self.spent: dict[int, list[int]] = {}
        self.tick = 0

    def move(self, kind: str, pick: int, number: int) -> None:
        """Make one move; `pick` says which payment of those that can make it."""
        p, queues = self.payments, self.queues
        if kind == "enter":
            sender = pick % AGENTS
            receiver = (sender + 1 + number % (AGENTS - 1)) % AGENTS
            row = p.create(
                sender, receiver, 1 + number, self.tick, self.tick + 5, number % 11, codes.GENERATED, False, codes.NONE
            )
            queues.join_queue1(row)
            queues.count_waiting(row)
            self.queue1[sender].append(row)
            self.enter(row)
        elif kind == "tick":
            self.tick += 1
            queues.tick = self.tick
            queues.admit_scheduled(self.tick)
            due = [row for tick, row in self.scheduled if tick == self.tick]
            for row in sorted(due):
                self.queue1[p.sender[row]].append(row)
            self.scheduled = [entry for entry in self.scheduled if entry[0] > self.tick]
        elif kind in ("release", "sort1") and any(self.queue1):
            agent = next((pick + i) % AGENTS for i in range(AGENTS) if self.queue1[(pick + i) % AGENTS])
            if kind == "release":
                row = self.queue1[agent].pop(number % len(self.queue1[agent]))
                queues.leave_queue1(row)
                self.leave(row, 0)
                self.pending.append(row)
            else:
                self.queue1[agent].sort(key=lambda row: (number * row) % 7)
                queues.reorder_queue1(agent, vec[i64](self.queue1[agent]))
        elif kind == "queue" and self.pending:
            row = self.pending.pop(pick % len(self.pending))
            queues.join_queue2(row)
            self.queue2.append(row)
            self.enter(row)
        elif kind == "schedule":
            # A child is scheduled when it is created, so those of one tick come in the order of creation.
            row = p.create(
                pick % AGENTS, (pick + 1) % AGENTS, 1 + number, 0, 9, number % 11, codes.CHILD, False, codes.NONE
            )
            queues.count_waiting(row)
            tick = self.tick + 1 + number % 3
            queues.schedule(row, tick)
            self.scheduled.append((tick, row))
            self.enter(row)
        elif kind in ("withdraw", "settle") and self.queue2:
            row = self.queue2.pop(pick % len(self.queue2))
            queues.leave_queue2(row)
            self.leave(row, 1)
            if kind == "withdraw":
                queues.join_queue1(row)
                self.queue1[p.sender[row]].append(row)
                self.enter(row)
            else:
                queues.uncount_waiting(row)
                p.place[row] = codes.SETTLED
        elif kind == "sort2" and len(self.queue2) > 1:
            self.queue2.sort(key=lambda row: (number * row) % 7)
            queues.reorder_queue2(vec[i64](self.queue2))
        elif kind in ("lateness", "priority") and (waiting := self.waiting_rows()):
            row = waiting[pick % len(waiting)]
            queues.uncount_waiting(row)
            if kind == "lateness":
                p.overdue_since[row] = self.tick
            else:
                p.priority[row] = number % 11
            queues.count_waiting(row)

    def enter(self, row: int) -> None:
        self.since[row] = self.tick

    def leave(self, row: int, queue: int) -> None:
        self.spent.setdefault(row, [0, 0])[queue] += self.tick - self.since[row]

    def waiting_rows(self) -> list[int]:
        """Everything that causes delay cost."""
        first = {row for rows in self.queue1 for row in rows}
        return sorted({*first, *self.queue2, *self.pending, *(row for _, row in self.scheduled)})

    def compare(self) -> None:
        """The real queues must be as the lists say."""
        p, queues = self.payments, self.queues
        scheduled = [row for _, row in sorted(self.scheduled)]
        assert list(queues.rows2()) == self.queue2
        assert list(queues.scheduled_rows()) == scheduled
        assert (queues.size2, queues.value2) == (len(self.queue2), sum(p.amount[row] for row in self.queue2))
        for agent in range(AGENTS):
            own1 = self.queue1[agent]
            own2 = [row for row in self.queue2 if p.sender[row] == agent]
            counted = own1 + [row for row in scheduled if p.sender[row] == agent]
            assert list(queues.rows1(agent)) == own1
            assert list(queues.sender_rows2(agent)) == own2
            assert (queues.size1[agent], queues.value1[agent]) == (len(counted), sum(p.amount[row] for row in counted))
            assert queues.sender_size2[agent] == len(own2)
            assert queues.sender_value2[agent] == sum(p.amount[row] for row in own2)
            ranks = [p.rank[row] for row in own1]
            assert ranks == sorted(set(ranks))
        assert list(self.graph.now().rows) == list(Edges(queues).rows)
        ranks = [p.rank[row] for row in self.queue2]
        assert ranks == sorted(set(ranks))
        waiting = [0] * (6 * AGENTS)
        for row in self.waiting_rows():
            band = 0 if p.priority[row] >= 8 else 1 if p.priority[row] >= 4 else 2
            late = 3 if p.overdue_since[row] >= 0 else 0
            waiting[6 * p.sender[row] + late + band] += p.amount[row]
        assert list(queues.waiting) == waiting
        for row, (first, second) in self.spent.items():
            assert (p.queue1_ticks[row], p.queue2_ticks[row]) == (first, second)


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 20), st.integers(0, 50)), min_size=25, max_size=60))
@settings(max_examples=examples(100))
def test_queues_are_the_lists_they_stand_for(moves: list[tuple[str, int, int]]) -> None:
    model = Model()
    for kind, pick, number in moves:
        model.move(kind, pick, number)
        model.compare()


def test_payments_keep_their_columns_when_they_make_room() -> None:
    payments = Payments()
    for i in range(5000):
        payments.create(i % 7, i % 5, i + 1, i, i + 2, i % 11, codes.SCENARIO, i % 2 == 1, i - 1)
    assert list(payments.number[:5000]) == list(range(5000))
    assert [payments.amount[i] for i in range(5000)] == list(range(1, 5001))
    assert [payments.parent[i] for i in range(5000)] == list(range(-1, 4999))
    assert payments.root(4999) == 0
    assert [payments.row_of(n) for n in (0, 4999, 5000, -1)] == [0, 4999, codes.NONE, codes.NONE]


def test_deadlines_of_what_waits_are_found_again() -> None:
    payments = Payments()
    queues = Queues(payments, 1)
    for deadline in (3, 1, 3, 900, 3):
        row = payments.create(0, 0, 1, 0, deadline, 5, codes.GENERATED, False, codes.NONE)
        queues.join_queue1(row)
        if row == 0:
            queues.leave_queue1(row)
            queues.join_queue2(row)
        if row == 2:
            queues.watch_deadlines()
        if row == 4:
            queues.leave_queue1(row)
    queues.watch_deadlines()
    found: dict[int, set[int]] = {}
    for tick in (-1, 0, 1, 2, 3, 900, 901):
        row = queues.due_at(tick)
        while row >= 0:
            found.setdefault(tick, set()).add(int(row))
            row = payments.due_next[row]
    assert found == {1: {1}, 3: {0, 2}, 900: {3}}
