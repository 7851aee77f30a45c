"""Comparing event streams: same events, same order, same values.

Belongs here: what counts as the same. An event of ours must have every field of the expected one with the same value,
also inside objects; fields that only ours has do not matter. Numbers are equal within 1e-9, relatively; an integer
must be an integral number; what is not a number equals itself. Everything else is compared literally.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

Event = dict[str, Any]


def same(expected: Any, ours: Any) -> bool:
    """Whether a value of ours is the expected one."""
    if isinstance(expected, dict):
        return isinstance(ours, dict) and all(key in ours and same(expected[key], ours[key]) for key in expected)
    if isinstance(expected, list):
        return isinstance(ours, list) and len(expected) == len(ours) and all(map(same, expected, ours))
    if isinstance(expected, bool) or isinstance(ours, bool):
        return expected is ours
    if isinstance(expected, int | float) and isinstance(ours, int | float):
        return expected == ours or _close(expected, ours)
    return type(expected) is type(ours) and bool(expected == ours)


def _close(expected: float, ours: float) -> bool:
    if isinstance(expected, int) and (isinstance(ours, int) or not ours.is_integer()):
        return False
    if not (math.isfinite(expected) and math.isfinite(ours)):
        return math.isnan(expected) and math.isnan(ours)
    return abs(expected - ours) <= 1e-9 * max(abs(expected), abs(ours))


def alike(one: Any, other: Any) -> bool:
    """Whether two values are equal in every field, NaN being equal to itself."""
    return bool(one == other) or (same(one, other) and same(other, one))


def first_difference(expected: Sequence[Event], ours: Sequence[Event]) -> str | None:
    """What differs first, in words with the events around it; None if nothing does."""
    for at, (there, here) in enumerate(zip(expected, ours, strict=False)):
        # Most events agree exactly, and comparing mappings is much faster than looking into them.
        if there != {key: here.get(key) for key in there} and not same(there, here):
            fields = [key for key in there if key not in here or not same(there[key], here[key])]
            lines = [f"event {at} differs in {', '.join(fields)}", *_around("expected", expected, at)]
            return "\n".join([*lines, *_around("ours", ours, at)])
    if len(expected) != len(ours):
        at = min(len(expected), len(ours))
        longer = "expected" if len(expected) > len(ours) else "ours"
        rest = _around(longer, expected if longer == "expected" else ours, at)
        return "\n".join([f"{len(expected)} events expected, {len(ours)} found; the first that only one has:", *rest])
    return None


def _around(name: str, events: Sequence[Event], at: int) -> list[str]:
    lines = [f"--- {name}"]
    for i in range(max(0, at - 4), min(len(events), at + 3)):
        lines.append(f"{'>' if i == at else ' '} {json.dumps(events[i], ensure_ascii=False)}")
    return lines
