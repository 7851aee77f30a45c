"""Queue 2 as a graph: for every payer and payee the queued payments in order.

Belongs here: grouping the queue by edge, packed. Does not belong here: what is done with it (`lsm`, `cycles`,
`policy.queue2_view`).
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.ordering import counting, grouped, ordered
from paysim_engine.core.payments import Payments, picked
from paysim_engine.core.queues import Queues, zeros


class Edges:
    """The edges of one moment, ordered by payer, then payee.

    Attributes:
        count: number of edges; those of payer `a` are `of_payer[a]` up to `of_payer[a + 1]`.
        payee, total: per edge its receiver, and the sum of what is left on it in cents.
        rows: all payments, edge after edge, each edge in Queue 2 order.
        begin, end: per edge its range in `rows`; `begin` moves on as payments settle.
        there, back: per pair with payments both ways the edge from the smaller agent and the other; filled by `match`.
        matched: whether they are.
        incoming, payers: the edges ordered by payee, then payer, and the payer of each; filled by `turn`.
        payers_of: those of payee `a` are there from `payers_of[a]` up to `payers_of[a + 1]`; empty before `turn`.
    """

    def __init__(self, queues: Queues) -> None:
        agents = queues.agents
        p = queues.payments
        self.count: i64 = 0
        self.of_payer: vec[i64] = zeros(agents + 1)
        self.payee: vec[i64] = vec[i64]()
        self.total: vec[i64] = vec[i64]()
        self.begin: vec[i64] = vec[i64]()
        self.end: vec[i64] = vec[i64]()
        self.there: vec[i64] = vec[i64]()
        self.back: vec[i64] = vec[i64]()
        self.matched = False
        self.incoming: vec[i64] = vec[i64]()
        self.payers: vec[i64] = vec[i64]()
        self.payers_of: vec[i64] = vec[i64]()
        self.rows: vec[i64] = grouped(grouped(queues.rows2(), p.receiver, agents), p.sender, agents)
        count: i64 = len(self.rows)
        at: i64 = 0
        for payer in range(agents):
            self.of_payer[payer] = self.count
            while at < count and p.sender[self.rows[at]] == payer:
                at = self.add(p, payer, at)
        self.of_payer[agents] = self.count

    def add(self, p: Payments, payer: i64, begin: i64) -> i64:
        """Append the edge whose payments begin at `begin` of `rows`. Returns where they end."""
        payee = p.receiver[self.rows[begin]]
        total: i64 = 0
        at = begin
        while at < len(self.rows):
            row = self.rows[at]
            if p.receiver[row] != payee or p.sender[row] != payer:
                break
            total += p.amount[row]
            at += 1
        self.payee = append(self.payee, payee)
        self.total = append(self.total, total)
        self.begin = append(self.begin, begin)
        self.end = append(self.end, at)
        self.count += 1
        return at

    def match(self) -> None:
        """Find the pairs with payments both ways, largest mutual value first; equal ones by their agents."""
        if self.matched:
            return
        there: vec[i64] = vec[i64]()
        back: vec[i64] = vec[i64]()
        falling: vec[i64] = vec[i64]()
        for payer in range(len(self.of_payer) - 1):
            for edge in range(self.of_payer[payer], self.of_payer[payer + 1]):
                payee = self.payee[edge]
                if payer < payee:
                    opposite = self.find(payee, payer)
                    if opposite >= 0:
                        there = append(there, edge)
                        back = append(back, opposite)
                        falling = append(falling, -min(self.total[edge], self.total[opposite]))
        by_value = ordered(counting(len(there)), falling)
        self.there = picked(there, by_value)
        self.back = picked(back, by_value)
        self.matched = True

    def turn(self) -> None:
        """List, per payee, who pays it."""
        if len(self.payers_of) > 0:
            return
        agents = len(self.of_payer) - 1
        payers_of = zeros(agents + 1)
        for edge in range(self.count):
            payers_of[self.payee[edge] + 1] += 1
        for node in range(agents):
            payers_of[node + 1] += payers_of[node]
        payers = zeros(self.count)
        incoming = zeros(self.count)
        filled = zeros(agents)
        for payer in range(agents):
            for edge in range(self.of_payer[payer], self.of_payer[payer + 1]):
                payee = self.payee[edge]
                at = payers_of[payee] + filled[payee]
                payers[at] = payer
                incoming[at] = edge
                filled[payee] += 1
        self.payers_of = payers_of
        self.payers = payers
        self.incoming = incoming

    def find(self, payer: i64, payee: i64) -> i64:
        """The number of the edge, -1 if there is none."""
        low = self.of_payer[payer]
        high = self.of_payer[payer + 1]
        stop = high
        while low < high:
            middle = (low + high) >> 1
            if self.payee[middle] < payee:
                low = middle + 1
            else:
                high = middle
        return low if low < stop and self.payee[low] == payee else -1

    def between(self, payer: i64, payee: i64) -> i64:
        """The value that `payer` has in the queue for `payee`, in cents."""
        edge = self.find(payer, payee)
        if edge < 0:
            return 0
        return self.total[edge]


class Graph:
    """Queue 2 as it stands, made anew only if the queue has changed: in a gridlock most ticks find it as it was."""

    def __init__(self, queues: Queues) -> None:
        self.queues: Final = queues
        self.edges: Edges | None = None
        self.of_change: i64 = NONE
        """What `queues.changes2` was when `edges` was made."""

    def now(self) -> Edges:
        """The edges of this moment."""
        edges = self.edges
        if edges is None or self.of_change != self.queues.changes2:
            edges = Edges(self.queues)
            self.edges = edges
            self.of_change = self.queues.changes2
        return edges
