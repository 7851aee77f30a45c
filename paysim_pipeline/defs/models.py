"""The dbt models as assets, their tests as checks.

Belongs here: the partitioned set of models per scenario. Does not belong here: what dbt is asked for
(`paysim_pipeline.dbt_args`), or any SQL. The only module that imports `dagster_dbt`: it takes seconds.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import metadata
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

from paysim_pipeline.dbt_args import build_args
from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program, manifest_for_dagster, warehouse_turn
from paysim_pipeline.defs.raw import WRITER_POOL
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import OWNERS, SCENARIOS


class ModelConfig(dg.Config):
    """What the launchpad may change for a build of the models."""

    full_refresh: bool = False


class Dbt(DbtCliResource):
    """The dbt of this environment. Asking the program for its version would take seconds; the package says it too."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))


class Translator(DagsterDbtTranslator):
    """Assets are grouped by the layer of the warehouse that they belong to."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The spec of a model: dagster-dbt's own, with the layer as its group."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        layer = self.get_resource_props(manifest, unique_id)["fqn"][1]
        return spec.replace_attributes(group_name=layer, owners=OWNERS)


@dbt_assets(
    manifest=manifest_for_dagster(),
    name="scenario_models",
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    dagster_dbt_translator=Translator(),
    pool=WRITER_POOL,
)
def scenario_models(context: dg.AssetExecutionContext, config: ModelConfig, places: Places) -> Iterator[Any]:
    """Build and test the models for the scenarios of the run, in one call of dbt."""
    settings = places.settings()
    # dbt runs in the folder of its project: a relative path would mean another file there.
    os.environ["PAYSIM_DB"] = str(settings.database)
    dbt = Dbt(project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=dbt_program())
    arguments = build_args(context.partition_keys, full_refresh=config.full_refresh)
    with warehouse_turn(settings):
        # One folder of artefacts beside the warehouse: who has the turn is alone, and nothing piles up.
        target = settings.database.with_name("dbt_target")
        yield from dbt.cli(arguments, context=context, target_path=target).stream()
