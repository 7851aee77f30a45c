"""Giving up the rows of finished payments, so that memory depends on what is open and not on history.

Belongs here: moving rows and everything that points to them. Does not belong here: which payments are finished, and
what is recorded of them (`sampler`). A payment's number stays; only its row changes.
"""

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.payments import Payments
from paysim_engine.core.queues import Queues, nones
from paysim_engine.core.state import State


def compact(state: State, kept: vec[i64]) -> Payments:
    """Keep only the rows of `kept` (ascending), moved to the front; a kept child's ancestors must be kept too.

    Returns:
        All payments in their old rows.
    """
    p = state.payments
    moved = nones(p.count)
    for i in range(len(kept)):
        moved[kept[i]] = i
    past = p.leave(kept)
    for links in (p.next, p.prev, p.sender_next, p.sender_prev, p.parent):
        for i in range(p.count):
            target = links[i]
            if target >= 0:
                links[i] = moved[target]
    queues = state.queues
    for ends in (queues.head1, queues.tail1, queues.sender_head2, queues.sender_tail2):
        for agent in range(state.agents):
            if ends[agent] >= 0:
                ends[agent] = moved[ends[agent]]
    queues.changes2 += 1
    if queues.size2 > 0:
        queues.head2 = moved[queues.head2]
        queues.tail2 = moved[queues.tail2]
    renewed: dict[int, list[int]] = {}
    for tick, rows in queues.scheduled.items():
        renewed[tick] = [int(moved[row]) for row in rows]
    queues.scheduled = renewed
    watch_deadlines(state, queues)
    return past


def watch_deadlines(state: State, queues: Queues) -> None:
    """Build the deadline chains anew from the payments that can still become late."""
    first: i64 = max(state.tick - 1, 0)  # earlier deadlines have been looked at, and cost nothing any more
    for deadline in range(first, len(queues.due)):
        queues.due[deadline] = NONE
    queues.watched = 0
    queues.watch_deadlines()
