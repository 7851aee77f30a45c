"""From a run bundle to the raw tables.

Belongs here: the multi-asset of all raw tables. Does not belong here: writing them (`paysim_pipeline.warehouse`).
"""

from collections.abc import Iterator

import dagster as dg

from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import OWNERS, SCENARIOS, simulation_run
from paysim_pipeline.warehouse.schema import RUN_TABLES, SCHEMA, RawTable

WRITER_POOL = "duckdb_writer"
"""Every op that touches the warehouse file is in this pool; its limit is 1 (dagster.yaml)."""


def _spec(table: RawTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey([SCHEMA, table.name]),
        deps=[simulation_run],
        group_name=SCHEMA,
        description=f"One row per {table.grain}.",
        owners=OWNERS,
        kinds={"duckdb", "table"},
    )


@dg.multi_asset(
    name="raw_load",
    specs=[_spec(table) for table in RUN_TABLES],
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    can_subset=False,
    pool=WRITER_POOL,
)
def raw_load(context: dg.AssetExecutionContext, places: Places) -> Iterator[dg.MaterializeResult[None]]:
    """Load bundles; each replaces the rows of its scenario in one transaction, all tables together."""
    from paysim_engine.bundle import read_bundle
    from paysim_engine.bundle_format import BundleError
    from paysim_pipeline.warehouse.connection import writer
    from paysim_pipeline.warehouse.errors import WarehouseError
    from paysim_pipeline.warehouse.writer import load_into

    settings = places.settings()
    try:
        # Bundles are read and checked before the file is taken, so that others wait for the load alone.
        bundles = {name: read_bundle(settings.bundle(name)) for name in context.partition_keys}
        with writer(settings) as connection:
            loaded = {name: load_into(connection, bundle) for name, bundle in bundles.items()}
    except (BundleError, WarehouseError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    for table in RUN_TABLES:
        key = dg.AssetKey([SCHEMA, table.name])
        for name, result in loaded.items():
            figures = {
                "dagster/partition_row_count": dg.MetadataValue.int(result.rows[table.name]),
                "simulation_id": dg.MetadataValue.text(result.simulation_id),
            }
            context.add_asset_metadata(figures, asset_key=key, partition_key=name)
        yield dg.MaterializeResult(asset_key=key)
