"""`simulation`: the clock and the seed (06 §4)."""

from typing import Annotated, Self

from pydantic import model_validator

from paysim_engine.scenario.bounds import DAYS_MAX, SEED_MAX, TICKS_PER_DAY_MAX, TOTAL_TICKS_MAX, readable
from paysim_engine.scenario.fields import Whole, broken
from paysim_engine.scenario.sections.base import Section


class Simulation(Section):
    """How long the run is, and the seed of its one random generator. There is no default seed."""

    ticks_per_day: Annotated[int, Whole(1, TICKS_PER_DAY_MAX)]
    num_days: Annotated[int, Whole(1, DAYS_MAX)]
    rng_seed: Annotated[int, Whole(0, SEED_MAX)]

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.total_ticks > TOTAL_TICKS_MAX:
            raise broken(f"ticks_per_day x num_days must be at most {readable(TOTAL_TICKS_MAX)} ticks")
        return self

    @property
    def total_ticks(self) -> int:
        """Ticks of the whole run."""
        return self.ticks_per_day * self.num_days
