"""Small pictures for the metadata of an asset, without a plotting library.

Belongs here: lines in a rectangle as an SVG image in Markdown. Does not belong here: the figures of reports (`report`).
"""

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

    from paysim_engine.bundle import Bundle

# Okabe and Ito's colours, which people of all kinds of colour vision can tell apart.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_WIDTH: Final = 480
_HEIGHT: Final = 120
_HEAD: Final = 18
"""Height of the title above the rectangle, in pixels."""
_POINTS: Final = 160


def balances(bundle: "Bundle", connection: "duckdb.DuckDBPyConnection") -> str:
    """The balances of a run's agents over time; of more than six agents those whose balance moves most.

    Args:
        bundle: the run.
        connection: a database to compute in.

    Returns:
        Markdown with an inline image, at most some 20 kB.
    """
    rows = connection.execute(
        """
        with ticks as (
            select agent_no, tick, balance from read_parquet($1)
        ),
        buckets as (
            select
                agent_no,
                tick * $3 // (select max(tick) + 1 from ticks) as bucket,
                arg_max(balance, tick) as balance
            from ticks
            group by all
        ),
        shown as (
            select agent_no, max(balance) - min(balance) as swing
            from ticks
            group by agent_no
            order by swing desc, agent_no
            limit $4
        )
        select agents.agent_id, list(buckets.balance order by buckets.bucket)
        from shown
        join buckets using (agent_no)
        join read_parquet($2) as agents using (agent_no)
        group by agents.agent_id, shown.swing, agent_no
        order by agent_no
        """,
        [str(bundle.path("agent_ticks")), str(bundle.path("agents")), _POINTS, len(_COLOURS)],
    ).fetchall()
    return image("balances over the run, in cents", dict(rows))


def image(title: str, lines: Mapping[str, Sequence[float]]) -> str:
    """Lines over a common axis, as Markdown with an inline SVG image.

    Args:
        title: what the lines are, and their unit; the highest and the lowest value stand beside them.
        lines: name -> values, evenly spaced over the run.
    """
    if not any(lines.values()):
        return "nothing to show"
    svg = _svg(title, lines)
    data = base64.b64encode(svg.encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{data})"


def _svg(title: str, lines: Mapping[str, Sequence[float]]) -> str:
    values = [value for line in lines.values() for value in line]
    low, high = min(values), max(values)
    span = (high - low) or 1

    def height(value: float) -> float:
        return round(_HEAD + 4 + (_HEIGHT - 8) * (high - value) / span, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH + 150}" height="{_HEAD + _HEIGHT}" '
        f'font-family="sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="#ffffff"/><text class="title" y="12">{_escaped(title)}</text>'
        f'<rect y="{_HEAD}" width="{_WIDTH}" height="{_HEIGHT}" fill="#f6f6f6"/>'
    ]
    if low < 0 < high:
        parts.append(f'<path d="M0 {height(0)}H{_WIDTH}" stroke="#999" stroke-dasharray="3"/>')
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        step = _WIDTH / max(1, len(line) - 1)
        points = " ".join(f"{place * step:.1f},{height(value)}" for place, value in enumerate(line))
        if len(line) == 1:
            points += f" {_WIDTH},{height(line[0])}"
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        place = f'x="{_WIDTH + 8}" y="{_HEAD + 14 + 18 * number}"'
        parts.append(f'<text class="name" {place} fill="{colour}">{_escaped(name)}</text>')
    for value, y in ((high, _HEAD + 12), (low, _HEAD + _HEIGHT - 4)):
        parts.append(f'<text class="bound" x="4" y="{y}" fill="#666">{value:,.10g}</text>')
    return "".join([*parts, "</svg>"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
