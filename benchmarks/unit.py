"""The unit of all figures: L, steps per second of a bare compiled loop, measured beside what it measures.

Belongs here: the loop's speed, and repeated measurements in terms of it. Does not belong here: what is measured.

The speed of a shared machine drifts by half within a minute. So the loop runs before and after every single
measurement, a figure is the median of `seconds x L` over the repetitions, and never of seconds alone.
"""

import gc
import statistics
import time
from collections.abc import Callable

from paysim_engine.yardstick import run_loop

LOOP_STEPS = 2_000_000
"""Steps of the loop in one measurement of L, about 0.1 s."""

INTERPRETED_STEPS = 20_000
"""The same where the loop is not compiled: there only the programs are tried out."""


class Unit:
    """Measures L, and other things in terms of it.

    Args:
        steps: length of the loop.

    Attributes:
        speeds: every L measured so far, in steps per second.
    """

    def __init__(self, steps: int = LOOP_STEPS) -> None:
        self.steps = steps
        self.speeds: list[float] = []
        # Once for nothing: the first loop of a process waits for its memory, and would halve every figure beside it.
        run_loop(steps)

    def speed(self) -> float:
        """L now, in steps per second of CPU time."""
        gc.collect()
        start = time.process_time()
        run_loop(self.steps)
        self.speeds.append(self.steps / (time.process_time() - start))
        return self.speeds[-1]

    def measure(self, run: Callable[[], float], repeats: int) -> tuple[float, float]:
        """Run something several times.

        Args:
            run: does the work and returns the seconds that count.
            repeats: how often.

        Returns:
            The medians of its seconds and of its length in steps of the loop.
        """
        seconds: list[float] = []
        steps: list[float] = []
        before = self.speed()
        for _ in range(repeats):
            seconds.append(run())
            after = self.speed()
            steps.append(seconds[-1] * (before + after) / 2)
            before = after
        return statistics.median(seconds), statistics.median(steps)

    @property
    def median(self) -> float:
        """L over all measurements, in steps per second."""
        return statistics.median(self.speeds)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all threads together, while `work` runs."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def wall_seconds(work: Callable[[], object]) -> float:
    """Seconds on the clock while `work` runs."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
