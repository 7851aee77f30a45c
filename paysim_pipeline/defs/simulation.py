"""From a scenario file to a run bundle, and the checks that stand between the bundle and the warehouse.

Belongs here: the assets `scenario_file` and `simulation_run` and their checks. Does not belong here: playing a scenario
(`paysim_pipeline.simulate`), what is checked (`paysim_pipeline.bundle_checks`), the database. No pool: simulations run
beside each other, and beside a load.
"""

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

import paysim_engine
from paysim_pipeline.bundle_checks import CHECKS, check_bundle
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.partitions import scenario_files, scenario_partitions

if TYPE_CHECKING:
    from paysim_pipeline.simulate import RunFigures

SCENARIOS = scenario_partitions()
OWNERS = ["team:paysim"]


class RunConfig(dg.Config):
    """What the launchpad may change for a run."""

    seed: int | None = None
    num_days: int | None = None


@dg.asset(
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="scenarios",
    owners=OWNERS,
    kinds={"yaml"},
)
def scenario_file(
    context: dg.AssetExecutionContext, places: Places
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
    """A scenario file that passed all checks. Its data version is the fingerprint of the resolved scenario.

    A comment or another spelling of the same values leaves the version as it is; a changed policy file changes it.
    """
    from paysim_engine.scenario import ScenarioError, load_scenario

    files = scenario_files(places.settings().scenarios)
    versions: dict[str, str] = {}
    details: dict[str, dict[str, dg.MetadataValue]] = {}
    problems: list[str] = []
    for name in context.partition_keys:
        try:
            loaded = load_scenario(files[name])
        except ScenarioError as error:
            problems.append(str(error))
            continue
        simulation = loaded.resolved["simulation"]
        versions[name] = loaded.fingerprint
        details[name] = {
            "path": dg.MetadataValue.path(loaded.path),
            "fingerprint": dg.MetadataValue.text(loaded.fingerprint),
            "agents": dg.MetadataValue.int(len(loaded.resolved["agents"])),
            "days": dg.MetadataValue.int(simulation["num_days"]),
            "ticks_per_day": dg.MetadataValue.int(simulation["ticks_per_day"]),
            "seed": dg.MetadataValue.int(simulation["rng_seed"]),
            "warnings": dg.MetadataValue.md("\n".join(f"* {warning}" for warning in loaded.warnings) or "none"),
        }
    if problems:
        raise dg.Failure("\n".join(problems), allow_retries=False)
    yield from versioned(context, scenario_file.key, versions, details)


def versioned(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    versions: dict[str, str],
    details: dict[str, dict[str, dg.MetadataValue]],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
    """Report an asset without parents as materialised, each partition with a data version of its own.

    A result has one data version for all partitions of a run. For a run of several, each partition is reported a
    second time with its own: the last report is what counts, and the first lets the assets behind it go ahead.
    """
    for name, metadata in details.items():
        context.add_asset_metadata(metadata, asset_key=key, partition_key=name)
    if len(versions) == 1:
        yield dg.MaterializeResult(asset_key=key, data_version=dg.DataVersion(*versions.values()))
        return
    yield dg.MaterializeResult(asset_key=key)
    for name, version in versions.items():
        tags = {"dagster/data_version": version, "dagster/data_version_is_user_provided": "true"}
        yield dg.AssetMaterialization(key, partition=name, metadata=details[name], tags=tags)


@dg.asset(
    deps=[scenario_file],
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    code_version=paysim_engine.__version__,
    group_name="simulation",
    owners=OWNERS,
    kinds={"python", "parquet"},
)
def simulation_run(context: dg.AssetExecutionContext, config: RunConfig, places: Places) -> dg.MaterializeResult[None]:
    """A scenario played to its end, everything that happened recorded in a bundle of Parquet files.

    If one of several scenarios fails, the others are simulated all the same before the run fails.
    """
    from paysim_engine.bundle_format import BundleError
    from paysim_engine.core.errors import SimulationError
    from paysim_engine.scenario import ScenarioError, load_scenario
    from paysim_pipeline.simulate import ScenarioRun

    settings = places.settings()
    files = scenario_files(settings.scenarios)
    failures: list[str] = []
    for name in context.partition_keys:
        try:
            loaded = load_scenario(files[name])
            run = ScenarioRun(loaded, seed=config.seed, num_days=config.num_days, bundle=settings.bundle(name))
            figures = run.play()
        except (ScenarioError, SimulationError, BundleError) as error:
            failures.append(f"{name}: {error}")
            context.log.error(failures[-1])
            continue
        context.add_asset_metadata(_run_metadata(figures), partition_key=name)
    if failures:
        raise dg.Failure("\n".join(failures), allow_retries=False)
    return dg.MaterializeResult()


def _run_metadata(figures: "RunFigures") -> dict[str, dg.MetadataValue]:
    if figures.bundle is None:
        raise AssertionError("a completed run with a bundle directory has a bundle")
    manifest, summary = figures.bundle.manifest, figures.summary
    value = dg.MetadataValue
    return {
        "payments": value.int(summary["total_arrivals"]),
        "settled": value.int(summary["total_settlements"]),
        "settlement_rate": value.float(summary["settlement_rate"]),
        "settled_by_liquidity_saving": value.int(figures.lsm_settlements),
        "total_cost_cents": value.int(summary["total_cost"]),
        "events": value.int(summary["events"]),
        "ticks_per_second": value.float(round(figures.ticks_per_second, 1)),
        "seconds": value.float(round(figures.seconds, 3)),
        "events_digest": value.text(manifest.events_digest),
        "seed": value.int(manifest.seed),
        "days": value.int(manifest.num_days),
        "engine": value.text(f"{manifest.engine_version} ({'compiled' if manifest.compiled else 'interpreted'})"),
        "bundle": value.path(figures.bundle.directory),
    }


def _check_specs() -> list[dg.AssetCheckSpec]:
    with warnings.catch_warnings():
        # Checks per partition are a preview feature of this Dagster; without them one scenario's result would stand
        # for all.
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                check.name,
                asset=simulation_run.key,
                description=check.description,
                blocking=True,
                partitions_def=SCENARIOS,
            )
            for check in CHECKS
        ]


@dg.multi_asset_check(specs=_check_specs(), name="bundle_checks")
def bundle_checks(
    context: dg.AssetCheckExecutionContext, places: Places
) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
    """The bundle is sound; what fails here is not loaded."""
    from paysim_engine.bundle import read_bundle

    settings = places.settings()
    key = simulation_run.key
    for name in context.op_execution_context.partition_keys:
        for check, finding in check_bundle(read_bundle(settings.bundle(name))).items():
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=check,
                passed=finding.passed,
                description=finding.message,
                metadata={figure: dg.MetadataValue.int(number) for figure, number in finding.figures.items()},
                target_materialization_data=_target(context.instance, key, name),
                severity=dg.AssetCheckSeverity.ERROR,
                blocking=True,
                partition=name,
            )
    # Results of our own instead of one AssetCheckResult: that knows a partition only in a run of a single one.
    for spec in bundle_checks.check_specs:
        yield dg.Output(None, output_name=spec.get_python_identifier())


def _target(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str
) -> AssetCheckEvaluationTargetMaterializationData | None:
    """The materialisation that a check is about: the latest of the partition."""
    found = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
    ).records
    if not found:
        return None
    return AssetCheckEvaluationTargetMaterializationData(
        storage_id=found[0].storage_id, run_id=found[0].event_log_entry.run_id, timestamp=found[0].timestamp
    )
