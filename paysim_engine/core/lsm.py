"""Liquidity-saving algorithms on top of the netting kernel (D27, D31).

Belongs here: which sets of payments are offered to the kernel, in which order, and the events of those that settled.
Does not belong here: feasibility (`netting`), finding cycles (`cycles`), and the rounds (`driver`).
"""

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NULL, VIA_BILATERAL, VIA_CYCLE, VIA_ENTRY_OFFSET, VIA_MULTILATERAL
from paysim_engine.core.cycles import CycleSearch
from paysim_engine.core.netting import Kernel
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State


class Edges:
    """Queue 2 as a graph: for every payer and payee the queued payments in order, and their sum.

    An edge is numbered by its first appearance in Queue 2; `of_pair` maps payer * agents + payee to that number.
    """

    def __init__(self, agents: i64) -> None:
        self.agents = agents
        self.of_pair: dict[int, int] = {}
        self.payer: list[i64] = []
        self.payee: list[i64] = []
        self.rows: list[vec[i64]] = []
        self.total: list[i64] = []

    def add(self, payer: i64, payee: i64, row: i64, amount: i64) -> None:
        """Append a payment to its edge."""
        key = int(payer * self.agents + payee)
        edge = self.of_pair.get(key)
        if edge is None:
            self.of_pair[key] = len(self.rows)
            self.payer.append(payer)
            self.payee.append(payee)
            self.rows.append(append(vec[i64](), row))
            self.total.append(amount)
        else:
            self.rows[edge] = append(self.rows[edge], row)
            self.total[edge] += amount

    def find(self, payer: i64, payee: i64) -> i64:
        """The number of the edge, -1 if there is none."""
        edge = self.of_pair.get(int(payer * self.agents + payee))
        return -1 if edge is None else edge


