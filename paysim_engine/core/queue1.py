"""Queue 1: judging the waiting payments by policy, and doing what was decided (03 §4, §5 with D15-D25).

Belongs here: the order of evaluation and the effect of each decision on a payment. Does not belong here: how a tree is
evaluated (`policy`), or settlement.
"""

from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from paysim_engine.core.codes import NO_RTGS_PRIORITY
from paysim_engine.core.costs import Costs
from paysim_engine.core.errors import SimulationError
from paysim_engine.core.lateness import set_priority
from paysim_engine.core.ordering import counting, ordered
from paysim_engine.core.payments import picked
from paysim_engine.core.queues import zeros
from paysim_engine.core.scenario_events import payment_id
from paysim_engine.core.settlement import submit_to_rtgs
from paysim_engine.core.splits import split
from paysim_engine.core.state import State
from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import (
    DROP,
    HOLD,
    RELEASE,
    REPRIORITIZE,
    RESUBMIT,
    SPLIT,
    STAGGER,
    WITHDRAW,
    PaymentDecision,
    PolicyError,
)
from paysim_engine.policy.trees import Policy

PRIORITY_STEP: Final[i64] = 2**40
"""Weight of a priority in the key of order: beyond every deadline, which the length of a run bounds."""


class Queue1:
    """Evaluates and applies payment policies. `policies` are by agent number."""

    def __init__(self, state: State, costs: Costs, policies: list[Policy], context: Context) -> None:
        self.state: Final = state
        self.costs: Final = costs
        self.policies: Final = policies
        self.context = context
        self.budget_exhausted: Final = state.recorder.text("BudgetExhausted")
        self.not_in_queue2: Final = state.recorder.text("NotInQueue2")
        self.any_acts_on_queue2 = False
        for policy in policies:
            if policy.acts_on_queue2:
                self.any_acts_on_queue2 = True

    def order(self, agents: list[i64]) -> None:
        """Sort Queue 1 by priority, then deadline, keeping the order of equals (03 §4.2)."""
        p = self.state.payments
        for agent in agents:
            rows = self.state.queues.rows1(agent)
            keys = zeros(len(rows))
            in_order = True
            for i in range(len(rows)):
                keys[i] = p.deadline[rows[i]] - p.priority[rows[i]] * PRIORITY_STEP
                if i > 0 and keys[i] < keys[i - 1]:
                    in_order = False
            if not in_order:
                self.state.queues.reorder_queue1(agent, picked(rows, ordered(counting(len(rows)), keys)))

    def agents_with_work(self) -> list[i64]:
        """Agents with something in Queue 1, ascending."""
        agents: list[i64] = []
        head = self.state.queues.head1
        for agent in range(self.state.agents):
            if head[agent] >= 0:
                agents.append(agent)
        return agents

    def evaluate(self, agents: list[i64]) -> None:
        """Step 2.3: judge all payments of an agent on one snapshot, apply, go to the next agent (03 §4.3)."""
        for agent in agents:
            policy = self.policies[agent]
            if policy.releases_everything and not self.state.budgets.any_set:
                for row in self.state.queues.empty_queue1(agent):
                    self.submit(agent, row)
                continue
            rows = self.state.queues.rows1(agent)
            if policy.releases_everything:
                for row in rows:
                    self.release(agent, row)
                continue
            decisions: list[PaymentDecision] = []
            for row in rows:
                decisions.append(self.decide(policy, agent, row))
            for i in range(len(rows)):
                self.apply(agent, rows[i], decisions[i])

    def decide(self, policy: Policy, agent: i64, row: i64) -> PaymentDecision:
        """The policy's decision for one payment; an error stops the run with all that helps to find it (D29)."""
        context = self.context
        context.agent = agent
        context.row = row
        try:
            return policy.decide_payment(context)
        except PolicyError as error:
            state = self.state
            raise SimulationError(
                f"tick {int(state.tick)}: policy {policy.policy_id} of agent {state.ledger.ids[agent]}, payment "
                f"{payment_id(state.payments.number[row])}: {error}"
            ) from None

    def apply(self, agent: i64, row: i64, decision: PaymentDecision) -> None:
        """Carry out a decision on a payment in Queue 1."""
        state = self.state
        p = state.payments
        recorder = state.recorder
        number = p.number[row]
        kind = decision.kind
        if kind == RELEASE:
            if decision.priority_override >= 0:
                set_priority(state, row, min(decision.priority_override, 10))
            if decision.target_tick <= state.tick:
                self.release(agent, row)
        elif kind == HOLD:
            recorder.policy_hold(agent, number, recorder.text(decision.reason), p.priority[row])
        elif kind == DROP:
            self.drop(agent, row, recorder.text(decision.reason))
        elif kind == SPLIT or kind == STAGGER:
            split(state, self.costs, agent, row, decision)
        elif kind == REPRIORITIZE:
            old = p.priority[row]
            set_priority(state, row, min(decision.new_priority, 10))
            recorder.reprioritized(agent, number, old, p.priority[row])
        elif kind == WITHDRAW:
            recorder.policy_hold(agent, number, self.not_in_queue2, p.priority[row])
        elif kind == RESUBMIT:
            self.redeclare(row, decision.rtgs_priority)

    def release(self, agent: i64, row: i64) -> None:
        """Submit a payment to RTGS if the release budget allows (03 §4.4)."""
        state = self.state
        p = state.payments
        if state.budgets.any_set:
            other = state.ledger.ids[p.receiver[row]]
            if not state.budgets.allows(agent, other, p.amount[row]):
                state.recorder.policy_hold(agent, p.number[row], self.budget_exhausted, p.priority[row])
                return
            state.budgets.use(agent, other, p.amount[row])
        state.queues.leave_queue1(row)
        self.submit(agent, row)

    def submit(self, agent: i64, row: i64) -> None:
        """Submit to RTGS a payment that has left Queue 1."""
        p = self.state.payments
        submit_to_rtgs(self.state, row, p.declared_rtgs[row])
        self.state.recorder.policy_submit(agent, p.number[row])

    def drop(self, agent: i64, row: i64, reason: i64) -> None:
        """Give a payment up (D22)."""
        state = self.state
        p = state.payments
        state.queues.leave_queue1(row)
        state.drop(row)
        state.recorder.policy_drop(agent, p.number[row], reason)

    def redeclare(self, row: i64, rtgs_priority: i64) -> None:
        """Declare a new RTGS priority for the next submission (D16)."""
        p = self.state.payments
        old = p.declared_rtgs[row]
        p.declared_rtgs[row] = rtgs_priority
        self.state.recorder.rtgs_resubmission(p.number[row], p.sender[row], old, rtgs_priority)

    # ---- Queue 2 (03 §5) ----

    def evaluate_queue2(self) -> None:
        """Step 2b: judge all payments in Queue 2, then withdraw and resubmit what the trees say."""
        state = self.state
        if not self.any_acts_on_queue2 or state.queues.size2 == 0:
            return
        rows: vec[i64] = vec[i64]()
        decisions: list[PaymentDecision] = []
        for agent in range(state.agents):
            policy = self.policies[agent]
            if policy.acts_on_queue2:
                for row in state.queues.sender_rows2(agent):
                    rows = append(rows, row)
                    decisions.append(self.decide(policy, agent, row))
        for i in range(len(rows)):
            kind = decisions[i].kind
            if kind == WITHDRAW:
                self.withdraw(rows[i])
                state.queues.join_queue1(rows[i])
            elif kind == RESUBMIT:
                self.withdraw(rows[i])
                self.redeclare(rows[i], decisions[i].rtgs_priority)
                state.queues.join_queue1(rows[i])

    def withdraw(self, row: i64) -> None:
        """Take a payment out of Queue 2 (03 §5.2)."""
        state = self.state
        p = state.payments
        state.queues.leave_queue2(row)
        state.recorder.rtgs_withdrawal(p.number[row], p.sender[row], p.rtgs_priority[row])
        p.rtgs_priority[row] = NO_RTGS_PRIORITY
        p.submitted[row] = -1
