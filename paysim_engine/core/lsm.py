"""Liquidity-saving algorithms on top of the netting kernel (D27, D31).

Belongs here: which sets of payments are offered to the kernel, in which order, and the events of those that settled.
Does not belong here: feasibility (`netting`), finding cycles (`cycles`), and the rounds (`driver`).
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NULL, VIA_BILATERAL, VIA_CYCLE, VIA_ENTRY_OFFSET, VIA_MULTILATERAL
from paysim_engine.core.cycles import CycleSearch
from paysim_engine.core.edges import Edges
from paysim_engine.core.netting import Kernel
from paysim_engine.core.ordering import ordered
from paysim_engine.core.payments import picked
from paysim_engine.core.queues import zeros
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State


def pair(first: i64, second: i64) -> vec[i64]:
    """Two numbers as a column."""
    return append(append(vec[i64](), first), second)


class Lsm:
    """The algorithms of one run, with this tick's counts.

    Attributes:
        bilateral_count, bilateral_value: payments settled by bilateral offsetting in this tick, and their gross sum.
        group_count, group_value: the same for cycles and multilateral netting together (D33).
        cycles_left: cycles that may still settle in this tick.
        truncated: whether a search of this tick stopped at its bound.
    """

    def __init__(self, state: State, settlement: Settlement) -> None:
        self.state: Final = state
        self.config: Final = state.config.lsm
        self.kernel: Final = Kernel(state, settlement)
        self.bilateral_count: i64 = 0
        self.bilateral_value: i64 = 0
        self.group_count: i64 = 0
        self.group_value: i64 = 0
        self.cycles_left: i64 = 0
        self.truncated = False
        self.search: CycleSearch | None = None
        """The last search, which holds as long as its edges do."""

    def begin_tick(self) -> None:
        """Forget the last tick's counts."""
        self.bilateral_count = 0
        self.bilateral_value = 0
        self.group_count = 0
        self.group_value = 0
        self.cycles_left = self.config.max_cycles_per_tick
        self.truncated = False

    def numbers(self, rows: vec[i64]) -> vec[i64]:
        """Payment numbers of rows, for events."""
        return picked(self.state.payments.number, rows)

    def amounts(self, rows: vec[i64]) -> vec[i64]:
        """Amounts of rows, for events."""
        return picked(self.state.payments.amount, rows)

    # ---- at entry (D27) ----

    def offset_at_entry(self, row: i64) -> i64:
        """Offset a payment that lacks liquidity against Queue 2 payments the other way. Returns payments settled."""
        p = self.state.payments
        payer = p.sender[row]
        payee = p.receiver[row]
        rows = append(vec[i64](), row)
        queued = self.state.queues.sender_head2[payee]
        while queued >= 0:
            if p.receiver[queued] == payer:
                rows = append(rows, queued)
            queued = p.sender_next[queued]
        if len(rows) == 1:
            return 0
        both = pair(payer, payee)
        if not self.kernel.select(both, rows, pair(0, 1), pair(1, len(rows)), True):
            return 0
        chosen = self.kernel.chosen
        queued_rows = chosen[1 : len(chosen)]
        self.kernel.settle(both, chosen, VIA_ENTRY_OFFSET)
        incoming = p.amount[row]
        other = self.kernel.gross - incoming
        self.state.recorder.entry_offset(
            p.number[row],
            p.number[queued_rows[0]],
            payer,
            payee,
            min(incoming, other),
            incoming,
            other,
            self.numbers(queued_rows),
            self.amounts(queued_rows),
        )
        return len(chosen)

    # ---- bilateral offsetting ----

    def bilateral(self) -> i64:
        """Offset every pair with payments both ways, largest mutual value first. Returns payments settled."""
        edges = self.state.graph.now()
        edges.match()
        settled: i64 = 0
        for number in range(len(edges.there)):
            settled += self.offset_pair(edges, edges.there[number], edges.back[number])
        self.bilateral_count += settled
        return settled

    def offset_pair(self, edges: Edges, edge: i64, back: i64) -> i64:
        """Offer one pair, an edge and the edge back, to the kernel. Returns payments settled."""
        a = edges.payee[back]
        b = edges.payee[edge]
        both = pair(a, b)
        kernel = self.kernel
        begins = pair(edges.begin[edge], edges.begin[back])
        if not kernel.select(both, edges.rows, begins, pair(edges.end[edge], edges.end[back]), True):
            return 0
        p = self.state.payments
        chosen = kernel.chosen
        amount_a: i64 = 0
        for row in chosen:
            if p.sender[row] == a:
                amount_a += p.amount[row]
        kernel.settle(both, chosen, VIA_BILATERAL)
        self.state.recorder.bilateral_offset(
            a, b, amount_a, kernel.gross - amount_a, self.numbers(chosen), self.amounts(chosen)
        )
        self.bilateral_value += kernel.gross
        return len(chosen)

    # ---- cycles ----

    def cycles(self) -> i64:
        """Settle cycles of three and more, largest total first. Returns payments settled."""
        if self.cycles_left <= 0 or self.state.queues.size2 < 3:
            return 0
        edges = self.state.graph.now()
        search = self.search
        if search is None or search.edges is not edges:
            search = CycleSearch(edges, self.state.agents, self.config.max_cycle_length, self.config.cycle_search_limit)
            search.run()
            self.search = search
        if search.truncated:
            self.truncated = True
        settled: i64 = 0
        for number in search.order:
            if self.cycles_left <= 0:
                break
            cycle = search.edges_of[search.start_of[number] : search.start_of[number + 1]]
            if self.may_settle(edges, cycle):
                settled += self.settle_cycle(edges, cycle)
        self.group_count += settled
        return settled

    def may_settle(self, edges: Edges, cycle: vec[i64]) -> bool:
        """Reject cheaply what cannot settle: most candidates, three quarters of the time of a dense search.

        No edge may be empty, and each payer must cover its first payment from its liquidity and all that the cycle
        could bring it.
        """
        p = self.state.payments
        inflow = edges.total[cycle[len(cycle) - 1]]
        for edge in cycle:
            if edges.begin[edge] == edges.end[edge]:
                return False
            first = edges.rows[edges.begin[edge]]
            if p.amount[first] > self.state.ledger.available(p.sender[first]) + inflow:
                return False
            inflow = edges.total[edge]
        return True

    def settle_cycle(self, edges: Edges, cycle: vec[i64]) -> i64:
        """Offer one cycle to the kernel, with the payments that are still queued. Returns payments settled."""
        p = self.state.payments
        members: vec[i64] = vec[i64]()
        begins: vec[i64] = vec[i64]()
        ends: vec[i64] = vec[i64]()
        for edge in cycle:
            members = append(members, p.sender[edges.rows[edges.begin[edge]]])
            begins = append(begins, edges.begin[edge])
            ends = append(ends, edges.end[edge])
        if not self.kernel.select(members, edges.rows, begins, ends, True):
            return 0
        self.cycles_left -= 1
        for i in range(len(cycle)):
            edge = cycle[i]
            for k in range(begins[i], ends[i]):
                edges.total[edge] -= p.amount[edges.rows[k]]
            edges.begin[edge] = ends[i]
        chosen = self.kernel.chosen
        self.kernel.settle(members, chosen, VIA_CYCLE)
        nets, worst, who = self.positions(members)
        self.state.recorder.cycle_settlement(
            members, self.amounts(chosen), self.kernel.gross, nets, worst, who, self.numbers(chosen)
        )
        self.group_value += self.kernel.gross
        return len(chosen)

    def positions(self, agents: vec[i64]) -> tuple[vec[i64], i64, i64]:
        """Net positions of `agents`, the largest net outflow, and whose it is: of equals the largest id (07 §2.5)."""
        nets: vec[i64] = vec[i64]()
        worst: i64 = 0
        who = NULL
        for agent in agents:
            net = self.kernel.net[agent]
            nets = append(nets, net)
            if net < 0 and (-net > worst or (-net == worst and agent > who)):
                worst = -net
                who = agent
        return nets, worst, who

    # ---- multilateral netting ----

    def multilateral(self) -> i64:
        """Offer all of Queue 2 to the kernel at once. Returns payments settled."""
        state = self.state
        queues = state.queues
        if queues.size2 < 2:
            return 0
        payers: vec[i64] = vec[i64]()
        begins: vec[i64] = vec[i64]()
        ends: vec[i64] = vec[i64]()
        rows: vec[i64] = vec[i64]()
        for agent in range(state.agents):
            if queues.sender_size2[agent] > 0:
                payers = append(payers, agent)
                begins = append(begins, len(rows))
                for row in self.kernel.within_bilateral(agent, queues.sender_rows2(agent)):
                    rows = append(rows, row)
                ends = append(ends, len(rows))
        if not self.kernel.select(payers, rows, begins, ends, False) or len(self.kernel.chosen) < 2:
            return 0
        in_order = self.in_queue_order(self.kernel.chosen)
        members = self.parties(in_order)
        self.kernel.settle(members, in_order, VIA_MULTILATERAL)
        nets, worst, who = self.positions(members)
        state.recorder.multilateral_settlement(
            members, self.amounts(in_order), self.kernel.gross, nets, worst, who, self.numbers(in_order)
        )
        self.group_count += len(in_order)
        self.group_value += self.kernel.gross
        return len(in_order)

    def in_queue_order(self, rows: vec[i64]) -> vec[i64]:
        """The same rows in Queue 2 order."""
        return ordered(rows, self.state.payments.rank)

    def parties(self, rows: vec[i64]) -> vec[i64]:
        """All senders and receivers of `rows`, ascending."""
        p = self.state.payments
        takes_part = zeros(self.state.agents)
        for row in rows:
            takes_part[p.sender[row]] = 1
            takes_part[p.receiver[row]] = 1
        members: vec[i64] = vec[i64]()
        for agent in range(self.state.agents):
            if takes_part[agent] != 0:
                members = append(members, agent)
        return members
