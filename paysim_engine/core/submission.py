"""How a payment comes into the system (02 §4 with D6), whoever sends it."""

from mypy_extensions import i64

from paysim_engine.core.codes import NONE, NULL
from paysim_engine.core.state import State


def capped_deadline(state: State, deadline: i64) -> i64:
    """A wished deadline within the bounds of D6: end of day or end of episode, and not before the arrival."""
    tick = state.tick
    if state.config.deadline_cap_at_eod:
        last = (state.day() + 1) * state.ticks_per_day - 1
        return max(min(deadline, last), tick)
    end = state.config.num_days * state.ticks_per_day
    return max(min(deadline, end), tick + 1)


def announce(state: State, row: i64, priority: i64) -> None:
    """Emit the `Arrival` of a payment that is no child; `priority` is the one asked for."""
    p = state.payments
    state.recorder.arrival(
        p.number[row],
        p.sender[row],
        p.receiver[row],
        p.amount[row],
        p.deadline[row],
        priority,
        p.divisible[row],
        p.origin[row],
        NULL,
        NULL,
        NULL,
    )


def enter(
    state: State, sender: i64, receiver: i64, amount: i64, deadline: i64, priority: i64, divisible: bool, origin: i64
) -> i64:
    """A new payment at the end of the sender's Queue 1, with its `Arrival`. Returns its row."""
    row = state.payments.create(
        sender, receiver, amount, state.tick, deadline, min(priority, 10), origin, divisible, NONE
    )
    queues = state.queues
    queues.join_queue1(row)
    queues.count_waiting(row)
    state.arrived_today[sender] += amount
    announce(state, row, priority)
    return row
