"""What all charts share: colours, axes, legends, the numbers under the pointer.

Belongs here: the means of drawing. Does not belong here: any one chart (`charts`, `bars`). Colours are Okabe and Ito's,
which people of all kinds of colour vision can tell apart. Amounts come in cents and are drawn in units of the currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from paysim_pipeline.warehouse.queries_base import Record

Spec = dict[str, Any]
"""A chart in Vega-Lite."""

COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")
MONEY: Final = ",.2f"
SHORT: Final = "abs(datum.value) < 1000 ? format(datum.value, ',') : replace(format(datum.value, '.3~s'), 'G', 'bn')"
"""Labels of an axis: thousands as k, then M and bn. What is below a thousand stands as it is: `s` would say 500m, for
milli, of a half."""

_HEIGHT: Final = 260
_POINTS: Final = "points"
_NAME_LENGTH: Final = 200
"""So many letters of a name stand under the pointer. Names are put through `truncate`, since what has no format is
looked up in the wrong place (Vega-Lite 6) where the nearest point is shown."""
_LABELLED_DAYS: Final = 6
"""Up to so many days are labelled "day 0" and have quarters, more of them have the number alone."""


@dataclass(frozen=True)
class Clock:
    """The time that a chart covers.

    Attributes:
        ticks: its length.
        ticks_per_day: where days begin; nothing if they are of no interest.
    """

    ticks: int
    ticks_per_day: int | None = None

    @property
    def has_days(self) -> bool:
        """Whether there is more than one day to tell apart."""
        return self.ticks_per_day is not None and self.ticks > self.ticks_per_day

    def axis(self, title: str = "tick") -> alt.X:
        """The axis of ticks, to the end of the last, with a line where a day begins if there are several."""
        scale = alt.Scale(domain=[0, self.ticks], nice=False)
        if self.ticks_per_day is None or not self.has_days:
            few = {"values": list(range(self.ticks + 1))} if self.ticks <= 24 else {"tickCount": 12}
            axis = alt.Axis(format=",d", **few)
            return alt.X("tick:Q", title=title, axis=axis, scale=scale)
        length, days = self.ticks_per_day, self.ticks // self.ticks_per_day
        if days > _LABELLED_DAYS:
            values = [day * length for day in range(0, days, -(-days // 40))]
            axis = alt.Axis(values=values, labelExpr=f"'' + datum.value / {length}", labelOverlap="parity")
            return alt.X("tick:Q", title=f"day (of {length:,} ticks)", axis=axis, scale=scale)
        # Quarters, so that of labels in each other's way the days stay: every other one is left out, again and again.
        parts = next(parts for parts in (4, 2, 1) if length % parts == 0)
        values = [part * length // parts for part in range(days * parts)]
        label = f"datum.value % {length} === 0 ? 'day ' + datum.value / {length} : '' + datum.value % {length}"
        axis = alt.Axis(values=values, labelExpr=label, labelOverlap="parity")
        return alt.X("tick:Q", title="tick of the day", axis=axis, scale=scale)

    def pointer(self) -> list[alt.Tooltip]:
        """What the pointer says about time."""
        shown = [alt.Tooltip("tick:Q", format=",")]
        return [*shown, alt.Tooltip("time:N")] if self.has_days else shown

    def told(self, chart: alt.Chart) -> alt.Chart:
        """A chart whose rows have a `tick`, which now have a `time` too, if there are several days."""
        if not self.has_days:
            return chart
        length = self.ticks_per_day
        return chart.transform_calculate(
            time=f"'tick ' + (datum.tick % {length}) + ' of day ' + floor(datum.tick / {length})"
        )


def units(rows: Sequence[Record], *fields: str) -> list[Record]:
    """The rows with these fields in units of the currency instead of cents."""
    return [row | {field: None if row[field] is None else row[field] / 100 for field in fields} for row in rows]


def distinct(rows: Sequence[Record], field: str) -> list[str]:
    """The values of a field, each once, in order."""
    return list(dict.fromkeys(row[field] for row in rows))


def among(rows: Sequence[Record], field: str, known: Sequence[str]) -> list[str]:
    """Those of the known values that the rows have, in the order in which they are known; others after them."""
    found = distinct(rows, field)
    return [*(name for name in known if name in found), *(name for name in found if name not in known)]


def colour(field: str, shown: Sequence[str], known: Sequence[str] = ()) -> alt.Color:
    """A colour for each value that is shown; those of `known` have the same one in every chart."""
    whole = [*known, *(name for name in shown if name not in known)]
    colours = [COLOURS[whole.index(name) % len(COLOURS)] for name in shown]
    return alt.Color(f"{field}:N", title=None, scale=alt.Scale(domain=list(shown), range=colours))


def closed(rows: Sequence[Record], series: str | None, ends: int | Mapping[str, int]) -> list[Record]:
    """The rows with one more for each series, marked `end`: what it came to is held to the end of the last tick.

    Args:
        rows: with a `tick`, in order.
        series: the field that tells the lines apart.
        ends: ticks after which a line ends, or that of each.
    """
    last = {row[series] if series else "": row for row in rows}
    return [
        *rows,
        *(
            row | {"tick": max(row["tick"] + 1, ends if isinstance(ends, int) else ends[name]), "end": True}
            for name, row in last.items()
        ),
    ]


def amount(field: str, title: str, *, zero: bool = True, stack: bool = False) -> alt.Y:
    """The axis of an amount or a count."""
    axis = alt.Axis(labelExpr=SHORT)
    return alt.Y(f"{field}:Q", title=title, axis=axis, scale=alt.Scale(zero=zero), stack="zero" if stack else None)


def chart(rows: Sequence[Record]) -> alt.Chart:
    """A chart of these rows."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def pointed(lines: alt.Chart, tooltip: Sequence[alt.Tooltip], *, size: int = 50) -> list[alt.Chart]:
    """Lines or areas, and the points on them of which the pointer shows the nearest, wherever it is."""
    points = lines.mark_point(filled=True, size=size).encode(tooltip=list(tooltip)).properties(name=_POINTS)
    return [lines, points.transform_filter("!datum.end")]


