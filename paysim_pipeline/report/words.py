"""Text for a page: figures as people read them, tables, everything from the warehouse escaped.

Belongs here: the look of values and tables in HTML. Does not belong here: which ones are shown.
"""

from collections.abc import Sequence
from html import escape

from paysim_pipeline.cli.output import count, money, percent

__all__ = ["count", "details", "escape", "money", "names", "percent", "plural", "table"]


def names(agents: Sequence[str], most: int = 8) -> str:
    """Names in a row; of many the first ones and how many more."""
    more = f" and {len(agents) - most} more" if len(agents) > most else ""
    return ", ".join(agents[:most]) + more


def plural(number: int, thing: str) -> str:
    """A number of things, as in "1 day", "2 days"."""
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1, caption: str = "") -> str:
    """A table; cells are plain text and are escaped here.

    Args:
        columns: headings.
        rows: cells.
        text: so many first columns hold text; the others hold figures and stand to the right.
        caption: a line above it.
    """

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{'' if place < text else ' class=figure'}>{escape(cell)}</{tag}>" for place, cell in enumerate(row)
        )

    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table>{head}<thead><tr>{cells("th", columns)}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def details(summary: str, inside: str) -> str:
    """What is folded away until somebody asks for it; `inside` is HTML."""
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>"
