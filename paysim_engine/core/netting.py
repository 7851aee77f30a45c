"""The netting kernel: the largest set of queued payments that can settle together (D30).

Belongs here: selection and joint settlement for given lists of payments. Does not belong here: which lists are tried,
in which order, and the events (`lsm`).

This is Bech and Soramäki's gridlock resolution ("Gridlock resolution in interbank payment systems", Bank of Finland
DP 9/2001): while a participant's net position is not covered, its last queued payment is left out. Since payments
are only ever taken from the end of a participant's own list, the result is the unique largest feasible selection that
respects each participant's order, whichever participant is treated first.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE2
from paysim_engine.core.queues import zeros
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State


class Kernel:
    """Selects and settles. After a successful `select`, `chosen` holds the selection.

    Attributes:
        chosen: selected rows, participant by participant as given, each in Queue 2 order.
        gross: their sum in cents.
        net: per agent, what it receives minus what it pays, valid for the parties of the last call.
    """

    def __init__(self, state: State, settlement: Settlement) -> None:
        self.state: Final = state
        self.settlement: Final = settlement
        self.net: vec[i64] = zeros(state.agents)
        self.chosen: vec[i64] = vec[i64]()
        self.gross: i64 = 0

    def select(self, payers: vec[i64], rows: vec[i64], begins: vec[i64], ends: vec[i64], one_edge_each: bool) -> bool:
        """Find the largest feasible selection.

        Args:
            payers: the paying participants.
            rows: payments; those of the i-th payer are `rows[begins[i]:ends[i]]`, in Queue 2 order.
            begins: see `rows`.
            ends: see `rows`; on return the ends of what is selected.
            one_edge_each: whether each payer pays one receiver only and must keep at least one payment. Otherwise the
                caller has already left out what bilateral limits forbid (`within_bilateral`).

        Returns:
            Whether anything is left (of everyone, if `one_edge_each`). Nothing has settled yet.
        """
        p = self.state.payments
        net = self.net
        count = len(payers)
        for i in range(count):
            end = self.fitting(payers[i], rows, begins[i], ends[i], one_edge_each)
            if one_edge_each and end == begins[i]:
                return False
            ends[i] = end
        for i in range(count):
            net[payers[i]] = 0
            for k in range(begins[i], ends[i]):
                net[p.receiver[rows[k]]] = 0
        for i in range(count):
            payer = payers[i]
            for k in range(begins[i], ends[i]):
                row = rows[k]
                amount = p.amount[row]
                net[payer] -= amount
                net[p.receiver[row]] += amount
        if not self.cover(payers, rows, begins, ends, one_edge_each):
            return False
        return self.collect(rows, begins, ends)

    def cover(self, payers: vec[i64], rows: vec[i64], begins: vec[i64], ends: vec[i64], one_edge_each: bool) -> bool:
        """Leave out last payments until every net position is covered; False if a required edge empties."""
        p = self.state.payments
        ledger = self.state.ledger
        net = self.net
        changed = True
        while changed:
            changed = False
            for i in range(len(payers)):
                payer = payers[i]
                if net[payer] >= 0:
                    continue
                liquidity = ledger.available(payer)
                end = ends[i]
                while end > begins[i] and liquidity + net[payer] < 0:
                    end -= 1
                    row = rows[end]
                    amount = p.amount[row]
                    net[payer] += amount
                    net[p.receiver[row]] -= amount
                    changed = True
                ends[i] = end
                if one_edge_each and end == begins[i]:
                    return False
        return True

    def collect(self, rows: vec[i64], begins: vec[i64], ends: vec[i64]) -> bool:
        """Put what is selected into `chosen`. Returns whether that is anything."""
        p = self.state.payments
        chosen: vec[i64] = vec[i64]()
        gross: i64 = 0
        for i in range(len(ends)):
            for k in range(begins[i], ends[i]):
                row = rows[k]
                chosen = append(chosen, row)
                gross += p.amount[row]
        self.chosen = chosen
        self.gross = gross
        return len(chosen) > 0

    def fitting(self, payer: i64, rows: vec[i64], begin: i64, end: i64, one_edge: bool) -> i64:
        """The end of the longest beginning of a payer's payments that its limits allow."""
        ledger = self.state.ledger
        start = ledger.limit_row[payer]
        if one_edge and start >= 0 and end > begin:
            other = start + self.state.payments.receiver[rows[begin]]
            limit = ledger.bilateral_limit[other]
            if limit >= 0:
                end = self.prefix_within(rows, begin, end, limit - ledger.bilateral_outflow[other])
        limit = ledger.multilateral_limit[payer]
        if limit >= 0:
            end = self.prefix_within(rows, begin, end, limit - ledger.total_outflow[payer])
        return end

    def prefix_within(self, rows: vec[i64], begin: i64, end: i64, room: i64) -> i64:
        """The end of the longest beginning whose sum is at most `room`."""
        amount = self.state.payments.amount
        total: i64 = 0
        for k in range(begin, end):
            total += amount[rows[k]]
            if total > room:
                return k
        return end

    def within_bilateral(self, payer: i64, rows: vec[i64]) -> vec[i64]:
        """Leave out, per counterparty from the end, what its bilateral limit does not allow."""
        ledger = self.state.ledger
        p = self.state.payments
        start = ledger.limit_row[payer]
        if start < 0:
            return rows
        paid: dict[int, int] = {}
        shut: set[int] = set()
        fits: vec[i64] = vec[i64]()
        for row in rows:
            other = p.receiver[row]
            limit = ledger.bilateral_limit[start + other]
            if limit >= 0:
                if int(other) in shut:
                    continue
                total = paid.get(int(other), int(ledger.bilateral_outflow[start + other])) + int(p.amount[row])
                if total > limit:
                    shut.add(int(other))
                    continue
                paid[int(other)] = total
            fits = append(fits, row)
        return fits

    def settle(self, agents: vec[i64], rows: vec[i64], via: i64) -> None:
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
