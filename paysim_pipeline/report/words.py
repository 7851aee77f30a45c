"""Text for a page: figures as people read them, tables, everything from the warehouse escaped.

Belongs here: the look of values and tables in HTML, and what things are called. Does not belong here: which ones are
shown.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from paysim_pipeline.cli.output import count, money, percent, plural

__all__ = ["COSTS", "MECHANISMS", "count", "details", "escape", "money", "names", "percent", "plural", "table"]

MECHANISMS: Final = {
    "immediate": "immediate",
    "queue2": "from Queue 2",
    "bilateral": "bilateral netting",
    "cycle": "cycle netting",
    "multilateral": "multilateral netting",
    "entry_offset": "offset on entry",
}
"""How a payment settles, or an algorithm nets: the models' word -> what a page calls it. The order is that of areas and
colours."""

COSTS: Final = {
    "liquidity_cost": "overdraft",
    "delay_cost": "delay",
    "collateral_cost": "collateral",
    "penalty_cost": "penalties",
    "split_friction_cost": "splitting",
    "liquidity_opportunity_cost": "pool liquidity",
}
"""Column of `daily_costs` -> what it is called."""


def names(agents: Sequence[str], most: int = 8) -> str:
    """Names in a row; of many the first ones and how many more."""
    more = f" and {len(agents) - most} more" if len(agents) > most else ""
    return ", ".join(agents[:most]) + more


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    text: int = 1,
    silent: bool = False,
    groups: Sequence[tuple[int, str]] = (),
) -> str:
    """A table; cells are plain text and are escaped here.

    Args:
        columns: headings.
        rows: cells; the first of a row names it.
        caption: what the table shows; a line above it.
        text: so many first columns hold text; the others hold figures and stand to the right.
        silent: the caption is only read out, since the page says the same above it.
        groups: number of a row and the heading above it and those that follow.
    """

    def attribute(place: int) -> str:
        return "" if place < text else ' class="figure"'

    def row_of(cells: Sequence[str]) -> str:
        head, *others = cells
        return f'<tr><th scope="row">{escape(head)}</th>' + "".join(
            f"<td{attribute(place)}>{escape(cell)}</td>" for place, cell in enumerate(others, 1)
        ) + "</tr>"  # fmt: skip

    headings = "".join(f'<th scope="col"{attribute(place)}>{escape(cell)}</th>' for place, cell in enumerate(columns))
    lines = []
    above = dict(groups)
    for number, row in enumerate(rows):
        if number in above:
            lines.append(
                f'<tr class="group"><th scope="rowgroup" colspan="{len(columns)}">{escape(above[number])}</th></tr>'
            )
        lines.append(row_of(row))
    body = "\n".join(lines)
    unseen = ' class="unseen"' if silent else ""
    # A part that scrolls must be in reach of the keyboard.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption{unseen}>{escape(caption)}</caption>"
        f"<thead><tr>{headings}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


def details(summary: str, inside: str) -> str:
    """What is folded away until somebody asks for it or prints the page; `inside` is HTML."""
    return f'<details class="more"><summary>{escape(summary)}</summary>{inside}</details>'
