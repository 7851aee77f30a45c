"""What a stretch of ticks came to: payments, mechanisms, lateness, costs.

Belongs here: counting events. Does not belong here: indicators with definitions of their own, which are models of the
warehouse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from paysim_pipeline.cli.output import money, plural
from paysim_pipeline.display.bank_words import COMPONENTS, components
from paysim_pipeline.display.source import Event

_MECHANISMS: Final = {
    "RtgsImmediateSettlement": "at once",
    "Queue2LiquidityRelease": "from Queue 2",
    "EntryDispositionOffset": "by offsetting on entry",
    "LsmBilateralOffset": "by bilateral offsetting",
    "LsmCycleSettlement": "in cycles",
    "LsmMultilateralSettlement": "by multilateral netting",
}


@dataclass
class Tally:
    """Sums over events; money in cents.

    Attributes:
        arrived: payments that arrived and their value, parts of split payments not counted.
        parts: parts that payments were split into.
        settled: mechanism -> settled payments and their value; parts count, split payments do not.
        overdue: payments that became overdue.
        dropped: payments that policies gave up.
        costs: all costs by component, and their total.
    """

    arrived: list[int] = field(default_factory=lambda: [0, 0])
    parts: int = 0
    settled: dict[str, list[int]] = field(default_factory=dict)
    overdue: int = 0
    dropped: int = 0
    costs: dict[str, int] = field(default_factory=lambda: dict.fromkeys([*COMPONENTS, "total"], 0))

    def add(self, event: Event) -> None:
        """Count one event."""
        kind = event["event_type"]
        if kind == "Arrival":
            if event["parent_tx_id"] is None:
                self.arrived[0] += 1
                self.arrived[1] += event["amount"]
            else:
                self.parts += 1
        elif kind in _MECHANISMS:
            number, value = _settled(event)
            sums = self.settled.setdefault(kind, [0, 0])
            sums[0] += number
            sums[1] += value
        elif kind == "CostAccrual":
            for key, cents in event["costs"].items():
                self.costs[key] += cents
        elif kind == "TransactionWentOverdue":
            self.overdue += 1
        elif kind == "PolicyDrop":
            self.dropped += 1

    def rows(self) -> Iterator[tuple[str, str]]:
        """What it came to: a heading and words for each."""
        number, value = self.arrived
        parts = f"; {plural(self.parts, 'part')} of split ones besides" if self.parts else ""
        yield "arrived", f"{_payments(number, value)}{parts}"
        total = [sum(sums[i] for sums in self.settled.values()) for i in (0, 1)]
        ways = "; ".join(f"{self.settled[k][0]:,} {word}" for k, word in _MECHANISMS.items() if k in self.settled)
        yield "settled", _payments(*total) + (f": {ways}" if ways else "")
        if self.overdue:
            yield "overdue", plural(self.overdue, "payment")
        if self.dropped:
            yield "dropped", plural(self.dropped, "payment")
        split = components(self.costs)
        yield "costs", money(self.costs["total"]) + (f": {split}" if split else "")


def _payments(number: int, value: int) -> str:
    return plural(number, "payment") + (f", {money(value)}" if number else "")


def _settled(event: Event) -> tuple[int, int]:
    """How many payments an event settles, and their value."""
    if event["event_type"] == "EntryDispositionOffset":
        return 1 + len(event["queued_tx_ids"]), event["incoming_amount"] + event["queued_amount"]
    if "tx_amounts" in event:
        return len(event["tx_amounts"]), sum(event["tx_amounts"])
    return 1, event["amount"]
