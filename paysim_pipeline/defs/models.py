"""The dbt models as assets, their tests as checks.

Belongs here: the models of a scenario, partitioned, and the comparison of runs, which is not. Does not belong here:
what dbt is asked for (`paysim_pipeline.dbt_args`), how it is run (`.dbt_run`), what its reports mean (`.dbt_results`),
or any SQL. The only module that imports `dagster_dbt`: it takes seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test, get_updated_cli_invocation_params_for_context
from pydantic import Field

from paysim_pipeline.asset_events import Event, Metadata, PartitionReports
from paysim_pipeline.dbt_args import COMPARISON, build_args
from paysim_pipeline.dbt_files import HAS_TURN, DbtError, in_order, manifest_for_dagster, warehouse_turn
from paysim_pipeline.dbt_results import DbtResults, Part
from paysim_pipeline.dbt_run import DbtCall, in_parts, run_dbt
from paysim_pipeline.defs.resources import WRITER_POOL, Places
from paysim_pipeline.defs.simulation import OWNERS, SCENARIOS
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse.errors import WarehouseError

_MANIFEST: Final = manifest_for_dagster(Settings.from_environment().database)

LAST_MODEL: Final = dg.AssetKey(["main", "simulations"])
"""The model that says which runs there are."""

_ALL: Final = ""
"""Stands for all scenarios, in place of the name of one."""

_Check = dg.AssetCheckEvaluation | dg.Output[None]


class ModelConfig(dg.Config):
    """What the launchpad may change for a build of the models.

    Attributes:
        full_refresh: build the tables anew, for all scenarios, instead of replacing the rows of these.
    """

    full_refresh: bool = Field(
        default=False, description="Build the tables anew, for all scenarios, instead of replacing the rows of these."
    )


class Translator(DagsterDbtTranslator):
    """Assets are grouped by the layer of the warehouse that they belong to."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """The spec of a model: dagster-dbt's own, with the layer as its group."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        layers = self.get_resource_props(manifest, unique_id)["fqn"][1:]
        group = "comparison" if layers[:2] == ["marts", "comparison"] else layers[0]
        return spec.replace_attributes(group_name=group, owners=OWNERS)


_TRANSLATOR: Final = Translator()

_STORED: Final = {
    _TRANSLATOR.get_asset_spec(_MANIFEST, unique_id, None).key
    for unique_id, node in _MANIFEST["nodes"].items()
    if node["resource_type"] == "model" and node["config"]["materialized"] in ("incremental", "table")
}
"""The models that have rows of their own; the others are views."""

_GROUPS: Final = {
    spec.key: spec.group_name
    for spec in (
        _TRANSLATOR.get_asset_spec(_MANIFEST, unique_id, None)
        for unique_id, node in _MANIFEST["nodes"].items()
        if node["resource_type"] == "model"
    )
}

MARTS: Final = sorted(key for key, group in _GROUPS.items() if group == "marts")
"""The models of scenarios that people ask."""


def comparison_keys() -> list[dg.AssetKey]:
    """The models that compare runs."""
    return sorted(key for key, group in _GROUPS.items() if group == "comparison")


def _selection(context: dg.AssetExecutionContext) -> list[str]:
    """The arguments of dbt that select what the run is about: often all, in the UI also single models."""
    asked = get_updated_cli_invocation_params_for_context(context, _MANIFEST, _TRANSLATOR)
    mode = ["--indirect-selection", asked.indirect_selection] if asked.indirect_selection else []
    return [*asked.selection_args, *mode]


def _call(settings: Settings, arguments: Sequence[str]) -> DbtCall:
    # One folder of artefacts beside the warehouse: who has the turn is alone, and nothing piles up.
    return run_dbt(arguments, settings.database, settings.database.with_name("dbt_target"), {HAS_TURN: "held"})


