"""Columns of plain text.

Belongs here: padding cells to equal widths. Does not belong here: what stands in them.
"""

from collections.abc import Sequence

from paysim_pipeline.cli.output import width

GAP = "  "


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
