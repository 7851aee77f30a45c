"""Rows into charts: Vega-Lite specifications, made with altair.

Belongs here: marks, axes, colours, what is shown under the pointer. Does not belong here: questions, or words around a
chart. Colours are Okabe and Ito's, which people of all kinds of colour vision can tell apart. Amounts come in cents and
are drawn in units. No chart has a selection, since altair would number those through the life of the process.
"""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from paysim_pipeline.warehouse.queries_base import Record

Spec = dict[str, Any]

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
_SHORT: Final = "replace(format(datum.value, '.3~s'), 'G', 'bn')"
_MONEY: Final = ",.2f"
_HEIGHT: Final = 260


def _units(rows: Sequence[Record], *fields: str) -> list[Record]:
    return [row | {field: row[field] / 100 for field in fields} for row in rows]


def _colour(field: str, domain: Sequence[str], title: str | None = None) -> alt.Color:
    scale = alt.Scale(domain=list(domain), range=[COLOURS[place % len(COLOURS)] for place in range(len(domain))])
    return alt.Color(f"{field}:N", title=title, scale=scale)


def _distinct(rows: Sequence[Record], field: str) -> list[str]:
    return list(dict.fromkeys(row[field] for row in rows))


def _time(title: str = "tick") -> alt.X:
    return alt.X("tick:Q", title=title, axis=alt.Axis(format=",d", tickMinStep=1), scale=alt.Scale(nice=False))


def _amount(field: str, title: str, *, zero: bool = True, stack: bool = False) -> alt.Y:
    axis = alt.Axis(labelExpr=_SHORT)
    return alt.Y(f"{field}:Q", title=title, axis=axis, scale=alt.Scale(zero=zero), stack="zero" if stack else None)


def _finished(chart: Any, height: int = _HEIGHT) -> Spec:
    made: Spec = chart.properties(width="container", height=height).to_dict()
    made.pop("config", None)
    return made