def _results(context: dg.AssetExecutionContext, parts: Sequence[Part]) -> DbtResults:
    """What dbt reported, as far as it is about this step's assets and checks."""
    nodes = _MANIFEST["nodes"]
    models = {
        node: _TRANSLATOR.get_asset_spec(_MANIFEST, node, None).key
        for node in in_order(_MANIFEST)
        if nodes[node]["resource_type"] == "model"
    }
    checks = {
        node: get_asset_check_key_for_test(_MANIFEST, _TRANSLATOR, node, project=None)
        for node in nodes
        if nodes[node]["resource_type"] == "test"
    }
    wanted = {
        spec.key: spec for spec in context.assets_def.check_specs if spec.key in context.selected_asset_check_keys
    }
    selected = context.selected_asset_keys
    return DbtResults(
        parts,
        {node: key for node, key in models.items() if key in selected},
        {node: wanted[key] for node, key in checks.items() if key in wanted},
    )


def _figures(
    settings: Settings, built: Mapping[dg.AssetKey, Mapping[str, float]]
) -> dict[dg.AssetKey, dict[str, Metadata]]:
    """Rows and key figures of the models per scenario, from the warehouse."""
    from paysim_pipeline.mart_figures import Figure, key_figures, row_counts
    from paysim_pipeline.warehouse.connection import reader

    def shown(figure: Figure) -> dg.MetadataValue[Any]:
        value = dg.MetadataValue
        if isinstance(figure, str):
            return value.md(figure)
        return value.int(figure) if isinstance(figure, int) else value.float(round(figure, 6))

    tables = {".".join(key.path): key for key in built if key in _STORED}
    names = sorted({name for scenarios in built.values() for name in scenarios})
    with reader(settings) as connection:
        counts = row_counts(connection, tables, names)
        figures = key_figures(connection, tables, names)
    found: dict[dg.AssetKey, dict[str, Metadata]] = {}
    for key, scenarios in built.items():
        table = ".".join(key.path)
        for name, seconds in scenarios.items():
            entry: dict[str, dg.MetadataValue[Any]] = {"seconds": dg.MetadataValue.float(seconds)}
            if table in counts:
                entry["dagster/partition_row_count"] = dg.MetadataValue.int(counts[table][name])
            for label, figure in figures.get(table, {}).get(name, {}).items():
                entry[label] = shown(figure)
            found.setdefault(key, {})[name] = entry
    return found


@dbt_assets(
    manifest=_MANIFEST,
    exclude=COMPARISON,
    name="scenario_models",
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    dagster_dbt_translator=_TRANSLATOR,
    pool=WRITER_POOL,
)
def scenario_models(context: dg.AssetExecutionContext, config: ModelConfig, places: Places) -> Iterator[Event | _Check]:
    """Build and test the models for the scenarios of the run, in one call of dbt.

    If a model or a test of several scenarios fails, dbt is called again for each half of them, and so on, until it is
    known which scenarios it is.
    """
    settings = places.settings()
    reports = PartitionReports(context)
    selection = _selection(context)

    def call(names: Sequence[str]) -> DbtCall:
        return _call(settings, build_args(names, full_refresh=config.full_refresh, selection=selection))

    try:
        with warehouse_turn(settings):
            results = _results(context, in_parts(reports.names, call))
            figures = _figures(settings, results.built())
    except (DbtError, WarehouseError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    for key, made in figures.items():
        yield from reports.materialised(key, made)
    yield from results.checks()
    reports.failed(results.failures())


if comparison_keys():

    @dbt_assets(
        manifest=_MANIFEST,
        select=COMPARISON,
        name="comparison_models",
        dagster_dbt_translator=_TRANSLATOR,
        pool=WRITER_POOL,
    )
    def comparison_models(context: dg.AssetExecutionContext, places: Places) -> Iterator[_Check]:
        """Compare the runs that the warehouse holds, all of them in one table."""
        settings = places.settings()
        try:
            with warehouse_turn(settings):
                outcome = _call(settings, build_args([], selection=_selection(context)))
        except DbtError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        results = _results(context, [([_ALL], outcome)])
        for key, made in results.built().items():
            output = context.assets_def.get_output_name_for_asset_key(key)
            yield dg.Output(None, output_name=output, metadata={"seconds": made[_ALL]})
        yield from results.checks()
        if failures := results.failures():
            raise dg.Failure(failures[_ALL], allow_retries=False)
