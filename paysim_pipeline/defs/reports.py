"""What people read: the report of each scenario, and the published copy of the warehouse.

Belongs here: these two assets. Does not belong here: figures and pages (`paysim_pipeline.report`), making the copy
(`paysim_pipeline.warehouse.publish`).
"""

from collections.abc import Iterator

import dagster as dg

from paysim_pipeline.asset_events import NOTHING, Event, Metadata, PartitionReports
from paysim_pipeline.defs.models import MARTS, comparison_keys
from paysim_pipeline.defs.resources import WRITER_POOL, Places
from paysim_pipeline.defs.simulation import OWNERS, SCENARIOS


@dg.asset(
    dagster_type=NOTHING,
    deps=MARTS,
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="reports",
    owners=OWNERS,
    kinds={"html", "altair"},
    pool=WRITER_POOL,
)
def scenario_report(context: dg.AssetExecutionContext, places: Places) -> Iterator[Event]:
    """The report of a scenario: one HTML file that needs no network, and its figures as metadata here."""
    from paysim_pipeline.overview import runs
    from paysim_pipeline.report import metadata_figures, write_report
    from paysim_pipeline.report_files import report_file
    from paysim_pipeline.warehouse.connection import reader
    from paysim_pipeline.warehouse.errors import WarehouseError

    settings = places.settings()
    reports = PartitionReports(context)
    made: dict[str, Metadata] = {}
    failures: dict[str, str] = {}
    try:
        with reader(settings) as connection:
            current = {run["scenario"]: run["simulation_id"] for run in runs(connection) if not run["kept"]}
            for name in reports.names:
                if name not in current:
                    failures[name] = f"{settings.database} holds no run of it"
                    continue
                target = report_file(settings, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                write_report(connection, current[name], target)
                figures = metadata_figures(connection, current[name])
                made[name] = {
                    "report": dg.MetadataValue.path(target),
                    "bytes": dg.MetadataValue.int(target.stat().st_size),
                    "simulation_id": dg.MetadataValue.text(current[name]),
                } | {figure: dg.MetadataValue.md(markdown) for figure, markdown in figures.items()}
    except (WarehouseError, OSError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    yield from reports.materialised(scenario_report.key, made)
    reports.failed(failures)


@dg.asset(
    deps=[scenario_report, *comparison_keys()],
    group_name="reports",
    owners=OWNERS,
    kinds={"duckdb"},
    pool=WRITER_POOL,
)
def published(places: Places) -> dg.MaterializeResult[None]:
    """The copy of the warehouse that people open: replaced in one step, whoever has the old one open.

    It holds whatever the warehouse holds at that moment. A comparison that is older than the runs in it is marked stale
    in the graph; its models are built apart from those of the scenarios.
    """
    import time

    from paysim_pipeline.warehouse.errors import WarehouseError
    from paysim_pipeline.warehouse.publish import publish

    began = time.perf_counter()
    try:
        path = publish(places.settings())
    except WarehouseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(path),
            "bytes": dg.MetadataValue.int(path.stat().st_size),
            "seconds": dg.MetadataValue.float(round(time.perf_counter() - began, 3)),
        }
    )
