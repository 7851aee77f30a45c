"""Real-time gross settlement: the attempt at submission, and the retry of Queue 2 (03 §6, §7 with D26).

Belongs here: settling payments one by one against liquidity and limits. Does not belong here: offsetting (`lsm`).
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.codes import NO_RTGS_PRIORITY, VIA_IMMEDIATE, VIA_QUEUE2
from paysim_engine.core.lsm import Lsm
from paysim_engine.core.ordering import grouped
from paysim_engine.core.settlement import Settlement
from paysim_engine.core.state import State


class Rtgs:
    """The gross settlement of one run.

    Attributes:
        retried, retried_value: payments settled by retries in this tick, and their sum.
    """

    def __init__(self, state: State, settlement: Settlement, lsm: Lsm) -> None:
        self.state: Final = state
        self.settlement: Final = settlement
        self.lsm: Final = lsm
        self.retried: i64 = 0
        self.retried_value: i64 = 0

    def begin_tick(self) -> None:
        """Forget the last tick's counts."""
        self.retried = 0
        self.retried_value = 0

    def settle_pending(self) -> i64:
        """Try every payment released in this tick, in order; what cannot go joins Queue 2. Returns how many settled."""
        state = self.state
        pending = state.pending
        if len(pending) == 0:
            return 0
        state.pending = vec[i64]()
        settled: i64 = 0
        for row in pending:
            settled += self.attempt(row)
        return settled

    def attempt(self, row: i64) -> i64:
        """Settle one payment now, or queue it. Returns the number of payments settled."""
        state = self.state
        p = state.payments
        ledger = state.ledger
        recorder = state.recorder
        sender = p.sender[row]
        receiver = p.receiver[row]
        amount = p.amount[row]
        covered = amount <= ledger.available(sender)
        bilateral = ledger.within_bilateral(sender, receiver, amount)
        multilateral = ledger.within_multilateral(sender, amount)
        if not bilateral:
            at = ledger.limit_row[sender] + receiver
            recorder.bilateral_limit_exceeded(
                sender, receiver, p.number[row], amount, ledger.bilateral_outflow[at], ledger.bilateral_limit[at]
            )
        if not multilateral:
            recorder.multilateral_limit_exceeded(
                sender, p.number[row], amount, ledger.total_outflow[sender], ledger.multilateral_limit[sender]
            )
        within = bilateral and multilateral
        if covered and within:
            self.settlement.announce_if_overdue(row)
            recorder.immediate_settlement(p.number[row], sender, receiver, amount, ledger.balance[sender])
            self.settlement.pay(row, VIA_IMMEDIATE)
            return 1
        if within and state.config.entry_disposition:
            offset = self.lsm.offset_at_entry(row)
            if offset > 0:
                return offset
        state.queues.join_queue2(row)
        recorder.queued(p.number[row], sender)
        return 0

    def order_queue2(self) -> None:
        """In priority mode, sort Queue 2 by RTGS priority, then submission tick (03 §7.1).

        A payment joins the end in the tick of its submission, so those of one priority are in order already.
        """
        queues = self.state.queues
        if not self.state.config.priority_mode or queues.size2 < 2:
            return
        priority = self.state.payments.rtgs_priority
        rows = queues.rows2()
        for i in range(1, len(rows)):
            if priority[rows[i - 1]] > priority[rows[i]]:
                queues.reorder_queue2(grouped(rows, priority, NO_RTGS_PRIORITY))
                return

    def retry(self, reason: i64) -> i64:
        """Pass over Queue 2 until a pass settles nothing (D26). Returns how many payments settled."""
        total: i64 = 0
        while True:
            settled = self.retry_pass(reason)
            if settled == 0:
                return total
            total += settled

    def retry_pass(self, reason: i64) -> i64:
        """One pass over Queue 2 in order: settle what its sender can pay."""
        state = self.state
        p = state.payments
        ledger = state.ledger
        queues = state.queues
        tick = state.tick
        settled: i64 = 0
        # In local variables: of a long queue most payments are only looked at.
        following = p.next
        senders = p.sender
        amounts = p.amount
        row = queues.head2
        while row >= 0:
            after = following[row]
            sender = senders[row]
            amount = amounts[row]
            if amount <= ledger.available(sender):
                receiver = p.receiver[row]
                if ledger.within_limits(sender, receiver, amount):
                    self.settlement.announce_if_overdue(row)
                    state.recorder.queue2_release(
                        p.number[row], sender, receiver, amount, tick - p.entered[row], reason
                    )
                    queues.leave_queue2(row)
                    self.settlement.pay(row, VIA_QUEUE2)
                    settled += 1
                    self.retried_value += amount
            row = after
        self.retried += settled
        return settled
