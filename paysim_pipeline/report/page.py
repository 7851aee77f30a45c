"""The page around figures: one HTML file that brings its own style and drawing code and asks nothing of a network.

Belongs here: skeleton, style, putting charts and their data into the file. Does not belong here: what is shown.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from paysim_pipeline.report.charts import Spec
from paysim_pipeline.report.words import escape


@dataclass
class Section:
    """A part of a page.

    Attributes:
        anchor: its name in the address.
        title: plain text.
        figures: charts, each with the sentence that says how to read it; plain text.
        html: what stands below the charts.
        empty: said instead of everything else if there is nothing to show; plain text.
    """

    anchor: str
    title: str
    figures: list[tuple[Spec, str]] = field(default_factory=list)
    html: str = ""
    empty: str = ""


_STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #1a1a1a;
  background: #fff; margin: 0 auto; max-width: 1180px; padding: 1rem clamp(.75rem, 3vw, 2rem) 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
nav { font-size: .9rem; line-height: 2; margin: 1rem 0; } nav a { margin-right: 1rem; white-space: nowrap; }
a { color: #005a91; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: .7rem 1.2rem; margin: 1rem 0; }
dt { color: #555; font-size: .82rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1.4rem; break-inside: avoid; } figcaption { color: #444; font-size: .9rem; }
.chart { width: 100%; display: block; min-height: 90px; }
.empty { color: #555; font-style: italic; }
.wide { overflow-x: auto; margin: .6rem 0 1rem; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #444; padding-bottom: .3rem; }
th { text-align: left; font-weight: 600; border-bottom: 1px solid #888; vertical-align: bottom; }
th, td { padding: .22rem .8rem .22rem 0; } td { border-bottom: 1px solid #e5e5e5; vertical-align: top; }
.figure { text-align: right; white-space: nowrap; } th.figure { white-space: normal; }
#indicators td:first-child { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .82rem; }
#definitions td:first-child { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .82rem; }
summary { cursor: pointer; color: #005a91; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } nav, summary { display: none; }
  .wide { overflow: visible; } table { font-size: 7.5pt; } tr, figure { break-inside: avoid; }
  h2 { break-after: avoid; } }
"""

# Charts are drawn as SVG, so that print is as sharp as the paper; folded parts are unfolded for it.
_DRAW: Final = """
for (const place of document.querySelectorAll(".chart")) {
  const data = document.getElementById(place.id + "-data");
  vegaEmbed(place, JSON.parse(data.textContent), {actions: false, renderer: "svg"}).catch((problem) => {
    place.textContent = "This figure cannot be drawn: " + problem.message;
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
"""

_CONFIG: Final[Spec] = {
    "font": "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif",
    "autosize": {"type": "fit-x", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {"gridColor": "#e8e8e8", "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal",
             "labelLimit": 140, "labelOverlap": "greedy"},
    "legend": {"orient": "bottom", "columns": 4, "labelLimit": 160, "titleFontWeight": "normal",
               "symbolOpacity": 1, "labelFontSize": 12},
}  # fmt: skip


@cache
def _drawing_code() -> str:
    import vl_convert

    code: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub forgets the default
    return code.replace("</script", "<\\/script")


def drawable(spec: Spec) -> Spec:
    """A chart with the look of all charts."""
    return spec | {"config": _CONFIG}


def embedded(data: object) -> str:
    """JSON that may stand in a script element: nothing in it can end the element or open a comment."""
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page(title: str, subtitle: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The whole file.

    Args:
        title: heading; like all texts here plain, escaped on the way.
        subtitle: a sentence below it.
        facts: name and value, shown above everything.
        sections: in order.
    """
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>\n" for name, value in facts)
    links = "\n".join(f'<a href="#{part.anchor}">{escape(part.title)}</a>' for part in sections)
    body = "\n".join(_section(part) for part in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Even a mistake of ours could load nothing: the page may use what is in it, and no more.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n<p>{escape(subtitle)}</p>\n<dl>\n{listed}</dl>\n<nav>{links}</nav>\n"
        f'{body}\n<noscript><p class="empty">The charts of this page are drawn by a script.</p></noscript>\n'
        f"<script>{_drawing_code()}</script>\n<script>{_DRAW}</script>\n</body>\n</html>\n"
    )


def _section(part: Section) -> str:
    inside = f'<p class="empty">{escape(part.empty)}</p>'
    if not part.empty:
        drawn = []
        for number, (spec, caption) in enumerate(part.figures, 1):
            name = f"{part.anchor}-{number}"
            drawn.append(
                f'<figure><div class="chart" id="{name}"></div>\n'
                f'<script type="application/json" id="{name}-data">{embedded(drawable(spec))}</script>\n'
                f"<figcaption>{escape(caption)}</figcaption></figure>"
            )
        inside = "\n".join([*drawn, part.html])
    return f'<section id="{part.anchor}">\n<h2>{escape(part.title)}</h2>\n{inside}\n</section>'
