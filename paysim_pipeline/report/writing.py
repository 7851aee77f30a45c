"""Writing reports: the file, put in its place when it is whole, and figures as images for asset metadata.

Belongs here: from open warehouse to bytes. Does not belong here: what a report holds (`sections`, `comparison`). The
same warehouse gives the same bytes: nothing here looks at a clock.
"""

import base64
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from paysim_pipeline.report import charts, courses, data
from paysim_pipeline.report.comparison import comparison_sections, labels
from paysim_pipeline.report.drawing import Clock, Spec, without_pointer
from paysim_pipeline.report.page import drawable, page
from paysim_pipeline.report.sections import clock_of, identity, report_sections, results
from paysim_pipeline.warehouse.queries_base import Record, modelled_run

_UNITS = "Amounts are in units of the currency, of 100 cents; ticks and days count from 0."


def write_report(connection: duckdb.DuckDBPyConnection, simulation_id: str, target: Path) -> None:
    """Write the report of a run (11 §4): one HTML file that needs no network.

    Args:
        connection: the open warehouse; only read.
        simulation_id: the run.
        target: the file; replaced in one step, its folder is created.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: dbt has not built its models.
        OSError: the file cannot be written.
    """
    run = _run(connection, simulation_id)
    ended = "" if run["status"] == "completed" else f" The run did not complete: {run['error'] or run['status']}."
    subtitle = f"Report of one simulated run. {_UNITS}{ended}"
    sections = report_sections(connection, run)
    _put(target, page(run["scenario"], "report", subtitle, [results(run), identity(run)], sections))


def write_comparison(connection: duckdb.DuckDBPyConnection, simulation_ids: Sequence[str], target: Path) -> None:
    """Write the comparison of two or more runs, in the order given; otherwise as `write_report`.

    Raises:
        ValueError: fewer than two different runs.
    """
    ids = list(dict.fromkeys(simulation_ids))
    if len(ids) < 2:
        raise ValueError("a comparison takes at least two different runs")
    runs = [_run(connection, run) for run in ids]
    subtitle = f"Comparison of {len(runs)} simulated runs. {_UNITS}"
    _put(target, page(" · ".join(labels(runs)), "comparison", subtitle, [], comparison_sections(connection, runs)))


def metadata_figures(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> dict[str, str]:
    """The main figures as small images.

    Returns:
        Name of the figure -> Markdown with an inline SVG image; figures that would be empty are left out.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: dbt has not built its models.
    """
    run = _run(connection, simulation_id)
    clock = clock_of(run)
    key = (connection, simulation_id, -(-run["ticks"] // 80))
    figures: dict[str, Spec] = {}
    if rows := courses.balances(*key):
        figures["balances"] = charts.balances(rows, courses.accounts(*key), clock)
    rows = courses.queues(*key)
    if any(row["payments"] for row in rows):
        figures["queue_value"] = charts.queues(rows, "value", clock)
    if rows := courses.settled(*key):
        figures["settled_value_by_mechanism"] = charts.settled(rows, clock)
    if rows := courses.throughput(connection, simulation_id):
        figures["throughput"] = charts.throughput(rows, Clock(run["ticks_per_day"]))
    return {name: f"![{name.replace('_', ' ')}](data:image/svg+xml;base64,{_image(s)})" for name, s in figures.items()}


def _run(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    modelled_run(connection, simulation_id)
    return data.run(connection, simulation_id)


def _image(spec: Spec) -> str:
    import vl_convert

    small = drawable(without_pointer(spec)) | {"width": 520, "height": 160}
    # Lengths of texts are measured in a font that is at hand here, not in that of the reader.
    small["config"] = small["config"] | {"background": "white", "font": "sans-serif"}
    svg: str = vl_convert.vegalite_to_svg(small, allowed_base_urls=[])
    return base64.b64encode(svg.encode()).decode()


def _put(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
