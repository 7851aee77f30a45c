"""Queue 2 as a graph: for every payer and payee the queued payments in order.

Belongs here: grouping the queue by edge, packed. Does not belong here: what is done with it (`lsm`, `cycles`).
"""

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.queues import Queues, nones, zeros


class Edges:
    """The edges of one moment, ordered by payer, then payee.

    Attributes:
        count: number of edges; those of payer `a` are `of_payer[a]` up to `of_payer[a + 1]`.
        payee, total: per edge its receiver, and the sum of what is left on it in cents.
        rows: all payments, edge after edge, each edge in Queue 2 order.
        begin, end: per edge its range in `rows`; `begin` moves on as payments settle.
    """

    def __init__(self, queues: Queues) -> None:
        agents = queues.agents
        self.count: i64 = 0
        self.of_payer: vec[i64] = zeros(agents + 1)
        self.payee: vec[i64] = vec[i64]()
        self.total: vec[i64] = vec[i64]()
        self.begin: vec[i64] = vec[i64]()
        self.end: vec[i64] = vec[i64]()
        self.rows: vec[i64] = zeros(queues.size2)
        edge_of: vec[i64] = nones(agents)
        filled: i64 = 0
        for payer in range(agents):
            self.of_payer[payer] = self.count
            if queues.sender_head2[payer] >= 0:
                filled = self.group(queues, payer, edge_of, filled)
        self.of_payer[agents] = self.count

    def group(self, queues: Queues, payer: i64, edge_of: vec[i64], filled: i64) -> i64:
        """Append the edges of one payer; `edge_of` is scratch, all NONE before and after."""
        p = queues.payments
        following = p.sender_next
        receiver = p.receiver
        amount = p.amount
        payees: list[i64] = []
        row = queues.sender_head2[payer]
        while row >= 0:
            payee = receiver[row]
            if edge_of[payee] < 0:
                edge_of[payee] = 0
                payees.append(payee)
            row = following[row]
        payees.sort()
        first = self.count
        for payee in payees:
            edge_of[payee] = self.count
            self.payee = append(self.payee, payee)
            self.total = append(self.total, 0)
            self.begin = append(self.begin, 0)
            self.end = append(self.end, 0)
            self.count += 1
        row = queues.sender_head2[payer]
        while row >= 0:
            edge = edge_of[receiver[row]]
            self.end[edge] += 1
            self.total[edge] += amount[row]
            row = following[row]
        for edge in range(first, self.count):
            size = self.end[edge]
            self.begin[edge] = filled
            self.end[edge] = filled
            filled += size
        row = queues.sender_head2[payer]
        while row >= 0:
            edge = edge_of[receiver[row]]
            self.rows[self.end[edge]] = row
            self.end[edge] += 1
            row = following[row]
        for payee in payees:
            edge_of[payee] = -1
        return filled

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
