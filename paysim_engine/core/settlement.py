"""Settling: money moves, the payment is done, its ancestors owe less.

Belongs here: what every settlement has in common, whatever the mechanism (03 §10 with D13, D23), and deferred
crediting (03 §9.2). Does not belong here: whether a payment can settle (`rtgs`, `netting`).
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NO_RTGS_PRIORITY, NORMAL, SETTLED, VIA_CHILDREN
from paysim_engine.core.numbers import resolve_penalty, round_half_away, saturate
from paysim_engine.core.queues import zeros
from paysim_engine.core.state import State


class Settlement:
    """Books settlements. With deferred crediting receivers get their money at the end of the tick."""

    def __init__(self, state: State) -> None:
        self.state: Final = state
        self.deferred: Final = state.config.deferred_crediting
        self.deferred_amount: vec[i64] = zeros(state.agents)
        self.deferred_sources: list[vec[i64]] = [vec[i64]() for _ in range(state.agents)]
        self.any_deferred = False
        self.settled_count: i64 = 0
        """Payments settled in the run."""
        self.settled_roots: i64 = 0
        """Of the payments without a parent, those settled themselves or by all their descendants (04 §8)."""

    def credit(self, agent: i64, amount: i64, source: i64) -> None:
        """Give the receiver of payment number `source` its money, now or at the end of the tick."""
        if self.deferred:
            self.defer(agent, amount)
            self.deferred_sources[agent] = append(self.deferred_sources[agent], source)
        else:
            self.state.ledger.balance[agent] += amount

    def defer(self, agent: i64, amount: i64) -> None:
        """Keep `amount` for the end of the tick."""
        self.deferred_amount[agent] += amount
        self.any_deferred = True

    def pay(self, row: i64, via: i64) -> None:
        """Settle one payment gross."""
        state = self.state
        p = state.payments
        sender = p.sender[row]
        receiver = p.receiver[row]
        amount = p.amount[row]
        ledger = state.ledger
        ledger.balance[sender] -= amount
        ledger.record_outflow(sender, receiver, amount)
        self.credit(receiver, amount, p.number[row])
        self.finish(row, via)

    def finish(self, row: i64, via: i64) -> None:
        """The payment is settled, and all it descends from owes less (D23)."""
        state = self.state
        p = state.payments
        amount = p.amount[row]
        tick = state.tick
        state.queues.uncount_waiting(row)
        p.remaining[row] = 0
        p.place[row] = SETTLED
        p.settled_at[row] = tick
        p.via[row] = via
        self.settled_count += 1
        root = row
        ancestor = p.parent[row]
        if ancestor < 0:
            self.settled_roots += 1
        while ancestor >= 0:
            left = p.remaining[ancestor] - amount
            p.remaining[ancestor] = left
            if left == 0:
                p.place[ancestor] = SETTLED
                p.settled_at[ancestor] = tick
                p.via[ancestor] = VIA_CHILDREN
                if p.parent[ancestor] < 0:
                    self.settled_roots += 1
            root = ancestor
            ancestor = p.parent[ancestor]
        if p.arrival[root] >= tick - state.tick_in_day():
            state.settled_today[p.sender[root]] += amount

    def announce_if_overdue(self, row: i64) -> None:
        """Emit `OverdueTransactionSettled` for a payment that is about to settle late (D13, 04 §3.1)."""
        state = self.state
        p = state.payments
        since = p.overdue_since[row]
        if since < 0:
            return
        rates = state.rates
        amount = p.amount[row]
        late = state.tick - since
        delay = float(amount) * rates.delay_per_cent * rates.overdue_multiplier * float(late)
        penalty = rates.deadline_penalty
        state.recorder.overdue_settled(
            p.number[row],
            p.sender[row],
            p.receiver[row],
            amount,
            p.deadline[row],
            since,
            resolve_penalty(penalty.amount, penalty.rate_micro_bps, amount),
            saturate(round_half_away(delay)),
        )

    def apply_deferred(self) -> None:
        """Credit what was deferred in this tick, receivers ascending (03 §9.2)."""
        if not self.any_deferred:
            return
        self.any_deferred = False
        state = self.state
        for agent in range(state.agents):
            amount = self.deferred_amount[agent]
            if amount > 0:
                state.ledger.balance[agent] += amount
                state.recorder.deferred_credit(agent, amount, self.deferred_sources[agent])
                self.deferred_amount[agent] = 0
                self.deferred_sources[agent] = vec[i64]()


def submit_to_rtgs(state: State, row: i64, declared: i64) -> None:
    """Hand a payment to RTGS: it becomes pending, with the declared RTGS priority or Normal, and its event."""
    p = state.payments
    rtgs = NORMAL if declared == NO_RTGS_PRIORITY else declared
    p.rtgs_priority[row] = rtgs
    p.submitted[row] = state.tick
    state.pending = append(state.pending, row)
    state.recorder.submission(p.number[row], p.sender[row], p.receiver[row], p.amount[row], p.priority[row], rtgs)
