"""Rows over time into charts.

Belongs here: the charts whose axis is time. Does not belong here: other charts (`bars`), what charts share (`drawing`),
questions, words around a chart. A value "at the end of a tick" is drawn from that tick to the next, in steps.
"""

from collections.abc import Mapping, Sequence

import altair as alt

from paysim_pipeline.report.drawing import (
    GLYPHS,
    MONEY,
    SHORT,
    Clock,
    Spec,
    among,
    amount,
    chart,
    closed,
    colour,
    distinct,
    finished,
    pointed,
    units,
)
from paysim_pipeline.report.words import MECHANISMS
from paysim_pipeline.warehouse.queries_base import Record

_GREY = "#8c8c8c"
_BLUE = "#0072b2"
# 1, 2 and 5 times a power of ten: an axis of magnitudes has no room for all others.
_ROUND = "indexof([1, 2, 5], round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))) >= 0"


def balances(rows: Sequence[Record], limits: Sequence[Record], clock: Clock) -> Spec:
    """A line per bank; its overdraft limit, below which its balance may not fall, dashed in the same colour."""
    banks = distinct(rows, "agent_id")
    lines = (
        clock.told(chart(closed(units(rows, "balance"), "agent_id", clock.ticks)))
        .mark_line(interpolate="step-after", strokeWidth=1.5)
        .encode(x=clock.axis(), y=amount("balance", "balance, currency units"), color=colour("agent_id", banks))
    )
    bank = alt.Tooltip("agent_id:N", title="bank")
    shown = pointed(lines, [bank, *clock.pointer(), alt.Tooltip("balance:Q", format=MONEY)])
    floor = [
        {"agent_id": row["agent_id"], "tick": row["tick"], "limit": -row["overdraft_limit"] / 100}
        for row in _changes(limits, "overdraft_limit")
    ]
    dashes = (
        chart(closed(floor, "agent_id", clock.ticks))
        .mark_line(interpolate="step-after", strokeWidth=1.2, strokeDash=[5, 4])
        .encode(
            x=clock.axis(),
            y=amount("limit", "balance, currency units"),
            color=colour("agent_id", banks),
            tooltip=[bank, alt.Tooltip("tick:Q", format=","), alt.Tooltip("limit:Q", title="limit", format=MONEY)],
        )
    )
    return finished(alt.layer(dashes, *shown), 320)


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


def spread(rows: Sequence[Record], clock: Clock) -> Spec:
    """All banks as bands: from the lowest balance to the highest, the middle eight tenths, the median."""
    shown = units(rows, "lowest", "low", "median", "high", "highest")
    base = clock.told(chart(closed(shown, None, clock.ticks))).encode(x=clock.axis())
    title = "balance, currency units"
    outer = base.mark_area(interpolate="step-after", color=_BLUE, opacity=0.18).encode(
        y=amount("lowest", title), y2="highest:Q"
    )
    inner = base.mark_area(interpolate="step-after", color=_BLUE, opacity=0.35).encode(
        y=amount("low", title), y2="high:Q"
    )
    line = base.mark_line(interpolate="step-after", color=_BLUE, strokeWidth=1.5).encode(y=amount("median", title))
    tooltip = [
        alt.Tooltip("highest:Q", title="highest", format=MONEY),
        alt.Tooltip("high:Q", title="nine tenths below", format=MONEY),
        alt.Tooltip("median:Q", title="median", format=MONEY),
        alt.Tooltip("low:Q", title="one tenth below", format=MONEY),
        alt.Tooltip("lowest:Q", title="lowest", format=MONEY),
    ]
    return finished(alt.layer(outer, inner, *pointed(line, [*clock.pointer(), *tooltip])), 220)


def queues(
    rows: Sequence[Record],
    measure: str,
    clock: Clock,
    series: str = "queue",
    ends: Mapping[str, int] | None = None,
) -> Spec:
    """Steps of what waits; `measure` is `payments` or `value`, `series` names the lines, which end at `ends`."""
    money = measure == "value"
    title = "value waiting, currency units" if money else "payments waiting"
    shown = closed(units(rows, measure) if money else rows, series, ends or clock.ticks)
    lines = (
        clock.told(chart(shown))
        .mark_line(interpolate="step-after", strokeWidth=1.5)
        .encode(x=clock.axis(), y=amount(measure, title), color=colour(series, distinct(rows, series)))
    )
    tooltip = alt.Tooltip(f"{measure}:Q", title=f"{measure} waiting", format=MONEY if money else ",")
    return finished(alt.layer(*pointed(lines, [alt.Tooltip(f"{series}:N"), *clock.pointer(), tooltip])), 200)


def settled(rows: Sequence[Record], clock: Clock) -> Spec:
    """Areas upon each other: value settled so far by mechanism."""
    known = list(MECHANISMS.values())
    names = [row | {"mechanism": MECHANISMS.get(row["mechanism"], row["mechanism"])} for row in units(rows, "value")]
    present = among(names, "mechanism", known)
    shown = [row | {"place": present.index(row["mechanism"])} for row in names]
    every_tick = len({row["tick"] for row in rows}) == clock.ticks
    areas = (
        clock.told(chart(closed(shown, "mechanism", clock.ticks)))
        # Between points that are several ticks apart nobody knows the steps.
        .mark_area(interpolate="step-after" if every_tick else "linear", opacity=0.8)
        .encode(
            x=clock.axis(),
            y=amount("value", "value settled so far, currency units", stack=True),
            color=colour("mechanism", present, known),
            order=alt.Order("place:Q"),
        )
    )
    tooltip = [alt.Tooltip("mechanism:N"), *clock.pointer(), alt.Tooltip("value:Q", title="settled", format=MONEY)]
    return finished(alt.layer(*pointed(areas, tooltip)))


