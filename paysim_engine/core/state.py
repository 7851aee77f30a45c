"""Everything that changes during a run, in one place.

Belongs here: the parts of a running simulation, held together so that settlement, decisions and costs see the same
world. Does not belong here: any rule. It is also all that a policy may look at.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.core.bank import Budgets, Registers
from paysim_engine.core.codes import DROPPED
from paysim_engine.core.config import CostConfig, EngineConfig
from paysim_engine.core.edges import Graph
from paysim_engine.core.ledger import Ledger
from paysim_engine.core.payments import Payments
from paysim_engine.core.queues import Queues, zeros
from paysim_engine.record.recorder import Recorder


class State:
    """A running simulation: clock, accounts, payments, queues, and the recorder.

    Attributes:
        tick: the tick being played, absolute, from 0.
        arrived_today: per agent, value of its payments without a parent that arrived today (D28).
        settled_today: per agent, what of that value has settled.
        pending: rows released in this tick, in order, not yet tried.
    """

    def __init__(self, config: EngineConfig, ledger: Ledger, registers: Registers, recorder: Recorder) -> None:
        self.config: Final = config
        self.rates: Final[CostConfig] = config.costs
        self.tick: i64 = 0
        self.ticks_per_day: i64 = config.ticks_per_day
        self.ledger: Final = ledger
        self.agents: i64 = ledger.count
        self.payments: Final = Payments()
        self.queues: Final = Queues(self.payments, ledger.count)
        self.graph: Final = Graph(self.queues)
        self.budgets: Final = Budgets(ledger.count)
        self.registers = registers
        self.recorder: Final = recorder
        self.arrived_today: vec[i64] = zeros(ledger.count)
        self.settled_today: vec[i64] = zeros(ledger.count)
        self.pending: vec[i64] = vec[i64]()

    def drop(self, row: i64) -> None:
        """Give up a payment that has left its queue (D22)."""
        self.queues.uncount_waiting(row)
        self.payments.place[row] = DROPPED
        self.payments.dropped_at[row] = self.tick

    def day(self) -> i64:
        """The current day, from 0."""
        return self.tick // self.ticks_per_day

    def tick_in_day(self) -> i64:
        """The tick within the day, from 0."""
        return self.tick % self.ticks_per_day

    def is_last_tick_of_day(self) -> bool:
        """Whether this tick ends the day."""
        return self.tick_in_day() == self.ticks_per_day - 1
