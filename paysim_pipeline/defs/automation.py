"""What happens by itself: a nightly comparison, runs for changed scenario files, a word about failed runs.

Belongs here: schedules and sensors. Does not belong here: jobs (`defs.jobs`), or finding changes and words
(`paysim_pipeline.scenario_changes`, `.run_failures`). What starts runs is off until somebody switches it on.
"""

import dagster as dg

from paysim_pipeline.defs.jobs import build_scenarios
from paysim_pipeline.defs.regression import regression_runs
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.defs.simulation import FINGERPRINT, SCENARIOS, simulation_run

nightly_regression = dg.ScheduleDefinition(
    name="nightly_regression",
    job=regression_runs,
    cron_schedule="0 3 * * *",
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Compare the scenarios with their baselines every night at three (UTC).",
)


@dg.sensor(
    job=build_scenarios,
    description="Builds every scenario whose file, or a policy file that it uses, is new or has changed.",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.STOPPED,
)
def changed_scenarios(context: dg.SensorEvaluationContext, places: Places) -> dg.SensorResult:
    """Build every scenario whose file, or a policy file that it uses, is new or has changed.

    New is what has not been played as it is now. A file that cannot be used is passed over, with the reason, until it
    is put right.
    """
    from paysim_pipeline.scenario_changes import find_changes

    instance = context.instance
    found = find_changes(
        places.settings().scenarios,
        context.cursor,
        SCENARIOS.get_partition_keys(),
        lambda name: _played(instance, name),
    )
    for problem in found.problems:
        context.log.warning(problem)
    if not found.changes:
        return dg.SensorResult(
            skip_reason=dg.SkipReason("\n".join(found.problems) or "no scenario has changed"), cursor=found.cursor
        )
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=change.run_key, partition_key=change.name, tags={"paysim/changed": change.name})
            for change in found.changes
        ],
        cursor=found.cursor,
    )


def _played(instance: dg.DagsterInstance, name: str) -> str | None:
    """Fingerprint of the scenario that was played last under a name."""
    latest = dg.AssetRecordsFilter(asset_key=simulation_run.key, asset_partitions=[name])
    for record in instance.fetch_materializations(latest, limit=1).records:
        found = record.asset_materialization
        if found is not None and FINGERPRINT in found.metadata:
            return str(found.metadata[FINGERPRINT].value)
    return None


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Say in plain words which scenario a run failed for, and what went wrong first; in the run's own log too."""
    from paysim_pipeline.run_failures import death, failure_words

    run = context.dagster_run
    died = death(context.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT))
    words = failure_words(run, context.get_step_failure_events(), died or context.failure_event.message)
    context.log.error(words)
    context.instance.report_engine_event(words, run)
