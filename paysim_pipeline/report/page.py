"""The page around figures: one HTML file that brings its own style and drawing code and asks nothing of a network.

Belongs here: skeleton, putting charts, their legends and their data into the file. Does not belong here: what is shown,
style and script (`look`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from paysim_pipeline.report.drawing import Spec, legend, without_legend
from paysim_pipeline.report.look import CONFIG, SCRIPT, STYLE
from paysim_pipeline.report.words import escape

Facts = Sequence[tuple[str, str]]
"""Names and values."""


@dataclass(frozen=True)
class Figure:
    """A chart with its words; all of them plain text.

    Attributes:
        title: what it shows, in a few words.
        spec: the chart.
        caption: how to read it.
    """

    title: str
    spec: Spec
    caption: str


@dataclass
class Section:
    """A part of a page.

    Attributes:
        anchor: its name in the address.
        title: plain text.
        figures: charts, in order.
        html: what stands below the charts.
        empty: said instead of everything else if there is nothing to show; plain text.
    """

    anchor: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    html: str = ""
    empty: str = ""


@cache
def _drawing_code() -> str:
    import vl_convert

    code: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub forgets the default
    return code.replace("</script", "<\\/script")


def drawable(spec: Spec) -> Spec:
    """A chart with the look of all charts."""
    return spec | {"config": CONFIG}


def embedded(data: object) -> str:
    """JSON that may stand in a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_NOSCRIPT: Final = '<noscript><p class="empty">The charts of this page are drawn by a script.</p></noscript>'


def page(title: str, kind: str, subtitle: str, facts: Sequence[Facts], sections: Sequence[Section]) -> str:
    """The whole file.

    Args:
        title: heading; like all texts here plain, escaped on the way.
        kind: what the page is, as in "report"; part of the window's title.
        subtitle: a sentence below the heading.
        facts: lists of names and values, shown above everything.
        sections: in order.
    """
    links = "\n".join(f'<a href="#{part.anchor}">{escape(part.title)}</a>' for part in sections)
    listed = "".join(_list(each, place) for place, each in enumerate(facts) if each)
    body = "\n".join(_section(part) for part in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Even a mistake of ours could load nothing: the page may use what is in it, and no more.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:\">\n"
        f"<title>{escape(title)} – {escape(kind)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n{listed}"
        f'<nav aria-label="Parts of this page">{links}</nav>\n</header>\n'
        f"<main>\n{body}\n{_NOSCRIPT}\n</main>\n"
        f"<script>{_drawing_code()}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _list(facts: Facts, place: int) -> str:
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>\n" for name, value in facts)
    return f'<dl class="facts-{place + 1}">\n{rows}</dl>\n'


def _section(part: Section) -> str:
    inside = f'<p class="empty">{escape(part.empty)}</p>'
    if not part.empty:
        several = len(part.figures) > 1
        drawn = [_figure(figure, f"{part.anchor}-{place}", several) for place, figure in enumerate(part.figures, 1)]
        inside = "\n".join([*drawn, part.html])
    return f'<section id="{part.anchor}">\n<h2>{escape(part.title)}</h2>\n{inside}\n</section>'


def _figure(figure: Figure, name: str, titled: bool) -> str:
    title = escape(figure.title)
    data = embedded(drawable(without_legend(figure.spec)))
    heading = f"<h3>{title}</h3>\n" if titled else ""
    entries = "".join(
        f'<li><span class="glyph" style="color:{colour}" aria-hidden="true">{glyph}</span>{escape(entry)}</li>'
        for entry, colour, glyph in legend(figure.spec)
    )
    return (
        f'{heading}<figure><div class="chart" id="{name}" role="img" aria-label="{title}" '
        f'aria-describedby="{name}-caption"></div>\n'
        + (f'<ul class="legend">{entries}</ul>\n' if entries else "")
        + f'<script type="application/json" id="{name}-data">{data}</script>\n'
        f'<figcaption id="{name}-caption">{escape(figure.caption)}</figcaption>\n'
        f'<details class="data" data-of="{name}"><summary>Data of this figure</summary></details></figure>'
    )
