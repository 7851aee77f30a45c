"""The netting kernel: the largest set of queued payments that can settle together (D30).

Belongs here: selection and joint settlement for given lists of payments. Does not belong here: which lists are tried,
in which order, and the events (`lsm`).

This is Bech and Soramäki's gridlock resolution ("Gridlock resolution in interbank payment systems", Bank of Finland
DP 9/2001): while a participant's net position is not covered, its last queued payment is left out. Since payments
are only ever taken from the end of a participant's own list, the result is the unique largest feasible selection that
respects each participant's order, whichever participant is treated first.
"""

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE2
from paysim_engine.core.queues import zeros
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State


class Kernel:
    """Selects and settles. After a success `chosen` and `nets` describe what happened.

    Attributes:
        chosen: settled rows, participant by participant as given, each in Queue 2 order.
        gross: their sum in cents.
        net: per agent, what it received minus what it paid, valid for the participants of the last call.
    """

    def __init__(self, state: State, settlement: Settlement) -> None:
        self.state = state
        self.settlement = settlement
        self.net: vec[i64] = zeros(state.agents)
        self.slot: vec[i64] = zeros(state.agents)
        self.chosen: vec[i64] = vec[i64]()
        self.gross: i64 = 0

    def select(self, agents: list[i64], stacks: list[vec[i64]], required: bool) -> bool:
        """Find the largest feasible selection.

        Args:
            agents: the paying participants.
            stacks: for each, its payments (rows) in Queue 2 order; all receivers may be anybody.
            required: whether every participant must keep at least one payment.

        Returns:
            Whether anything is left (of everyone, if required). `chosen` then holds it; nothing has settled yet.
        """
        p = self.state.payments
        net = self.net
        count = len(agents)
        kept: list[vec[i64]] = []
        for i in range(count):
            agent = agents[i]
            self.slot[agent] = i
            kept.append(self.within_limits(agent, stacks[i]))
            if required and len(kept[i]) == 0:
                return False
        for rows in kept:
            for row in rows:
                net[p.sender[row]] = 0
                net[p.receiver[row]] = 0
        for rows in kept:
            for row in rows:
                net[p.sender[row]] -= p.amount[row]
                net[p.receiver[row]] += p.amount[row]
        ends: vec[i64] = zeros(count)
        work: list[i64] = []
        for i in range(count):
            ends[i] = len(kept[i])
            work.append(i)
        while len(work) > 0:
            i = work.pop()
            agent = agents[i]
            rows = kept[i]
            liquidity = self.state.ledger.available(agent)
            end = ends[i]
            while end > 0 and liquidity + net[agent] < 0:
                end -= 1
                row = rows[end]
                net[agent] += p.amount[row]
                other = p.receiver[row]
                net[other] -= p.amount[row]
                j = self.slot[other]
                if j < count and agents[j] == other and other != agent:
                    work.append(j)
            ends[i] = end
            if required and end == 0:
                return False
        self.collect(kept, ends)
        return len(self.chosen) > 0

    def collect(self, kept: list[vec[i64]], ends: vec[i64]) -> None:
        """Put what is selected into `chosen`."""
        p = self.state.payments
        chosen: vec[i64] = vec[i64]()
        gross: i64 = 0
        for i in range(len(kept)):
            rows = kept[i]
            for k in range(ends[i]):
                chosen = append(chosen, rows[k])
                gross += p.amount[rows[k]]
        self.chosen = chosen
        self.gross = gross

    def within_limits(self, agent: i64, rows: vec[i64]) -> vec[i64]:
        """The payments of one participant that its bilateral, then its multilateral limit leave (from the end)."""
        ledger = self.state.ledger
        if ledger.limit_row[agent] >= 0:
            rows = self.within_bilateral(agent, rows)
        limit = ledger.multilateral_limit[agent]
        if limit >= 0:
            rows = self.fitting(rows, limit - ledger.total_outflow[agent])
        return rows

    def fitting(self, rows: vec[i64], room: i64) -> vec[i64]:
        """The longest beginning of `rows` whose sum is at most `room`."""
        amount = self.state.payments.amount
        total: i64 = 0
        for row in rows:
            total += amount[row]
        end: i64 = len(rows)
        while end > 0 and total > room:
            end -= 1
            total -= amount[rows[end]]
        return rows if end == len(rows) else rows[0:end]

    def within_bilateral(self, agent: i64, rows: vec[i64]) -> vec[i64]:
        """Leave out, per counterparty from the end, what its bilateral limit does not allow."""
        ledger = self.state.ledger
        p = self.state.payments
        start = ledger.limit_row[agent]
        room: dict[int, int] = {}
        for row in rows:
            other = p.receiver[row]
            limit = ledger.bilateral_limit[start + other]
            if limit >= 0:
                left = room.get(int(other))
                if left is None:
                    left = int(limit - ledger.bilateral_outflow[start + other])
                room[int(other)] = left - int(p.amount[row])
        left_out: set[int] = set()
        for i in range(len(rows) - 1, -1, -1):
            row = rows[i]
            other = p.receiver[row]
            over = room.get(int(other))
            if over is not None and over < 0:
                room[int(other)] = over + int(p.amount[row])
                left_out.add(int(row))
        if len(left_out) == 0:
            return rows
        fits: vec[i64] = vec[i64]()
        for row in rows:
            if int(row) not in left_out:
                fits = append(fits, row)
        return fits

    def settle(self, agents: list[i64], rows: vec[i64], via: i64) -> None:
        """Settle the selected payments together: outflows gross, each balance once by its net (D30).

        Args:
            agents: all payers and receivers.
            rows: the selection in the order of the event's `tx_ids`.
            via: how, for the payments.
        """
        state = self.state
        p = state.payments
        settlement = self.settlement
        for row in rows:
            settlement.announce_if_overdue(row)
        for row in rows:
            state.ledger.record_outflow(p.sender[row], p.receiver[row], p.amount[row])
            if p.place[row] == IN_QUEUE2:
                state.queues.leave_queue2(row)
            settlement.finish(row, via)
        for agent in agents:
            net = self.net[agent]
            if net <= 0 or not settlement.deferred:
                state.ledger.balance[agent] += net
            else:
                settlement.defer(agent, net)
        if settlement.deferred:
            for row in rows:
                receiver = p.receiver[row]
                if self.net[receiver] > 0:
                    sources = settlement.deferred_sources[receiver]
                    settlement.deferred_sources[receiver] = append(sources, p.number[row])
