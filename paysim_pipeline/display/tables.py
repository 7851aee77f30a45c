"""Columns of plain text.

Belongs here: padding cells to equal widths. Does not belong here: what stands in them.
"""

from collections.abc import Sequence
from unicodedata import combining, east_asian_width

GAP = "  "


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def _width(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def columns(rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Rows as lines with aligned columns; a column that is empty everywhere is left out.

    Args:
        rows: cells; all rows have as many as `align` has characters.
        align: `<` or `>` for each column: left or right.
    """
    widths = [max((width(row[i]) for row in rows), default=0) for i in range(len(align))]
    used = [i for i, widest in enumerate(widths) if widest]
    return [GAP.join(_padded(row[i], widths[i], align[i]) for i in used).rstrip() for row in rows]


def _padded(cell: str, wanted: int, side: str) -> str:
    blanks = " " * (wanted - width(cell))
    return blanks + cell if side == ">" else cell + blanks
