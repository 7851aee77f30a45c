"""Words for reports: values as they stand in a file, key paths, and what may have been meant.

Belongs here: what every report about a document needs, whatever the document. Does not belong here: any rule, or the
layout of a report (`scenario.problems`). Apart from both so that policies need nothing of scenarios.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

_SHOWN = 60
"""Characters of an offending value that a report shows."""

_LISTED = 30
"""Valid names that a hint lists."""


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
