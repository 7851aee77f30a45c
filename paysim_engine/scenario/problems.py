"""What is wrong with a scenario file, and the one report that says so.

Belongs here: the problem, and the error that carries all of them. Does not belong here: any rule of the scenario file
(`sections`, `cross_checks`), how values and names are worded (`paysim_engine.wording`), or how pydantic words its
findings (`explain`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from paysim_engine.wording import printable, show


class _Missing:
    """The value of a problem that is not about a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Stands for "no offending value": an absent key, an unknown key, a file that cannot be read."""

_REPORTED = 200
"""Problems that a report prints; `ScenarioError.problems` has them all."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a scenario file.

    Attributes:
        path: Key path from the top of the file, such as `agents[2].arrival_config.deadline_range`; empty for the
            file as a whole.
        value: The offending value, or `MISSING`.
        message: The rule that is broken, without the path and the value.
        hint: What to do about it; empty if there is nothing to add.
        line: Line of the file, counted from 1, where known.
    """

    path: str
    value: object
    message: str
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        name = f"{self.path}: " if self.path else ""
        got = "" if self.value is MISSING else f", got {show(self.value)}"
        return printable(f"{place}{name}{self.message}{got}.{' ' + self.hint if self.hint else ''}")

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON-able data; `value` is left out where there is none."""
        result: dict[str, object] = {"path": self.path, "message": self.message, "hint": self.hint, "line": self.line}
        if self.value is not MISSING:
            result["value"] = show(self.value)
        return result


class ScenarioError(ValueError):
    """A scenario that cannot be used. Carries every problem found, and prints as one report.

    Attributes:
        source: The file, or a word for where the scenario came from.
        problems: All findings, in the order of their paths.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        super().__init__(source, problems)
        self.source = source
        self.problems = list(problems)

    def __str__(self) -> str:
        return report(self.source, self.problems, "problem")


def report(source: str, problems: Sequence[Problem], noun: str) -> str:
    """All problems under one heading: `<source>: 3 problems`, then one indented line each."""
    count = len(problems)
    lines = [f"{printable(source)}: {count} {noun}{'' if count == 1 else 's'}"]
    lines += [f"  {problem}" for problem in problems[:_REPORTED]]
    if count > _REPORTED:
        lines.append(f"  ... and {count - _REPORTED} more")
    return "\n".join(lines)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by path, list positions compared as numbers; repeated ones once."""
    unique = {(problem.path, problem.message, show(problem.value)): problem for problem in problems}
    return sorted(unique.values(), key=lambda problem: _sortable(problem.path))


def _sortable(path: str) -> list[str | int]:
    # Splitting with one group puts text at even and digits at odd places, so that like meets like.
    pieces = re.split(r"(\d+)", path)
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
