"""What is wrong with a scenario file, and the one report that says so.

Belongs here: the problem, the error that carries all of them, and the search for a nearest name. Does not belong
here: any rule of the scenario file (`sections`, `cross_checks`), or how pydantic words its findings (`explain`).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final


class _Missing:
    """The value of a problem that is not about a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""Stands for "no offending value": an absent key, an unknown key, a file that cannot be read."""

_SHOWN = 60
"""Characters of an offending value that a report shows."""

_LISTED = 30
"""Valid names that a hint lists."""

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


def show(value: object) -> str:
    """A value as it would stand in the file, shortened; control characters are escaped."""
    if isinstance(value, str | bool | int | float | None):
        try:
            text = json.dumps(value, ensure_ascii=False)
        except ValueError:  # an integer with more digits than Python converts
            return "a very long number"
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: …" for key in list(value)[:4]) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(show(item) for item in value[:8]) + (", …" if len(value) > 8 else "") + "]"
    else:
        text = str(value)
    text = printable(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def printable(text: str) -> str:
    """Text without characters that could command a terminal or break the line."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)


def join_path(parts: Iterable[str | int], path: str = "") -> str:
    """A key path in words: `agents[0].limits.bilateral_limits["BANK A"]`; continues `path` if given."""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z_<][\w-]*", part):
            path += f".{part}" if path else part
        else:
            path += f"[{show(part)}]"
    return path


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name closest to `name`, if close enough to be what was meant.

    Close enough is an edit distance of at most 2, or of at most a third of the name's length; letters of the other
    case count as equal first. A name that would have to be replaced altogether is never offered.
    """
    best: tuple[int, int, str] | None = None
    folded = name.casefold()
    limit = max(2, len(name) // 3)
    for candidate in valid:
        if abs(len(candidate) - len(name)) > limit:
            continue
        distance = edit_distance(folded, candidate.casefold())
        rank = (distance, edit_distance(name, candidate), candidate)
        if distance <= limit and distance < max(len(name), len(candidate)) and (best is None or rank < best):
            best = rank
    return best[2] if best else None


def edit_distance(left: str, right: str) -> int:
    """Levenshtein distance: insertions, deletions and replacements of one character."""
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(right, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row[-1]


def suggestion(name: object, valid: Sequence[str], noun: str = "names") -> str:
    """The usual hint for a wrong word: the nearest valid one, else all of them."""
    meant = nearest(name, valid) if isinstance(name, str) and len(name) <= 200 else None
    if meant is not None:
        return f'Did you mean "{meant}"?'
    more = ", …" if len(valid) > _LISTED else ""
    return f"Valid {noun}: {', '.join(valid[:_LISTED])}{more}."
