"""Numbers that stand for words inside the engine.

Belongs here: every coded value that leaves the core (statuses, origins, settlement mechanisms, RTGS
priorities, layers). Does not belong here: their spelling, which `record.schema` keeps in one place, in the
same order.
"""

from typing import Final

from mypy_extensions import i64

NULL: Final[i64] = -(2**62)
"""An absent optional number in a packed column. No amount, tick or id can reach it (D40).

Not -2**63: mypyc keeps whole numbers beyond 62 bits as objects, and reading one costs 5 ns."""

NONE: Final[i64] = -1
"""An absent index (payment row, agent number) or an absent limit; such values are never negative."""

# Where a payment is (exactly one place at any time: 00, "Nothing vanishes").
IN_QUEUE1: Final[i64] = 0
IN_QUEUE2: Final[i64] = 1
SCHEDULED: Final[i64] = 2
PENDING: Final[i64] = 3
"""Released in this tick, not yet tried; nobody sees this place between ticks."""
SETTLED: Final[i64] = 4
DROPPED: Final[i64] = 5
SPLIT: Final[i64] = 6
"""Replaced by its children; what is left of it falls as they settle (D23)."""

# Where a payment came from.
GENERATED: Final[i64] = 0
SCENARIO: Final[i64] = 1
SCHEDULED_SETTLEMENT: Final[i64] = 2
CHILD: Final[i64] = 3
SUBMITTED: Final[i64] = 4
IMPORTED: Final[i64] = 5

# How a payment settled.
VIA_NONE: Final[i64] = 0
VIA_IMMEDIATE: Final[i64] = 1
VIA_QUEUE2: Final[i64] = 2
VIA_BILATERAL: Final[i64] = 3
VIA_CYCLE: Final[i64] = 4
VIA_MULTILATERAL: Final[i64] = 5
VIA_ENTRY_OFFSET: Final[i64] = 6
VIA_CHILDREN: Final[i64] = 7

# RTGS priority (01 §4.2); the order is the order of sorting.
HIGHLY_URGENT: Final[i64] = 0
URGENT: Final[i64] = 1
NORMAL: Final[i64] = 2
NO_RTGS_PRIORITY: Final[i64] = 3

# Why a payment left Queue 2 by the retry.
LIQUIDITY_AVAILABLE: Final[i64] = 0
LSM_RELEASED_LIQUIDITY: Final[i64] = 1

# Layers of collateral movements (D37, D39).
LAYER_STRATEGIC: Final[i64] = 0
LAYER_END_OF_TICK: Final[i64] = 1
LAYER_TIMER: Final[i64] = 2
LAYER_SCENARIO: Final[i64] = 3
LAYER_MANUAL: Final[i64] = 4

# Kinds of scenario events (02 §3).
DIRECT_TRANSFER: Final[i64] = 0
CUSTOM_ARRIVAL: Final[i64] = 1
COLLATERAL_ADJUSTMENT: Final[i64] = 2
GLOBAL_RATE_CHANGE: Final[i64] = 3
AGENT_RATE_CHANGE: Final[i64] = 4
WEIGHT_CHANGE: Final[i64] = 5
WINDOW_CHANGE: Final[i64] = 6
SCHEDULED_SETTLEMENT_EVENT: Final[i64] = 7

# Amount distributions (02 §2.2).
UNIFORM: Final[i64] = 0
NORMAL_AMOUNT: Final[i64] = 1
LOG_NORMAL: Final[i64] = 2
EXPONENTIAL: Final[i64] = 3

# Priority distributions (02 §2.5); bands draw uniformly.
PRIORITY_FIXED: Final[i64] = 0
PRIORITY_CATEGORICAL: Final[i64] = 1
PRIORITY_UNIFORM: Final[i64] = 2
