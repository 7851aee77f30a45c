"""The limits beyond which a scenario is refused as a mistake or an attack.

Belongs here: every "too large" of the scenario loader, in one place, so that the reference page can list them.
Does not belong here: ranges that follow from the meaning of a field (a fraction is 0 to 1); those stand beside
the field in `sections`.
"""

from typing import Final

MONEY_MAX: Final = 10**15
"""Cents. Largest configured amount, balance, cap or limit in absolute value (D40)."""

MOVED_MAX: Final = 10**18
"""Cents. Largest sum of what scenario events move, each as often as it fires: balances, caps and queues fit 64 bits."""

SEED_MAX: Final = 2**64 - 1
"""The generator's state is an unsigned 64-bit number (02 §1)."""

TICKS_PER_DAY_MAX: Final = 10**6
"""A tick every 86 milliseconds."""

DAYS_MAX: Final = 10**5
"""About 270 years."""

TOTAL_TICKS_MAX: Final = 10**8
"""Ticks of a whole run."""

TICK_MAX: Final = 10**9
"""Any single tick number or span of ticks: deadlines, intervals, schedules."""

AGENTS_MAX: Final = 10**4
EVENTS_MAX: Final = 10**6
"""Entries of `scenario_events`."""

RATE_MAX: Final = 10**6
"""Any rate, multiplier or arrival intensity; a million basis points are a hundred times the amount, per tick."""

WEIGHT_MAX: Final = 10**15
"""A counterparty or priority weight; large enough for turnovers in cents to serve as weights."""

DRAWABLE_RATE: Final = 700.0
"""Payments per tick up to which a Poisson draw means what it says; near 745 the draw saturates (02 §1)."""

ID_LENGTH_MAX: Final = 200
"""Characters of an agent id."""

SCENARIO_BYTES_MAX: Final = 64 * 2**20
POLICY_BYTES_MAX: Final = 16 * 2**20
NODES_MAX: Final = 3_000_000
"""Values in a scenario file, aliases counted as often as they are used."""

DEPTH_MAX: Final = 160
"""Nesting of a scenario file: an inline policy at its own limit, and what lies around it."""

PROBLEMS_MAX: Final = 10_000
"""Problems that one step of the checks collects; a file with more is wrong as a whole."""

DOCUMENT_DEPTH_MAX: Final = 127
"""Nesting of a policy document (05 §2)."""


def readable(number: int) -> str:
    """A bound as a reader wants to see it: `10^15` rather than sixteen digits."""
    digits = str(number)
    if number >= 10**6 and digits == "1" + "0" * (len(digits) - 1):
        return f"10^{len(digits) - 1}"
    if number == SEED_MAX:
        return "2^64 - 1"
    return digits
