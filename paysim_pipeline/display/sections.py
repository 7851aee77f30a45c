"""The parts of a tick, as the report shows them.

Belongs here: which part of the tick an event belongs to, and what the part is called. Does not belong here: what is
said of the event.

Sections follow the steps of the tick (07 §3). They never change the order of events: a section that comes twice in a
tick, such as a retry of Queue 2 between two rounds of netting, is shown twice.
"""

from collections.abc import Sequence
from typing import Final

from paysim_pipeline.display.source import Event

POOL: Final = "Pool liquidity"
OVERDUE: Final = "Payments that became overdue"
SCENARIO: Final = "Scenario events"
ARRIVALS: Final = "Arrivals"
BEFORE: Final = "Collateral, before decisions"
BANK: Final = "Budget operations and registers"
TIMERS: Final = "Collateral timers"
ESCALATION: Final = "Priority escalation"
DECISIONS: Final = "Policy decisions"
SETTLEMENT: Final = "RTGS settlement"
QUEUE2: Final = "Releases from Queue 2"
NETTING: Final = "Liquidity saving (LSM)"
AFTER: Final = "Collateral, end of tick"
MANUAL: Final = "Collateral, by hand"
CREDITS: Final = "Deferred credits"
COSTS: Final = "Costs"
DAY_END: Final = "End of day"

_BY_TYPE: Final = {
    "LiquidityAllocation": POOL,
    "TransactionWentOverdue": OVERDUE,
    "ScenarioEventExecuted": SCENARIO,
    "Arrival": ARRIVALS,
    "BankBudgetSet": BANK,
    "StateRegisterSet": BANK,
    "CollateralTimerWithdrawn": TIMERS,
    "CollateralTimerBlocked": TIMERS,
    "PriorityEscalated": ESCALATION,
    "RtgsSubmission": DECISIONS,
    "PolicySubmit": DECISIONS,
    "PolicyHold": DECISIONS,
    "PolicyDrop": DECISIONS,
    "PolicySplit": DECISIONS,
    "TransactionReprioritized": DECISIONS,
    "RtgsWithdrawal": DECISIONS,
    "RtgsResubmission": DECISIONS,
    "BilateralLimitExceeded": SETTLEMENT,
    "MultilateralLimitExceeded": SETTLEMENT,
    "RtgsImmediateSettlement": SETTLEMENT,
    "QueuedRtgs": SETTLEMENT,
    "EntryDispositionOffset": SETTLEMENT,
    "Queue2LiquidityRelease": QUEUE2,
    "LsmBilateralOffset": NETTING,
    "LsmCycleSettlement": NETTING,
    "LsmMultilateralSettlement": NETTING,
    "AlgorithmExecution": NETTING,
    "DeferredCreditApplied": CREDITS,
    "CostAccrual": COSTS,
    "EndOfDay": DAY_END,
    "LiquidityReturn": DAY_END,
}

_BY_ORIGIN: Final = {"scenario": SCENARIO, "scheduled_settlement": SCENARIO, "split": DECISIONS}
_BY_LAYER: Final = {"strategic": BEFORE, "end_of_tick": AFTER, "scenario": SCENARIO, "manual": MANUAL}


def sections_of(events: Sequence[Event]) -> list[str]:
    """The section of each event of a tick; all events of the tick are needed to tell."""
    found: list[str] = []
    scheduled = set()
    for event in events:
        kind = event["event_type"]
        if kind == "Arrival":
            section = _BY_ORIGIN.get(event["origin"], ARRIVALS)
            if event["origin"] == "scheduled_settlement":
                scheduled.add(event["tx_id"])
        elif kind in ("CollateralPost", "CollateralWithdraw"):
            section = _BY_LAYER[event["layer"]]
        elif kind == "RtgsImmediateSettlement" and event["tx_id"] in scheduled:
            section = SCENARIO
        elif kind == "Queue2LiquidityRelease" and event["release_reason"] == "lsm_released_liquidity":
            section = NETTING
        elif kind == "StateRegisterSet" and event["reason"] == "eod_reset" and event["decision_path"] is None:
            section = DAY_END
        elif kind == "CostAccrual" and found and found[-1] == DECISIONS and _only_splitting(event):
            section = DECISIONS
        else:
            section = _BY_TYPE.get(kind, "")
        found.append(section)
    # The record of a late settlement stands directly before the settlement, wherever that is (D13).
    for at in range(len(events) - 1, -1, -1):
        if events[at]["event_type"] == "OverdueTransactionSettled":
            found[at] = found[at + 1] if at + 1 < len(events) else SETTLEMENT
    return found


def _only_splitting(event: Event) -> bool:
    costs = event["costs"]
    return bool(costs["total"] == costs["split_friction_cost"])