def throughput(rows: Sequence[Record], clock: Clock) -> Spec:
    """Over the ticks of the day: the share of the value that arrived as a grey field, what settled as a line on it."""
    shown = closed(units(rows, "value"), "flow", clock.ticks)
    title = "share of the value that arrived"
    base = (
        chart(shown)
        .transform_filter("datum.flow === 'arrived'")
        .mark_area(interpolate="step-after", opacity=0.35, line={"strokeWidth": 1})
        .encode(x=clock.axis("tick of the day"), y=_share(title), color=_flows())
    )
    line = (
        chart(shown)
        .mark_line(interpolate="step-after")
        .encode(
            x=clock.axis("tick of the day"),
            y=_share(title),
            color=_flows(),
            strokeWidth=alt.condition("datum.flow === 'settled'", alt.value(2.2), alt.value(0.8)),
        )
    )
    tooltip = [
        alt.Tooltip("flow:N"),
        alt.Tooltip("tick:Q", title="tick of the day", format=","),
        alt.Tooltip("share:Q", format=".1%"),
        alt.Tooltip("value:Q", format=MONEY),
    ]
    return finished(alt.layer(base, *pointed(line, tooltip)))


def _share(title: str) -> alt.Y:
    return alt.Y("share:Q", title=title, axis=alt.Axis(format=".0%"), stack=None)


def _flows() -> alt.Color:
    return alt.Color("flow:N", title=None, scale=alt.Scale(domain=["arrived", "settled"], range=[_GREY, _BLUE]))


def compared_throughput(rows: Sequence[Record], clock: Clock) -> Spec:
    """A line per run over the ticks of the day: share of its value that has settled."""
    lines = (
        chart(closed(units(rows, "value"), "run", 0))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=clock.axis("tick of the day"),
            y=_share("share of the value that arrived"),
            color=colour("run", distinct(rows, "run")),
        )
    )
    tooltip = [
        alt.Tooltip("run:N"),
        alt.Tooltip("tick:Q", title="tick of the day", format=","),
        alt.Tooltip("share:Q", format=".1%"),
        alt.Tooltip("value:Q", format=MONEY),
    ]
    return finished(alt.layer(*pointed(lines, tooltip)))


def cycles(rows: Sequence[Record], clock: Clock) -> Spec:
    """A point per settlement by netting: when, how much it settled; the shape and colour tell the algorithm."""
    known = list(MECHANISMS.values())
    shown = [
        row | {"algorithm": MECHANISMS.get(row["algorithm"], row["algorithm"])}
        for row in units(rows, "total_value", "settled_value", "liquidity_saved")
    ]
    present = among(shown, "algorithm", known)
    shapes = [list(GLYPHS)[([*known, *present].index(name)) % len(GLYPHS)] for name in present]
    values = [row["total_value"] for row in shown]
    # Where a few are a hundred times the others, the others would lie on the axis.
    kind = "log" if min(values) > 0 and max(values) > 50 * min(values) else "linear"
    axis = alt.Axis(labelExpr=f"{_ROUND} ? {SHORT} : ''" if kind == "log" else SHORT)
    scale = alt.Scale(type="log") if kind == "log" else alt.Scale(zero=max(values) > 2 * min(values))
    drawn = (
        clock.told(chart(shown))
        .mark_point(filled=True, size=75, opacity=0.8)
        .encode(
            x=clock.axis(),
            y=alt.Y(
                "total_value:Q",
                title="value settled at once, currency units",
                axis=axis,
                scale=scale,
            ),
            color=colour("algorithm", present, known),
            shape=alt.Shape("algorithm:N", scale=alt.Scale(domain=present, range=shapes), title=None),
            tooltip=[
                alt.Tooltip("banks:N", title="who"),
                alt.Tooltip("algorithm:N"),
                *clock.pointer(),
                alt.Tooltip("num_transactions:Q", title="payments", format=","),
                alt.Tooltip("total_value:Q", title="gross", format=MONEY),
                alt.Tooltip("settled_value:Q", title="net", format=MONEY),
                alt.Tooltip("liquidity_saved:Q", title="saved", format=MONEY),
            ],
        )
    )
    return finished(drawn)


def collateral(rows: Sequence[Record], clock: Clock) -> Spec:
    """Steps of the collateral that each bank has posted."""
    changed = [
        {"agent_id": row["agent_id"], "tick": row["tick"], "posted": row["posted_collateral"] / 100}
        for row in _changes(rows, "posted_collateral")
    ]
    lines = (
        clock.told(chart(closed(changed, "agent_id", clock.ticks)))
        .mark_line(interpolate="step-after", strokeWidth=1.5)
        .encode(
            x=clock.axis(),
            y=amount("posted", "collateral posted, currency units"),
            color=colour("agent_id", distinct(rows, "agent_id")),
        )
    )
    tooltip = [
        alt.Tooltip("agent_id:N", title="bank"),
        *clock.pointer(),
        alt.Tooltip("posted:Q", format=MONEY),
    ]
    return finished(alt.layer(*pointed(lines, tooltip)), 220)
