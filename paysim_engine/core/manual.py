"""Operations from outside, between two ticks (02 §4, 03 §9.4 with D15, D16, D35-D37, D39).

Belongs here: checking what a caller asks and carrying it out, with the events of the tick about to be played. Does not
belong here: the rules themselves.
"""

from typing import Final

from mypy_extensions import i64

from paysim_engine.core.codes import (
    HIGHLY_URGENT,
    IN_QUEUE1,
    IN_QUEUE2,
    LAYER_MANUAL,
    NONE,
    NORMAL,
    SUBMITTED,
    URGENT,
)
from paysim_engine.core.collateral import Collateral
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.queue1 import Queue1
from paysim_engine.core.scenario_events import payment_id
from paysim_engine.core.state import State
from paysim_engine.core.submission import capped_deadline, enter

AMOUNT_BOUND: Final = 10**15
"""Largest amount in cents a caller may ask for (D40)."""


class Manual:
    """What a caller may do to a simulation between ticks."""

    def __init__(self, state: State, collateral: Collateral, queue1: Queue1) -> None:
        self.state: Final = state
        self.collateral: Final = collateral
        self.queue1: Final = queue1

    def agent(self, agent_id: str) -> i64:
        """The number of an agent."""
        number = self.state.ledger.numbers.get(agent_id)
        if number is None:
            raise SimulationError(
                f"agent {agent_id!r} does not exist. Agents: {', '.join(self.state.ledger.ids[:20])}."
            )
        return number

    def row(self, tx_id: str) -> i64:
        """The row of an open payment."""
        p = self.state.payments
        digits = tx_id[3:]
        row: i64 = NONE
        if tx_id.startswith("tx_") and digits.isdecimal() and len(digits) < 18:
            row = p.row_of(int(digits))
        if row < 0:
            raise SimulationError(f"payment {tx_id!r} does not exist or is no longer open.")
        return row

    def amount(self, amount: int) -> i64:
        """A positive, bounded amount in cents."""
        if not 0 < amount <= AMOUNT_BOUND:
            raise SimulationError(f"the amount must be between 1 and {AMOUNT_BOUND} cents, got {amount}.")
        return amount

    def rtgs_priority(self, name: str) -> i64:
        """The code of an RTGS priority (01 §4.2)."""
        if name == "HighlyUrgent":
            return HIGHLY_URGENT
        if name == "Urgent":
            return URGENT
        if name == "Normal":
            return NORMAL
        raise SimulationError(f"invalid RTGS priority {name!r}. Must be 'HighlyUrgent', 'Urgent', or 'Normal'.")

    def submit(
        self,
        sender: str,
        receiver: str,
        amount: int,
        deadline: int,
        priority: int,
        divisible: bool,
        rtgs_priority: str | None,
    ) -> str:
        """See `Simulation.submit`."""
        state = self.state
        payer = self.agent(sender)
        payee = self.agent(receiver)
        if payer == payee:
            raise SimulationError(f"a payment of agent {sender} to itself is refused (D10).")
        cents = self.amount(amount)
        if deadline <= int(state.tick):
            raise SimulationError(f"the deadline {deadline} is in the past (current tick: {int(state.tick)}).")
        if not 0 <= priority <= 10:
            raise SimulationError(f"the priority must be 0 to 10, got {priority}.")
        declared: i64 = NONE if rtgs_priority is None else self.rtgs_priority(rtgs_priority)
        wished: i64 = min(deadline, 2**62)
        row = enter(state, payer, payee, cents, capped_deadline(state, wished), priority, divisible, SUBMITTED)
        if declared >= 0:
            state.payments.declared_rtgs[row] = declared
        return payment_id(state.payments.number[row])

    def withdraw_payment(self, tx_id: str) -> None:
        """See `Simulation.withdraw_payment`."""
        row = self.row(tx_id)
        if self.state.payments.place[row] != IN_QUEUE2:
            raise SimulationError(f"payment {tx_id} is not in Queue 2, so it cannot be withdrawn.")
        self.queue1.withdraw(row)
        self.state.queues.join_queue1(row)

    def resubmit_payment(self, tx_id: str, rtgs_priority: str) -> None:
        """See `Simulation.resubmit_payment`."""
        row = self.row(tx_id)
        declared = self.rtgs_priority(rtgs_priority)
        place = self.state.payments.place[row]
        if place == IN_QUEUE2:
            self.queue1.withdraw(row)
            self.queue1.redeclare(row, declared)
            self.state.queues.join_queue1(row)
        elif place == IN_QUEUE1:
            self.queue1.redeclare(row, declared)
        else:
            raise SimulationError(f"payment {tx_id} is in no queue, so it cannot be resubmitted.")

    def post_collateral(self, agent_id: str, amount: int) -> int:
        """See `Simulation.post_collateral`."""
        agent = self.agent(agent_id)
        before = self.state.ledger.posted[agent]
        reason = self.state.recorder.text("ManualPost")
        self.collateral.post(agent, self.amount(amount), reason, LAYER_MANUAL, NONE)
        return int(self.state.ledger.posted[agent] - before)

    def withdraw_collateral(self, agent_id: str, amount: int) -> int:
        """See `Simulation.withdraw_collateral`."""
        agent = self.agent(agent_id)
        before = self.state.ledger.posted[agent]
        reason = self.state.recorder.text("ManualWithdraw")
        self.collateral.withdraw(agent, self.amount(amount), reason, LAYER_MANUAL)
        return int(before - self.state.ledger.posted[agent])
