"""The checks of a run: of the bundle before it is loaded, and of the run over several scenarios as a whole.

Belongs here: Dagster's checks. Does not belong here: what is checked of a bundle (`paysim_pipeline.bundle_checks`,
`.repeat_checks`), or the tests of models, which dbt makes.
"""

import warnings
from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from paysim_pipeline import repeat_checks
from paysim_pipeline.asset_events import COMPLETE, PartitionReports, set_aside
from paysim_pipeline.bundle_checks import CHECKS, Finding, check_bundle
from paysim_pipeline.defs.models import LAST_MODEL
from paysim_pipeline.defs.raw import RAW_SIMULATIONS
from paysim_pipeline.defs.reports import scenario_report
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import SCENARIOS, scenario_file, simulation_run

BUNDLE_CHECKS = {check.name: check.description for check in CHECKS} | {repeat_checks.NAME: repeat_checks.DESCRIPTION}


def _check_specs() -> list[dg.AssetCheckSpec]:
    with warnings.catch_warnings():
        # Checks per partition are a preview feature of this Dagster; without them one scenario's result would stand
        # for all.
        warnings.simplefilter("ignore", category=dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(
                name, asset=simulation_run.key, description=description, blocking=True, partitions_def=SCENARIOS
            )
            for name, description in BUNDLE_CHECKS.items()
        ]


@dg.multi_asset_check(specs=_check_specs(), name="bundle_checks")
def bundle_checks(
    context: dg.AssetCheckExecutionContext, places: Places
) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
    """The bundle is sound; what fails here is not loaded."""
    reports = PartitionReports(context.op_execution_context)
    findings, failures = _findings(reports.names, places)
    key = simulation_run.key
    for name, found in findings.items():
        target = _target(context.instance, key, name)
        for check, finding in found.items():
            yield dg.AssetCheckEvaluation(
                asset_key=key,
                check_name=check,
                passed=finding.passed,
                description=finding.message,
                metadata={figure: dg.MetadataValue.int(number) for figure, number in finding.figures.items()},
                target_materialization_data=target,
                severity=dg.AssetCheckSeverity.ERROR,
                # What fails is taken out of the run below; blocking here, it would take the others with it.
                blocking=False,
                partition=name,
            )
            if not finding.passed:
                failures[name] = f"{check}: {finding.message}"
    # Results of our own instead of one AssetCheckResult: that knows a partition only in a run of a single one.
    for spec in bundle_checks.check_specs:
        yield dg.Output(None, output_name=spec.get_python_identifier())
    reports.failed(failures)


def _findings(names: list[str], places: Places) -> tuple[dict[str, dict[str, Finding]], dict[str, str]]:
    """What the checks found of each bundle, and the bundles that cannot be read, with why."""
    import duckdb

    from paysim_engine.bundle import Bundle, read_bundle
    from paysim_engine.bundle_format import BundleError
    from paysim_pipeline.parallel import SimulationJob, simulate_here, simulate_many
    from paysim_pipeline.partitions import scenario_files

    settings = places.settings()
    bundles: dict[str, Bundle] = {}
    unreadable: dict[str, str] = {}
    for name in names:
        try:
            bundles[name] = read_bundle(settings.bundle(name))
        except BundleError as error:
            unreadable[name] = str(error)
    files = scenario_files(settings.scenarios)
    jobs = {
        name: SimulationJob(files[name], None, bundle.manifest.seed, bundle.manifest.num_days)
        for name, bundle in bundles.items()
        if name in files and repeat_checks.is_sampled(bundle.manifest)
    }
    # Processes of their own take half a second to start: worth it for much work only.
    events = sum(repeat_checks.events_of(bundles[name].manifest) for name in jobs)
    at_once = events > 2 * repeat_checks.SMALL
    seconds = simulate_many(list(jobs.values())) if at_once else [simulate_here(job) for job in jobs.values()]
    second = dict(zip(jobs, seconds, strict=True))
    findings = {}
    with duckdb.connect() as connection:
        for name, bundle in bundles.items():
            again = repeat_checks.compare(bundle, second[name]) if name in second else repeat_checks.not_sampled(bundle)
            findings[name] = {**check_bundle(bundle, connection), repeat_checks.NAME: again}
    return findings, unreadable


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


@dg.multi_asset_check(
    name=COMPLETE,
    specs=[
        dg.AssetCheckSpec(COMPLETE, asset=key, description="Every scenario of the latest run came through.")
        for key in (scenario_file.key, simulation_run.key, RAW_SIMULATIONS, LAST_MODEL, scenario_report.key)
    ],
    can_subset=True,
)
def complete(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Every scenario of the run came through; the run fails with the names of those that did not.

    The others are done with by then: this check stands at the end, whatever part of the graph a run is over.
    """
    run = context.instance.get_run_by_id(context.run.run_id)
    failed = {} if run is None else set_aside(run)
    for key in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=not failed,
            description="; ".join(f"{name}: {why}" for name, why in failed.items()) or None,
        )
    if failed:
        names = "\n".join(f"{name}: {why}" for name, why in failed.items())
        raise dg.Failure(f"{names}\nThe other scenarios of this run are done; run these again.", allow_retries=False)
