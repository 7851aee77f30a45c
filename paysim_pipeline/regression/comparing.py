"""What differs between a baseline and a run, in figures and in plain words.

Belongs here: differences, whether they are within the tolerance, and the sentences about them. Does not belong here:
how they are shown.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from paysim_pipeline.regression.baseline import Baseline
from paysim_pipeline.regression.measuring import Measured
from paysim_pipeline.regression.metrics import METRICS, Figure

_NAMED: Final = 3
"""Figures in a sentence; the table that stands beside it has all of them."""


@dataclass(frozen=True)
class Difference:
    """A figure, then and now.

    Attributes:
        metric: its name.
        unit: its unit; empty for one that is no longer measured.
        old, new: of the baseline and of the run; None if there is none.
        tolerance: how far `new` may be off `old`.
        kept, measured: whether the baseline and the run know this figure at all.
    """

    metric: str
    unit: str
    old: Figure
    new: Figure
    tolerance: int | float
    kept: bool = True
    measured: bool = True

    @property
    def difference(self) -> int | float | None:
        """New less old, fractions as people would write them down; None if one of them is missing."""
        if self.old is None or self.new is None:
            return None
        if isinstance(self.old, int) and isinstance(self.new, int):
            return self.new - self.old
        # Of what is written in a baseline: in binary, 0.3 - 0.2 is not 0.1, and a tolerance of 0.1 would be exceeded.
        return float(Decimal(repr(self.new)) - Decimal(repr(self.old)))

    @property
    def drifted(self) -> bool:
        """Whether it is further off than tolerated."""
        if not (self.kept and self.measured):
            return True
        if self.difference is None:
            return self.old is not self.new
        return abs(self.difference) > self.tolerance

    def words(self) -> str:
        """What became of this figure, in a few words."""
        if not self.kept:
            return f"{self.metric} is not in the baseline (now {spelled(self.new)})"
        if not self.measured:
            return f"{self.metric} is in the baseline ({spelled(self.old)}), but is no longer measured"
        step = self.difference
        sign = "" if step is None else f" ({signed(step)}{_unit(self.unit)})"
        return f"{self.metric} was {spelled(self.old)} and is {spelled(self.new)}{sign}; tolerance {self.tolerance}"


@dataclass(frozen=True)
class Comparison:
    """A baseline and a run of the same scenario.

    Attributes:
        baseline: what was accepted.
        measured: what the scenario gives now.
        differences: every figure, in the order of `METRICS`.
    """

    baseline: Baseline
    measured: Measured
    differences: tuple[Difference, ...]

    @property
    def drifted(self) -> tuple[Difference, ...]:
        """The figures that are further off than tolerated."""
        return tuple(difference for difference in self.differences if difference.drifted)

    @property
    def scenario_changed(self) -> bool:
        """Whether the scenario is another than the one that was accepted."""
        ours, theirs = self.baseline, self.measured
        return (ours.fingerprint, ours.seed, ours.num_days) != (theirs.fingerprint, theirs.seed, theirs.num_days)

    @property
    def events_differ(self) -> bool:
        """Whether other events happened."""
        return self.baseline.events_digest != self.measured.events_digest

    @property
    def passed(self) -> bool:
        """Whether everything is as it was accepted."""
        return not (self.drifted or self.scenario_changed or self.events_differ)

    def scenario_words(self) -> str:
        """A sentence about the scenario itself."""
        name = self.measured.scenario
        if self.scenario_changed:
            return (
                f"{name}: the scenario changed since its baseline was accepted (fingerprint "
                f"{self.baseline.fingerprint[:12]} then, {self.measured.fingerprint[:12]} now), "
                f"so other results are to be expected; look at them, then 'paysim baseline accept {name}'"
            )
        return f"{name}: the scenario is the one that was accepted"

    def metric_words(self) -> str:
        """A sentence about the figures."""
        name = self.measured.scenario
        if self.drifted:
            words = [difference.words() for difference in self.drifted[:_NAMED]]
            more = len(self.drifted) - len(words)
            return f"{name}: " + "; ".join([*words, f"and {more} more"] if more else words)
        return f"{name}: all {len(self.differences)} metrics are within their tolerance"

    def event_words(self) -> str:
        """A sentence about the events."""
        name, old, new = self.measured.scenario, self.baseline.events_digest, self.measured.events_digest
        if not self.events_differ:
            return f"{name}: the events are the same"
        digests = f"digest {old[:12]} then, {new[:12]} now"
        if self.drifted:
            return f"{name}: events differ, and so do metrics ({digests})"
        engines = (self.baseline.engine_version, self.measured.engine_version)
        engine = f"; engine {engines[0]} then, {engines[1]} now" if engines[0] != engines[1] else ""
        return f"{name}: events differ though all metrics agree ({digests}{engine})"

    def problems(self) -> list[str]:
        """What is not as it was accepted, a sentence each; empty if everything is."""
        found = (
            (self.scenario_changed, self.scenario_words),
            (bool(self.drifted), self.metric_words),
            (self.events_differ, self.event_words),
        )
        return [words() for differs, words in found if differs]


def compare(baseline: Baseline, measured: Measured) -> Comparison:
    """Compare a run with the baseline of its scenario."""
    units = {metric.name: metric.unit for metric in METRICS}
    names = [*units, *(name for name in sorted(baseline.metrics) if name not in units)]
    return Comparison(
        baseline,
        measured,
        tuple(
            Difference(
                name,
                units.get(name, ""),
                baseline.metrics.get(name),
                measured.metrics.get(name),
                baseline.tolerance(name),
                kept=name in baseline.metrics,
                measured=name in measured.metrics,
            )
            for name in names
        ),
    )


def spelled(figure: Figure) -> str:
    """A figure as text: thousands of whole numbers separated, a dash for none."""
    return "–" if figure is None else f"{figure:,}" if isinstance(figure, int) else f"{figure:.9g}"


def signed(step: float | None) -> str:
    """A difference as text, with its sign; a dash for none."""
    if step is None:
        return "–"
    return f"{step:+,}" if isinstance(step, int) else f"{step:+.3g}"


def _unit(unit: str) -> str:
    return f" {unit}" if unit in ("cents", "ticks") else ""
