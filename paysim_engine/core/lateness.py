"""Deadlines: who is late at the start of a tick, what it costs, and the rise of priorities as they come near.

Belongs here: marking overdue (D11) and priority escalation (03 §4.1 with D24). Does not belong here: other costs.
"""

from mypy_extensions import i64

from paysim_engine.core.codes import IN_QUEUE1, IN_QUEUE2, SCHEDULED
from paysim_engine.core.costs import Costs
from paysim_engine.core.numbers import resolve_penalty, round_half_away, saturate
from paysim_engine.core.state import State


def mark_overdue(state: State, costs: Costs) -> None:
    """Mark every queued payment that is now late: Queue 1 by agent and order, scheduled children, then Queue 2.

    Only payments whose deadline was the last tick can be newly late, so only those are looked at.
    """
    p = state.payments
    tick = state.tick
    late: list[tuple[i64, i64, i64, i64, i64]] = []
    state.queues.watch_deadlines()
    row = state.queues.due_at(tick - 1)
    while row >= 0:
        place = p.place[row]
        if place == IN_QUEUE1:
            late.append((0, p.sender[row], 0, p.rank[row], row))
        elif place == SCHEDULED:
            late.append((0, p.sender[row], 1 + p.eligible[row], p.number[row], row))
        elif place == IN_QUEUE2:
            late.append((1, 0, 0, p.rank[row], row))
        row = p.due_next[row]
    late.sort()
    rates = state.rates.deadline_penalty
    for entry in late:
        row = entry[4]
        agent = p.sender[row]
        state.queues.uncount_waiting(row)
        p.overdue_since[row] = tick
        state.queues.count_waiting(row)
        penalty = resolve_penalty(rates.amount, rates.rate_micro_bps, p.amount[row])
        costs.add_deadline_penalty(agent, penalty)
        state.recorder.went_overdue(p.number[row], agent, p.receiver[row], p.amount[row], p.deadline[row], penalty)


def set_priority(state: State, row: i64, priority: i64) -> None:
    """Change the priority of a payment that waits."""
    state.queues.uncount_waiting(row)
    state.payments.priority[row] = priority
    state.queues.count_waiting(row)


def escalate(state: State) -> None:
    """Raise priorities of queued payments near their deadline, in order of creation (03 §4.1; linear only)."""
    p = state.payments
    start = state.config.escalation_start
    boost_at_deadline = float(state.config.escalation_boost)
    tick = state.tick
    raised: list[tuple[i64, i64, i64, i64, i64]] = []
    for row in state.queues.waiting_rows():
        left = max(p.deadline[row] - tick, 0)
        if left > start:
            continue
        progress = 1.0 - float(left) / float(start) if start > 0 else 1.0
        boost: i64 = saturate(round_half_away(boost_at_deadline * progress))
        priority = min(p.original_priority[row] + boost, 10)
        if priority > p.priority[row]:
            raised.append((p.number[row], row, priority, left, boost))
    raised.sort()
    for number, row, priority, left, boost in raised:
        set_priority(state, row, priority)
        state.recorder.escalated(number, p.sender[row], p.original_priority[row], priority, left, boost)
