"""Splitting a payment into children, all at once or staggered (03 §4.5, §4.6 with D12, D17-D19)."""

from mypy_extensions import i64

from paysim_engine.core.codes import CHILD, NONE, NULL, PENDING
from paysim_engine.core.codes import SPLIT as SPLIT_PLACE
from paysim_engine.core.costs import Costs
from paysim_engine.core.settlement import submit_to_rtgs
from paysim_engine.core.state import State
from paysim_engine.policy.decisions import STAGGER, PaymentDecision

FAR: i64 = 2**62
"""No tick is later; eligible ticks saturate here (05 §4.4)."""


def split(state: State, costs: Costs, agent: i64, row: i64, decision: PaymentDecision) -> None:
    """Replace a payment in Queue 1 by children, or hold it if it is too small or the budget refuses."""
    p = state.payments
    recorder = state.recorder
    count = decision.num_splits
    amount = p.amount[row]
    if count > amount:
        recorder.policy_hold(agent, p.number[row], recorder.text("SplitTooSmall"), p.priority[row])
        return
    staggered = decision.kind == STAGGER
    immediate = decision.first_now if staggered else count
    base = amount // count
    at_once = amount if immediate == count else base * immediate
    if immediate > 0 and state.budgets.any_set:
        other = state.ledger.ids[p.receiver[row]]
        if not state.budgets.allows(agent, other, at_once):
            recorder.policy_hold(agent, p.number[row], recorder.text("BudgetExhausted"), p.priority[row])
            return
        state.budgets.use(agent, other, at_once)
    state.queues.leave_queue1(row)
    state.queues.uncount_waiting(row)
    p.place[row] = SPLIT_PLACE
    priority = min(p.priority[row] + decision.boost, 10) if staggered else p.priority[row]
    first = p.next_number
    for i in range(count):
        child_amount = base + amount % count if i == count - 1 else base
        create_child(
            state,
            row,
            i,
            child_amount,
            priority,
            NONE if i < immediate else eligible(state, i - immediate, decision.gap),
        )
    costs.charge_friction(agent, count - 1)
    gap = effective_gap(state, count - immediate, decision.gap) if staggered else 0
    recorder.policy_split(agent, p.number[row], count, first, immediate, gap)


def eligible(state: State, waits: i64, gap: i64) -> i64:
    """The tick at which the child with `waits` scheduled ones before it joins Queue 1 (D17)."""
    if gap == 0:
        return state.tick + 1
    if waits + 1 > (FAR - state.tick) // gap:
        return FAR
    return state.tick + (waits + 1) * gap


def effective_gap(state: State, waiting: i64, gap: i64) -> i64:
    """The gap as it shows in the eligible ticks of `waiting` scheduled children, the only trace it leaves.

    What cannot show is recorded in one way: 0 where no child waits, 1 where a single one waits for the next tick, and
    never beyond `FAR`. So the record follows from the flat form of the event, which has the eligible ticks alone.
    """
    if waiting == 0:
        return 0
    if waiting == 1 and gap == 0:
        return 1
    return min(gap, FAR - state.tick)


def create_child(state: State, parent: i64, index: i64, amount: i64, priority: i64, eligible_tick: i64) -> None:
    """One child: submitted at once, or scheduled for `eligible_tick`."""
    p = state.payments
    queues = state.queues
    child = p.create(
        p.sender[parent],
        p.receiver[parent],
        amount,
        p.arrival[parent],
        p.deadline[parent],
        priority,
        CHILD,
        False,
        parent,
    )
    p.split_index[child] = index
    p.overdue_since[child] = p.overdue_since[parent]
    queues.count_waiting(child)
    state.recorder.arrival(
        p.number[child],
        p.sender[child],
        p.receiver[child],
        amount,
        p.deadline[child],
        priority,
        0,
        CHILD,
        p.number[parent],
        index,
        NULL if eligible_tick == NONE else eligible_tick,
    )
    if eligible_tick == NONE:
        p.place[child] = PENDING
        submit_to_rtgs(state, child, p.declared_rtgs[parent])
    else:
        queues.schedule(child, eligible_tick)
