"""`priority_escalation` (06 §5)."""

from typing import Annotated, Literal

from paysim_engine.scenario.fields import Tick, Whole
from paysim_engine.scenario.sections.base import Section


class Escalation(Section):
    """Payments gain priority as their deadline comes near. `linear` is the only curve there is."""

    enabled: bool = False
    curve: Literal["linear"] = "linear"
    start_escalating_at_ticks: Tick = 20
    max_boost: Annotated[int, Whole(0, 10)] = 3
