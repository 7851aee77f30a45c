"""The cases: what each is called, and which function measures it.

Belongs here: the list, and what a measuring function is given. Does not belong here: measuring.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.unit import Unit


@dataclass
class Bench:
    """What a measuring function works with.

    Attributes:
        unit: measures in terms of the loop.
        quick: everything small and once, to see that it runs.
        repeats: how often to measure otherwise.
        folder: for files; removed at the end.
    """

    unit: Unit
    quick: bool
    repeats: int
    folder: Path

    def times(self, most: int | None = None) -> int:
        """How often to measure: once if quick, and not more often than `most`."""
        return 1 if self.quick else min(self.repeats, most or self.repeats)


@dataclass(frozen=True)
class Case:
    """A benchmark.

    Attributes:
        name: short name, kept over time so that figures can be compared.
        measure: measures it.
        on_request: measured only if it is asked for, because it takes minutes.
    """

    name: str
    measure: Callable[["Case", Bench], list[Figure]]
    on_request: bool = False


def cases() -> list[Case]:
    """All cases, in the order of the table."""
    from benchmarks import engine, growth, loading, parallel, startup

    return [*engine.CASES, *growth.CASES, *loading.CASES, *startup.CASES, *parallel.CASES]
