"""From a run bundle to the raw tables.

Belongs here: the multi-asset of all raw tables. Does not belong here: writing them (`paysim_pipeline.warehouse`).
"""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import dagster as dg

from paysim_pipeline.asset_events import Event, PartitionReports
from paysim_pipeline.defs.resources import WRITER_POOL, Places
from paysim_pipeline.defs.simulation import ENGINE_CODE, OWNERS, SCENARIOS, simulation_run
from paysim_pipeline.warehouse.schema import RUN_TABLES, SCHEMA, SIMULATIONS, RawTable

if TYPE_CHECKING:
    from paysim_engine.bundle import Bundle
    from paysim_pipeline.warehouse.writer import LoadResult

RAW_SIMULATIONS = dg.AssetKey([SCHEMA, SIMULATIONS.name])


def _spec(table: RawTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey([SCHEMA, table.name]),
        deps=[simulation_run],
        group_name=SCHEMA,
        description=f"One row per {table.grain}.",
        owners=OWNERS,
        kinds={"duckdb", "table"},
        # The columns are the engine's: another engine may fill them otherwise.
        code_version=ENGINE_CODE,
        metadata={
            "dagster/column_schema": dg.TableSchema(
                [
                    dg.TableColumn(
                        column.name, column.type, constraints=dg.TableColumnConstraints(nullable=not column.required)
                    )
                    for column in table.columns
                ]
            ),
            "dagster/table_name": table.qualified,
        },
    )


def _check_before_commit(bundle: "Bundle") -> Callable[[str], None]:
    """Makes sure that what was loaded is one bundle: another run of the scenario may have put its own in the place."""

    def check(step: str) -> None:
        from paysim_engine.bundle_format import MANIFEST, Manifest
        from paysim_pipeline.warehouse.errors import WarehouseError

        if step == "commit":
            try:
                there = Manifest.from_json((bundle.directory / MANIFEST).read_text(encoding="utf-8"))
            except (OSError, ValueError):
                there = None
            if there != bundle.manifest:
                raise WarehouseError(f"{bundle.directory}: another run replaced it while it was loaded; run this again")

    return check


@dg.multi_asset(
    name="raw_load",
    specs=[_spec(table) for table in RUN_TABLES],
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=False,
    pool=WRITER_POOL,
)
def raw_load(context: dg.AssetExecutionContext, places: Places) -> Iterator[Event]:
    """Load bundles; each replaces the rows of its scenario in one transaction, all tables together."""
    import duckdb

    from paysim_engine.bundle import read_bundle
    from paysim_engine.bundle_format import BundleError
    from paysim_pipeline.warehouse.connection import writer
    from paysim_pipeline.warehouse.errors import WarehouseError, translated
    from paysim_pipeline.warehouse.writer import load_into

    settings = places.settings()
    reports = PartitionReports(context)
    bundles: dict[str, Bundle] = {}
    loaded: dict[str, tuple[LoadResult, float]] = {}
    failures: dict[str, str] = {}
    # Bundles are read and checked before the file is taken, so that others wait for the load alone.
    for name in reports.names:
        try:
            bundles[name] = read_bundle(settings.bundle(name))
        except BundleError as error:
            failures[name] = str(error)
    try:
        with writer(settings) as connection:
            for name, bundle in bundles.items():
                began = time.perf_counter()
                try:
                    result = load_into(connection, bundle, on_step=_check_before_commit(bundle))
                    loaded[name] = result, time.perf_counter() - began
                except WarehouseError as error:
                    failures[name] = str(error)
                except duckdb.Error as error:
                    failures[name] = str(translated(error, settings.database))
    except WarehouseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    for table in RUN_TABLES:
        yield from reports.materialised(
            dg.AssetKey([SCHEMA, table.name]),
            {
                name: {
                    "dagster/partition_row_count": dg.MetadataValue.int(result.rows[table.name]),
                    "simulation_id": dg.MetadataValue.text(result.simulation_id),
                    "seconds": dg.MetadataValue.float(round(seconds, 3)),
                }
                for name, (result, seconds) in loaded.items()
            },
        )
    reports.failed(failures)