def finished(drawn: Any, height: int = _HEIGHT) -> Spec:
    """The chart as plain data, as wide as the page.

    What shows the point nearest to the pointer is put in here: altair would number it through the life of the process,
    and the same warehouse would not give the same bytes.
    """
    made: Spec = drawn.properties(width="container", height=height).to_dict()
    made.pop("config", None)
    for layer in made.get("layer", []):
        if layer.get("name") == _POINTS:
            layer["params"] = [
                {"name": "nearest", "select": {"type": "point", "on": "pointermove", "nearest": True,
                                               "clear": "pointerout"}}
            ]  # fmt: skip
            for shown in layer["encoding"]["tooltip"]:
                if shown["type"] == "nominal":
                    shown |= {"formatType": "truncate", "format": _NAME_LENGTH}
            layer["encoding"]["opacity"] = {"condition": {"param": "nearest", "empty": False, "value": 1}, "value": 0}
    return made


GLYPHS: Final = {"circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "cross": "✚", "triangle-down": "▼"}
"""Shape of a point -> the letter that looks like it."""


def legend(spec: Spec) -> list[tuple[str, str, str]]:
    """Name, colour and glyph of what a chart tells apart by colour; nothing if it does not."""
    for part in [spec, *spec.get("layer", [])]:
        encoding = part.get("encoding", {})
        scale = encoding.get("color", {}).get("scale", {})
        if "domain" in scale:
            shapes = encoding["shape"]["scale"]["range"] if "shape" in encoding else ["square"] * len(scale["domain"])
            return list(zip(scale["domain"], scale["range"], [GLYPHS[shape] for shape in shapes], strict=True))
    return []


def without_legend(spec: Spec) -> Spec:
    """The chart for a page that shows `legend` beside it."""
    if "layer" in spec:
        return spec | {"layer": [without_legend(layer) for layer in spec["layer"]]}
    encoding = {
        name: value | {"legend": None} if name in ("color", "shape") and "domain" in value.get("scale", {}) else value
        for name, value in spec["encoding"].items()
    }
    return spec | {"encoding": encoding}


def without_pointer(spec: Spec) -> Spec:
    """The chart for paper or an image: without what only a pointer needs."""
    if "layer" in spec:
        kept = [layer for layer in spec["layer"] if "params" not in layer]
        return spec | {"layer": [without_pointer(layer) for layer in kept]}
    return spec | {"encoding": {name: value for name, value in spec["encoding"].items() if name != "tooltip"}}
