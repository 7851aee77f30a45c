"""What is measured: each case a name, a scenario, and the figure it is judged by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.scenarios import ALL, TIGHT, banks

PRESERVER = {"type": "FromJson", "json_path": "simulator/policies/cautious_liquidity_preserver.json"}
PRIORITY_AWARE = {"type": "FromJson", "json_path": "simulator/policies/target2_priority_aware.json"}


@dataclass(frozen=True)
class Case:
    """A benchmark.

    Attributes:
        name: short name, kept over time so that figures can be compared.
        scenario: builds the scenario's data; `quick` gives a small one that only shows that the case runs.
        loop_steps: target, as steps of the unit loop per payment (smaller is harder).
    """

    name: str
    scenario: Callable[[bool], dict[str, Any]]
    loop_steps: float


def _rate(quick: bool) -> float:
    return 0.5 if quick else 20.0


CASES = (
    Case("200 banks, Fifo, ample", lambda q: banks(200, _rate(q)), 22),
    Case("200 banks, Fifo, tight", lambda q: banks(200, _rate(q), balance=TIGHT), 36),
    Case("200 banks, cautious_liquidity_preserver", lambda q: banks(200, _rate(q), policy=PRESERVER), 36),
    Case("200 banks, target2_priority_aware", lambda q: banks(200, _rate(q), policy=PRIORITY_AWARE), 36),
    Case("200 banks, all netting, tight", lambda q: banks(200, _rate(q), balance=TIGHT, lsm=ALL), 140),
    Case(
        "1000 banks, bilateral",
        lambda q: banks(1000, 0.2 if q else 20.0, lsm={"enable_bilateral": True, "enable_cycles": False}),
        44,
    ),
)
GROWTH_DAYS = (1, 10, 100, 1000)
"""Days of 10 000 payments each: cost per event must not grow with history."""


def growth(days: int) -> dict[str, Any]:
    """A scenario of `days` days with 10 000 payments a day."""
    return banks(100, 1.0, days=days)
