"""How a page looks and what it does: style, script, the settings of all charts.

Belongs here: text that is the same in every page. Does not belong here: the skeleton (`page`).
"""

from typing import Final

from paysim_pipeline.report.drawing import Spec

STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #1a1a1a;
  background: #fff; margin: 0 auto; max-width: 1180px; padding: 1rem clamp(.75rem, 3vw, 2rem) 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.4rem 0 .7rem; border-bottom: 1px solid #ccc; padding-bottom: .2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
nav { font-size: .9rem; line-height: 2; margin: 1rem 0; } nav a { margin-right: 1rem; white-space: nowrap; }
a { color: #005a91; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: .7rem 1.2rem; margin: 1rem 0; }
dt { color: #555; font-size: .82rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
dl.facts-2 { display: block; background: #f6f6f4; padding: .5rem .8rem; font-size: .87rem; }
dl.facts-2 div { display: inline-block; margin-right: 1.4rem; }
dl.facts-2 dt { display: inline; margin-right: .4rem; white-space: nowrap; }
dl.facts-2 dd { display: inline; font-weight: 400; font-family: ui-monospace, Menlo, Consolas, monospace; }
figure { margin: 0 0 1.4rem; break-inside: avoid; } figcaption { color: #444; font-size: .9rem; max-width: 75ch; }
.chart { width: 100%; display: block; min-height: 90px; }
.chart svg { max-width: 100%; }
.legend { list-style: none; margin: .2rem 0 .4rem; padding: 0; font-size: .87rem; }
.legend li { display: inline-block; margin-right: 1.1rem; overflow-wrap: anywhere; }
.glyph { margin-right: .35em; font-size: 1.1em; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.empty { color: #555; font-style: italic; }
.wide { overflow-x: auto; margin: .6rem 0 1rem; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #444; padding-bottom: .3rem; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: left; padding: .22rem .8rem .22rem 0; border-bottom: 1px solid #e5e5e5; vertical-align: top; }
thead th { border-bottom: 1px solid #888; vertical-align: bottom; }
tbody th { font-weight: 400; }
th[scope=row] { position: sticky; left: 0; background: #fff; min-width: 6rem; overflow-wrap: break-word; }
tr.group th { font-weight: 600; padding-top: .9rem; border-bottom: 1px solid #bbb; }
th.figure, td.figure { text-align: right; white-space: nowrap; } thead th.figure { white-space: normal; }
.identity td { min-width: 11rem; overflow-wrap: anywhere; font-size: .82rem; }
.identity td, .code th[scope=row] { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .82rem; }
summary { cursor: pointer; color: #005a91; }
.data { font-size: .82rem; } .data .wide { max-height: 24rem; overflow: auto; }
.data thead th { position: sticky; top: 0; background: #fff; }
@page { margin: 14mm 12mm; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } nav, .data { display: none; }
  summary { list-style: none; color: inherit; } summary::-webkit-details-marker { display: none; }
  .wide { overflow: visible; } table { font-size: 7.5pt; } tr { break-inside: avoid; }
  .chart svg { height: auto; } .code th[scope=row], .identity td { font-size: inherit; }
  .identity td { min-width: 0; } tr.group { break-after: avoid; }
  th[scope=row] { position: static; } h2, h3, summary, caption { break-after: avoid; } }
"""

# Charts are drawn as SVG, so that print is as sharp as the paper; folded tables are unfolded for it. The numbers behind
# a chart become a table when somebody asks for them: thousands of rows that nobody looks at cost nothing.
SCRIPT: Final = """
const specOf = (name) => JSON.parse(document.getElementById(name + "-data").textContent);
for (const place of document.querySelectorAll(".chart")) {
  vegaEmbed(place, specOf(place.id), {actions: false, renderer: "svg"}).catch((problem) => {
    place.textContent = "This figure cannot be drawn: " + problem.message;
  });
}
const shown = (value, format) => {
  if (value === null || value === undefined) return "\\u2013";
  if (typeof value !== "number") return String(value);
  if (format === ".1%") return (100 * value).toFixed(1) + " %";
  const places = format === ",.2f" ? 2 : 0;
  return value.toLocaleString("en", {minimumFractionDigits: places, maximumFractionDigits: Math.max(places, 3)});
};
const made = (tag, parent, text) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
};
const tableOf = (part, spec, parent) => {
  const data = part.data ?? spec.data;
  const rows = (data.values ?? spec.datasets[data.name]).filter((row) => !row.end);
  const columns = part.encoding.tooltip.filter((column) => column.field in rows[0]);
  const table = made("table", parent);
  const head = made("tr", made("thead", table));
  for (const column of columns) made("th", head, column.title ?? column.field).scope = "col";
  const body = made("tbody", table);
  for (const row of rows) {
    const line = made("tr", body);
    for (const column of columns) {
      const cell = made("td", line, shown(row[column.field], column.format));
      if (column.type === "quantitative") cell.className = "figure";
    }
  }
};
for (const folded of document.querySelectorAll("details.data")) {
  folded.addEventListener("toggle", () => {
    if (!folded.open || folded.querySelector("table")) return;
    const spec = specOf(folded.dataset.of);
    for (const part of spec.layer ?? [spec]) {
      if (!part.encoding?.tooltip) continue;
      const wide = made("div", folded);
      wide.className = "wide";
      wide.tabIndex = 0;
      wide.setAttribute("role", "region");
      wide.setAttribute("aria-label", "Data of this figure");
      tableOf(part, spec, wide);
    }
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details.more")) folded.open = true;
});
"""

CONFIG: Final[Spec] = {
    "font": "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif",
    "autosize": {"type": "fit-x", "contains": "padding"},
    # A chart is one image with a name, and its data a table: not hundreds of elements to be read out.
    "aria": False,
    "customFormatTypes": True,
    "view": {"stroke": None},
    "axis": {"gridColor": "#e8e8e8", "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal",
             "labelLimit": 140, "labelOverlap": "greedy", "labelSeparation": 3, "labelFlush": False},
    # Above the axis, not along it: it needs no turned head and no room beside the chart.
    "axisYQuantitative": {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleBaseline": "bottom",
                          "titleX": 0, "titleY": -8},
    "legend": {"orient": "bottom", "columns": 3, "columnPadding": 24, "labelLimit": 160, "titleFontWeight": "normal",
               "symbolOpacity": 1, "labelFontSize": 12, "titleLimit": 300},
}  # fmt: skip
