"""Rows into bars and fields: what is counted or summed rather than followed through time.

Belongs here: the charts whose axis is a bank, a day, a run or a class. Does not belong here: charts over time
(`charts`), what charts share (`drawing`), questions, words around a chart.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

from paysim_pipeline.report.drawing import COLOURS, MONEY, SHORT, Spec, among, chart, colour, distinct, finished, units
from paysim_pipeline.report.words import COSTS, MECHANISMS
from paysim_pipeline.warehouse.queries_base import Record

_COST = "cost, currency units"


def _lying(rows: int, each: int = 22) -> int:
    return max(70, each * rows + 24)


def cost_bars(rows: Sequence[Record], by: str) -> Spec:
    """Bars of costs by kind; `by` is `bank` or `run` (lying) or `day` (standing)."""
    known = list(COSTS.values())
    present = among(rows, "kind", known)
    order = list(dict.fromkeys(str(row[by]) for row in rows))
    bars = chart([row | {"place": present.index(row["kind"])} for row in units(rows, "cost")]).mark_bar()
    length: dict[str, Any] = {"title": _COST, "axis": alt.Axis(labelExpr=SHORT, tickCount=8), "stack": "zero"}
    if by == "day":
        axis = alt.Axis(labelAngle=0, labelOverlap="parity")
        placed = bars.encode(x=alt.X("day:O", title="day", axis=axis), y=alt.Y("cost:Q", **length))
    else:
        placed = bars.encode(x=alt.X("cost:Q", **length), y=alt.Y(f"{by}:N", title=None, sort=order))
    placed = placed.encode(
        color=colour("kind", present, known),
        order=alt.Order("place:Q"),
        tooltip=[alt.Tooltip(f"{by}:N"), alt.Tooltip("kind:N"), alt.Tooltip("cost:Q", format=MONEY)],
    )
    return finished(placed, 200 if by == "day" else _lying(len(order)))


def cost_map(rows: Sequence[Record]) -> Spec:
    """A field per bank and day, the darker the costlier."""
    order = distinct(rows, "bank")
    shade = alt.Legend(labelExpr=SHORT, title=_COST, gradientLength=180)
    drawn = (
        chart(units(rows, "cost"))
        .mark_rect()
        .encode(
            x=alt.X("day:O", title="day", axis=alt.Axis(labelAngle=0, labelOverlap="parity")),
            y=alt.Y("bank:N", title=None, sort=order),
            color=alt.Color("cost:Q", scale=alt.Scale(scheme="cividis", reverse=True), legend=shade),
            tooltip=[alt.Tooltip("bank:N"), alt.Tooltip("day:O"), alt.Tooltip("cost:Q", format=MONEY)],
        )
    )
    return finished(drawn, _lying(len(order), 20))


def compared_costs(rows: Sequence[Record]) -> Spec:
    """Bars of each bank's total cost, one per run beside each other."""
    banks, runs = distinct(rows, "bank"), distinct(rows, "run")
    drawn = (
        chart(units(rows, "cost"))
        .mark_bar()
        .encode(
            x=alt.X("cost:Q", title="total " + _COST, axis=alt.Axis(labelExpr=SHORT, tickCount=8)),
            y=alt.Y("bank:N", title=None, sort=banks),
            yOffset=alt.YOffset("run:N", sort=runs),
            color=colour("run", runs),
            tooltip=[alt.Tooltip("bank:N"), alt.Tooltip("run:N"), alt.Tooltip("cost:Q", format=MONEY)],
        )
    )
    return finished(drawn, max(90, (8 + 12 * len(runs)) * len(banks)))


def shares(rows: Sequence[Record]) -> Spec:
    """A bar per run: how its settled value is divided among the mechanisms."""
    known = list(MECHANISMS.values())
    shown = [row | {"mechanism": MECHANISMS.get(row["mechanism"], row["mechanism"])} for row in units(rows, "value")]
    present = among(shown, "mechanism", known)
    runs = distinct(shown, "run")
    drawn = (
        chart([row | {"place": present.index(row["mechanism"])} for row in shown])
        .mark_bar()
        .encode(
            x=alt.X("share:Q", title="share of the value settled", axis=alt.Axis(format=".0%", tickCount=10),
                    scale=alt.Scale(domain=[0, 1]), stack="zero"),
            y=alt.Y("run:N", title=None, sort=runs),
            color=colour("mechanism", present, known),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("run:N"), alt.Tooltip("mechanism:N"), alt.Tooltip("share:Q", format=".1%"),
                     alt.Tooltip("value:Q", format=MONEY)],
        )
    )  # fmt: skip
    return finished(drawn, _lying(len(runs), 26))


def saved(rows: Sequence[Record], days: int) -> Spec:
    """Bars of the liquidity that netting saved on each of so many days, by algorithm."""
    known = list(MECHANISMS.values())
    shown = [
        row | {"algorithm": MECHANISMS.get(row["algorithm"], row["algorithm"])}
        for row in units(rows, "total_value", "settled_value", "liquidity_saved")
    ]
    present = among(shown, "algorithm", known)
    drawn = (
        chart([row | {"place": present.index(row["algorithm"])} for row in shown])
        .mark_bar()
        .encode(
            x=alt.X("day:O", title="day", axis=alt.Axis(labelAngle=0, labelOverlap="parity"),
                    scale=alt.Scale(domain=list(range(days)))),
            y=alt.Y("liquidity_saved:Q", title="liquidity saved, currency units", axis=alt.Axis(labelExpr=SHORT),
                    stack="zero"),
            color=colour("algorithm", present, known),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("algorithm:N"), alt.Tooltip("day:O"),
                     alt.Tooltip("settlements:Q", format=","),
                     alt.Tooltip("total_value:Q", title="gross", format=MONEY),
                     alt.Tooltip("settled_value:Q", title="net", format=MONEY),
                     alt.Tooltip("liquidity_saved:Q", title="saved", format=MONEY)],
        )
    )  # fmt: skip
    return finished(drawn, 200)


def delays(rows: Sequence[Record]) -> Spec:
    """Bars: payments by the number of ticks they waited."""
    shown = [
        row | {"value": row["value"] / 100, "left": row["first"] - 0.5, "right": row["last"] + 0.5} for row in rows
    ]
    last = max(row["last"] for row in rows)
    drawn = (
        chart(shown)
        .mark_bar(color=COLOURS[0], stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "left:Q",
                bin="binned",
                title="ticks from arrival to settlement",
                axis=alt.Axis(tickMinStep=1, format=",d", tickCount=12),
                scale=alt.Scale(domain=[0, max(last + 0.5, 10)], nice=False),
            ),
            x2="right:Q",
            y=alt.Y("payments:Q", axis=alt.Axis(labelExpr=SHORT, tickMinStep=1)),
            tooltip=[
                alt.Tooltip("first:Q", title="from ticks", format=","),
                alt.Tooltip("last:Q", title="to ticks", format=","),
                alt.Tooltip("payments:Q", format=","),
                alt.Tooltip("value:Q", format=MONEY),
            ],
        )
    )
    return finished(drawn, 220)
