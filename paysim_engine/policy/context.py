"""The eyes of a tree: for which agent and payment it is evaluated, and the world they are in (05 §5).

Belongs here: the position of an evaluation. Does not belong here: what is read there (`nodes`); every field is
computed from the state's own counters at the moment a tree reaches it, and none is stored here.
"""

from typing import Final

from mypy_extensions import i64

from paysim_engine.core.codes import NONE
from paysim_engine.core.state import State
from paysim_engine.policy.queue2_view import Queue2View


class Context:
    """What a tree looks at. One context serves a whole run: set `agent` and `row` before each evaluation.

    Attributes:
        state: the running simulation.
        agent: number of the agent whose tree is evaluated.
        row: row of the payment under a payment tree, `codes.NONE` under the trees that have no payment.
        queue2: Queue 2 from the agent's side.
    """

    def __init__(self, state: State) -> None:
        self.state: Final = state
        self.agent: i64 = NONE
        self.row: i64 = NONE
        # The parts of the state, one step nearer than through `state`.
        self.ledger: Final = state.ledger
        self.payments: Final = state.payments
        self.queues: Final = state.queues
        self.rates: Final = state.rates
        self.registers: Final = state.registers
        self.queue2: Final = Queue2View(state)