class Lsm:
    """The algorithms of one run, with this tick's counts.

    Attributes:
        bilateral_count, bilateral_value: payments settled by bilateral offsetting in this tick, and their gross sum.
        group_count, group_value: the same for cycles and multilateral netting together (D33).
        cycles_left: cycles that may still settle in this tick.
        truncated: whether a search of this tick stopped at its bound.
    """

    def __init__(self, state: State, settlement: Settlement) -> None:
        self.state = state
        self.config = state.config.lsm
        self.kernel = Kernel(state, settlement)
        self.bilateral_count: i64 = 0
        self.bilateral_value: i64 = 0
        self.group_count: i64 = 0
        self.group_value: i64 = 0
        self.cycles_left: i64 = 0
        self.truncated = False

    def begin_tick(self) -> None:
        """Forget the last tick's counts."""
        self.bilateral_count = 0
        self.bilateral_value = 0
        self.group_count = 0
        self.group_value = 0
        self.cycles_left = self.config.max_cycles_per_tick
        self.truncated = False

    def edges(self) -> Edges:
        """The graph of Queue 2 as it stands."""
        p = self.state.payments
        edges = Edges(self.state.agents)
        following = p.next
        row = self.state.queues.head2
        while row >= 0:
            edges.add(p.sender[row], p.receiver[row], row, p.amount[row])
            row = following[row]
        return edges

    def numbers(self, rows: vec[i64]) -> vec[i64]:
        """Payment numbers of rows, for events."""
        p = self.state.payments
        out: vec[i64] = vec[i64]()
        for row in rows:
            out = append(out, p.number[row])
        return out

    def amounts(self, rows: vec[i64]) -> vec[i64]:
        """Amounts of rows, for events."""
        p = self.state.payments
        out: vec[i64] = vec[i64]()
        for row in rows:
            out = append(out, p.amount[row])
        return out

    # ---- at entry (D27) ----

    def offset_at_entry(self, row: i64) -> i64:
        """Offset a payment that lacks liquidity against Queue 2 payments the other way. Returns payments settled."""
        p = self.state.payments
        payer = p.sender[row]
        payee = p.receiver[row]
        against: vec[i64] = vec[i64]()
        queued = self.state.queues.sender_head2[payee]
        while queued >= 0:
            if p.receiver[queued] == payer:
                against = append(against, queued)
            queued = p.sender_next[queued]
        if len(against) == 0:
            return 0
        agents: list[i64] = [payer, payee]
        if not self.kernel.select(agents, [append(vec[i64](), row), against], True):
            return 0
        chosen = self.kernel.chosen
        queued_rows = chosen[1 : len(chosen)]
        self.kernel.settle(agents, chosen, VIA_ENTRY_OFFSET)
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
        edges = self.edges()
        pairs: list[tuple[i64, i64, i64, i64, i64]] = []
        for edge in range(len(edges.rows)):
            a = edges.payer[edge]
            b = edges.payee[edge]
            if a < b:
                back = edges.find(b, a)
                if back >= 0:
                    pairs.append((-min(edges.total[edge], edges.total[back]), a, b, edge, back))
        pairs.sort()
        settled: i64 = 0
        for pair in pairs:
            settled += self.offset_pair(pair[1], pair[2], edges.rows[pair[3]], edges.rows[pair[4]])
        self.bilateral_count += settled
        return settled

    def offset_pair(self, a: i64, b: i64, there: vec[i64], back: vec[i64]) -> i64:
        """Offer one pair to the kernel. Returns payments settled."""
        agents: list[i64] = [a, b]
        kernel = self.kernel
        if not kernel.select(agents, [there, back], True):
            return 0
        p = self.state.payments
        chosen = kernel.chosen
        amount_a: i64 = 0
        for row in chosen:
            if p.sender[row] == a:
                amount_a += p.amount[row]
        kernel.settle(agents, chosen, VIA_BILATERAL)
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
        edges = self.edges()
        search = CycleSearch(self.state.agents, self.config.max_cycle_length, self.config.cycle_search_limit)
        for edge in range(len(edges.rows)):
            search.add_edge(edges.payer[edge], edges.payee[edge], edges.total[edge])
        candidates = search.run()
        if search.truncated:
            self.truncated = True
        settled: i64 = 0
        for candidate in candidates:
            if self.cycles_left <= 0:
                break
            settled += self.settle_cycle(candidate, edges)
        self.group_count += settled
        return settled

    def settle_cycle(self, agents: list[i64], edges: Edges) -> i64:
        """Offer one cycle to the kernel, with the payments that are still queued. Returns payments settled."""
        p = self.state.payments
        stacks: list[vec[i64]] = []
        for i in range(len(agents)):
            payee = agents[i + 1] if i + 1 < len(agents) else agents[0]
            rows = edges.rows[edges.find(agents[i], payee)]
            queued: vec[i64] = vec[i64]()
            for row in rows:
                if p.remaining[row] > 0:
                    queued = append(queued, row)
            if len(queued) == 0:
                return 0
            stacks.append(queued)
        if not self.kernel.select(agents, stacks, True):
            return 0
        self.cycles_left -= 1
        chosen = self.kernel.chosen
        self.kernel.settle(agents, chosen, VIA_CYCLE)
        nets, worst, who = self.positions(agents)
        members: vec[i64] = vec[i64]()
        for agent in agents:
            members = append(members, agent)
        self.state.recorder.cycle_settlement(
            members, self.amounts(chosen), self.kernel.gross, nets, worst, who, self.numbers(chosen)
        )
        self.group_value += self.kernel.gross
        return len(chosen)

    def positions(self, agents: list[i64]) -> tuple[vec[i64], i64, i64]:
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
        p = state.payments
        if state.queues.size2 < 2:
            return 0
        payers: list[i64] = []
        stacks: list[vec[i64]] = []
        for agent in range(state.agents):
            if state.queues.sender_size2[agent] > 0:
                rows: vec[i64] = vec[i64]()
                row = state.queues.sender_head2[agent]
                while row >= 0:
                    rows = append(rows, row)
                    row = p.sender_next[row]
                payers.append(agent)
                stacks.append(rows)
        if not self.kernel.select(payers, stacks, False) or len(self.kernel.chosen) < 2:
            return 0
        in_order = self.in_queue_order(self.kernel.chosen)
        members = self.parties(in_order)
        self.kernel.settle(members, in_order, VIA_MULTILATERAL)
        nets, worst, who = self.positions(members)
        listed: vec[i64] = vec[i64]()
        for agent in members:
            listed = append(listed, agent)
        state.recorder.multilateral_settlement(
            listed, self.amounts(in_order), self.kernel.gross, nets, worst, who, self.numbers(in_order)
        )
        self.group_count += len(in_order)
        self.group_value += self.kernel.gross
        return len(in_order)

    def in_queue_order(self, rows: vec[i64]) -> vec[i64]:
        """The same rows in Queue 2 order."""
        p = self.state.payments
        ranked: list[tuple[i64, i64]] = []
        for row in rows:
            ranked.append((p.rank[row], row))
        ranked.sort()
        out: vec[i64] = vec[i64]()
        for pair in ranked:
            out = append(out, pair[1])
        return out

    def parties(self, rows: vec[i64]) -> list[i64]:
        """All senders and receivers of `rows`, ascending."""
        p = self.state.payments
        seen: set[int] = set()
        for row in rows:
            seen.add(int(p.sender[row]))
            seen.add(int(p.receiver[row]))
        members: list[i64] = []
        for agent in sorted(seen):
            members.append(agent)
        return members
