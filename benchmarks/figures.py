"""Figures with their targets, as a table for people and as JSON for keeping.

Belongs here: what a figure is, and how figures are shown. Does not belong here: any measurement.
"""

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import paysim_engine

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        case: the case it belongs to.
        quantity: what the value is, for instance "steps per payment".
        value: the value; None if the case was skipped.
        target: the value to reach; None if there is none.
        at_least: whether larger values are better.
        tolerance: the target is a middle, from which the value may differ by this much; None if it is a bound.
        measured: what was measured, in words.
        details: what was measured, as numbers.
    """

    case: str
    quantity: str
    value: float | None
    target: float | None = None
    at_least: bool = False
    tolerance: float | None = None
    measured: str = ""
    details: dict[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None if there is nothing to compare."""
        if self.value is None or self.target is None:
            return None
        if self.tolerance is not None:
            return abs(self.value - self.target) <= self.tolerance
        return self.value >= self.target if self.at_least else self.value <= self.target


def show(figures: Sequence[Figure], console: Console, *, judged: bool = True) -> None:
    """Print the figures as a table; `judged` says for each whether its target is reached."""
    table = Table("case", "measured", "figure", "target", "")
    case = ""
    for figure in figures:
        if figure.case != case and case:
            table.add_section()
        table.add_row(
            figure.case if figure.case != case else "",
            figure.measured,
            "skipped" if figure.value is None else f"{number(figure.value)} {figure.quantity}",
            _target(figure),
            {True: "reached", False: "missed", None: ""}[figure.reached if judged else None],
        )
        case = figure.case
    console.print(table)


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    if figure.tolerance is not None:
        return f"{number(figure.target)} ± {number(figure.tolerance)}"
    return f"{'≥' if figure.at_least else '≤'} {number(figure.target)}"


def number(value: float) -> str:
    """A number with three digits that count, and commas where it is long."""
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def circumstances(loop: float) -> dict[str, Any]:
    """What a kept figure must be read with: commit, engine, machine, and L in steps per second."""
    return {
        "commit": _commit(),
        "engine": paysim_engine.__version__,
        "compiled": paysim_engine.is_compiled(),
        "machine": _processor(),
        "python": platform.python_version(),
        "loop_steps_per_second": loop,
    }


def keep(figures: Sequence[Figure], loop: float, path: Path) -> None:
    """Write the figures as JSON."""
    data = circumstances(loop) | {"figures": [asdict(figure) | {"reached": figure.reached} for figure in figures]}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _commit() -> str:
    """The commit that is checked out, with a `+` if files differ from it; empty outside a checkout."""
    git = ["git", "-C", str(ROOT)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.machine()
