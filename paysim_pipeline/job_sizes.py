"""How long scenarios will take, well enough to begin with the longest.

Belongs here: an estimate from the text of a scenario's file. Does not belong here: reading a scenario properly
(`paysim_engine.scenario`), which takes longer than many a simulation. A wrong estimate costs time and nothing else.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_NUMBER: Final = r"[\"']?\s*:\s*([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
_DAYS, _TICKS, _RATE = (re.compile(name + _NUMBER) for name in ("num_days", "ticks_per_day", "rate_per_tick"))


def ticks_and_payments(path: Path, num_days: int | None = None) -> float:
    """About how many ticks and payments a run of a scenario has, together; 0 for a file that cannot be read.

    Args:
        path: the scenario's file, YAML or JSON.
        num_days: a number of days other than the scenario's own.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    days = num_days if num_days is not None else _first(_DAYS.findall(text))
    return days * _first(_TICKS.findall(text)) * (1.0 + sum(map(float, _RATE.findall(text))))


def _first(found: Iterable[str]) -> float:
    return next(map(float, found), 1.0)