def _chart(rows: Sequence[Record]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def balances(rows: Sequence[Record], limits: Sequence[Record]) -> Spec:
    """A line per bank; its overdraft limit, below which its balance may not fall, dashed in the same colour."""
    banks = _distinct(rows, "agent_id")
    lines = (
        _chart(_units(rows, "balance"))
        .mark_line(interpolate="step-after", strokeWidth=1.5, point={"size": 30, "opacity": 0})
        .encode(
            x=_time(),
            y=_amount("balance", "balance"),
            color=_colour("agent_id", banks, "bank"),
            tooltip=[
                alt.Tooltip("agent_id:N", title="bank"),
                alt.Tooltip("tick:Q", format=","),
                alt.Tooltip("balance:Q", format=_MONEY),
            ],
        )
    )
    floor = [row | {"limit": -row["overdraft_limit"] / 100} for row in _changes(limits, "overdraft_limit")]
    dashes = (
        _chart([{key: row[key] for key in ("agent_id", "tick", "limit")} for row in floor])
        .mark_line(interpolate="step-after", strokeWidth=1, strokeDash=[5, 4])
        .encode(
            x=_time(),
            y=_amount("limit", "balance"),
            color=_colour("agent_id", banks, "bank"),
            tooltip=[
                alt.Tooltip("agent_id:N", title="bank"),
                alt.Tooltip("limit:Q", title="may fall to", format=_MONEY),
            ],
        )
    )
    return _finished(alt.layer(dashes, lines), 320)


def _changes(rows: Sequence[Record], field: str) -> list[Record]:
    """The first and last row of each bank, and those where the field is not what it was."""
    kept = []
    for place, row in enumerate(rows):
        before = rows[place - 1] if place else None
        after = rows[place + 1] if place + 1 < len(rows) else None
        first = before is None or before["agent_id"] != row["agent_id"]
        last = after is None or after["agent_id"] != row["agent_id"]
        if first or last or (before is not None and before[field] != row[field]):
            kept.append(row)
    return kept


def queues(rows: Sequence[Record], measure: str) -> Spec:
    """Steps of both queues; `measure` is `payments` or `value`."""
    money = measure == "value"
    title = "value waiting" if money else "payments waiting"
    shown = alt.Tooltip(f"{measure}:Q", title=title, format=_MONEY if money else ",")
    chart = (
        _chart([{**row, "value": row["value"] / 100} for row in rows])
        .mark_line(interpolate="step-after", strokeWidth=1.5, point={"size": 30, "opacity": 0})
        .encode(
            x=_time(),
            y=_amount(measure, title),
            color=_colour("queue", _distinct(rows, "queue")),
            tooltip=[alt.Tooltip("queue:N"), alt.Tooltip("tick:Q", format=","), shown],
        )
    )
    return _finished(chart, 200)


def settled(rows: Sequence[Record]) -> Spec:
    """Areas upon each other: value settled so far by mechanism."""
    chart = (
        _chart(_units(rows, "value"))
        .mark_area(line={"strokeWidth": 1}, opacity=0.75, point={"size": 30, "opacity": 0})
        .encode(
            x=_time(),
            y=_amount("value", "value settled so far", stack=True),
            color=_colour("mechanism", _distinct(rows, "mechanism")),
            tooltip=[
                alt.Tooltip("mechanism:N"),
                alt.Tooltip("tick:Q", format=","),
                alt.Tooltip("value:Q", title="settled so far", format=_MONEY),
            ],
        )
    )
    return _finished(chart)


def throughput(rows: Sequence[Record], series: str = "flow") -> Spec:
    """Lines over the ticks of the day: share of the value that arrived; `series` names the lines."""
    chart = (
        _chart(_units(rows, "value"))
        .mark_line(interpolate="linear", strokeWidth=2, point={"size": 30, "opacity": 0})
        .encode(
            x=_time("tick of the day"),
            y=alt.Y("share:Q", title="share of the value that arrived", axis=alt.Axis(format=".0%")),
            color=_colour(series, _distinct(rows, series)),
            tooltip=[
                alt.Tooltip(f"{series}:N"),
                alt.Tooltip("tick:Q", title="tick of the day", format=","),
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("value:Q", format=_MONEY),
            ],
        )
    )
    return _finished(chart)


def cost_bars(rows: Sequence[Record], kinds: Sequence[str], by: str) -> Spec:
    """Bars of costs by kind; `by` is `bank` (lying) or `day` (standing)."""
    order = list(dict.fromkeys(str(row[by]) for row in rows))
    amount: dict[str, Any] = {"title": "cost", "axis": alt.Axis(labelExpr=_SHORT), "stack": "zero"}
    place: dict[str, Any] = {"title": by, "sort": order}
    chart = _chart(_units(rows, "cost")).mark_bar()
    if by == "bank":
        placed = chart.encode(x=alt.X("cost:Q", **amount), y=alt.Y("bank:N", **place))
    else:
        axis = alt.Axis(labelAngle=0, labelOverlap="greedy")
        placed = chart.encode(x=alt.X("day:O", axis=axis, **place), y=alt.Y("cost:Q", **amount))
    chart = placed.encode(
        color=_colour("kind", kinds),
        tooltip=[alt.Tooltip(f"{by}:N"), alt.Tooltip("kind:N"), alt.Tooltip("cost:Q", format=_MONEY)],
    )
    return _finished(chart, max(90, 22 * len(order) + 30) if by == "bank" else 200)


def cost_map(rows: Sequence[Record]) -> Spec:
    """A field per bank and day, the darker the costlier."""
    order = _distinct(rows, "bank")
    chart = (
        _chart(_units(rows, "cost"))
        .mark_rect()
        .encode(
            x=alt.X("day:O", axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
            y=alt.Y("bank:N", sort=order),
            color=alt.Color(
                "cost:Q", scale=alt.Scale(scheme="cividis", reverse=True), legend=alt.Legend(labelExpr=_SHORT)
            ),
            tooltip=[alt.Tooltip("bank:N"), alt.Tooltip("day:O"), alt.Tooltip("cost:Q", format=_MONEY)],
        )
    )
    return _finished(chart, max(90, 20 * len(order) + 30))


def compared_costs(rows: Sequence[Record]) -> Spec:
    """Bars of each bank's total cost, one per run beside each other."""
    banks, runs = _distinct(rows, "bank"), _distinct(rows, "run")
    chart = (
        _chart(_units(rows, "cost"))
        .mark_bar()
        .encode(
            x=alt.X("cost:Q", title="total cost", axis=alt.Axis(labelExpr=_SHORT)),
            y=alt.Y("bank:N", sort=banks),
            yOffset=alt.YOffset("run:N", sort=runs),
            color=_colour("run", runs),
            tooltip=[alt.Tooltip("bank:N"), alt.Tooltip("run:N"), alt.Tooltip("cost:Q", format=_MONEY)],
        )
    )
    return _finished(chart, max(90, (8 + 12 * len(runs)) * len(banks)))


def cycles(rows: Sequence[Record]) -> Spec:
    """A point per settlement by netting: when, how much it settled; the shape and colour tell the algorithm."""
    algorithms = sorted(_distinct(rows, "algorithm"))
    chart = (
        _chart(_units(rows, "total_value", "settled_value", "liquidity_saved"))
        .mark_point(filled=True, size=70, opacity=0.8)
        .encode(
            x=_time(),
            y=_amount("total_value", "value settled at once"),
            color=_colour("algorithm", algorithms),
            shape=alt.Shape("algorithm:N", scale=alt.Scale(domain=algorithms), title=None),
            tooltip=[
                alt.Tooltip("banks:N", title="who"),
                alt.Tooltip("tick:Q", format=","),
                alt.Tooltip("num_transactions:Q", title="payments", format=","),
                alt.Tooltip("total_value:Q", title="gross", format=_MONEY),
                alt.Tooltip("settled_value:Q", title="net", format=_MONEY),
                alt.Tooltip("liquidity_saved:Q", title="saved", format=_MONEY),
            ],
        )
    )
    return _finished(chart)


def collateral(rows: Sequence[Record]) -> Spec:
    """Steps of the collateral that each bank has posted."""
    shown = _units(_changes(rows, "posted_collateral"), "posted_collateral")
    chart = (
        _chart([{key: row[key] for key in ("agent_id", "tick", "posted_collateral")} for row in shown])
        .mark_line(interpolate="step-after", strokeWidth=1.5, point={"size": 30, "opacity": 0})
        .encode(
            x=_time(),
            y=_amount("posted_collateral", "collateral posted"),
            color=_colour("agent_id", _distinct(rows, "agent_id"), "bank"),
            tooltip=[
                alt.Tooltip("agent_id:N", title="bank"),
                alt.Tooltip("tick:Q", format=","),
                alt.Tooltip("posted_collateral:Q", title="posted", format=_MONEY),
            ],
        )
    )
    return _finished(chart, 220)


def delays(rows: Sequence[Record]) -> Spec:
    """Bars: payments by the number of ticks they waited."""
    shown = [row | {"value": row["value"] / 100, "end": row["last"] + 1} for row in rows]
    chart = (
        _chart(shown)
        .mark_bar(color=COLOURS[0], stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("first:Q", bin="binned", title="ticks from arrival to settlement", axis=alt.Axis(tickMinStep=1)),
            x2="end:Q",
            y=alt.Y("payments:Q", axis=alt.Axis(labelExpr=_SHORT, tickMinStep=1)),
            tooltip=[
                alt.Tooltip("first:Q", title="from ticks", format=","),
                alt.Tooltip("last:Q", title="to ticks", format=","),
                alt.Tooltip("payments:Q", format=","),
                alt.Tooltip("value:Q", format=_MONEY),
            ],
        )
    )
    return _finished(chart, 220)
