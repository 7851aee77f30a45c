"""What the tests of materialisation run in a process of its own: the definitions read their scenarios when imported.

Belongs here: driving runs, one after the other, and reporting as JSON what came of each. Does not belong here: any
expectation. The environment says where everything is.
"""

import json
import shutil
from typing import Any
from unittest.mock import patch

import dagster as dg

from paysim_engine.bundle import Bundle
from paysim_engine.bundle_format import MANIFEST
from paysim_pipeline import overview
from paysim_pipeline.bundle_checks import Finding, check_bundle
from paysim_pipeline.definitions import defs
from paysim_pipeline.freshness import Freshness
from paysim_pipeline.settings import Settings
from paysim_pipeline.warehouse import writer
from paysim_pipeline.warehouse.connection import reader
from paysim_pipeline.warehouse.writer import load_into

SETTINGS = Settings.from_environment()
DEFINITIONS = defs()
GRAPH = DEFINITIONS.resolve_asset_graph()
NAMES = ("blocked", "good", "sound")


def build(
    instance: dg.DagsterInstance, first: str, last: str, ops: dict[str, Any] | None = None, *, whole: bool = False
) -> dict[str, Any]:
    """One run over a range of partitions: what it did, and what the warehouse holds after it.

    Args:
        instance: where the run is kept.
        first: the first partition of the range.
        last: the last one.
        ops: configuration of the steps, as the launchpad takes it.
        whole: with the models, the report and the published copy; by default a run ends with the raw tables.
    """
    raw = [key for key in GRAPH.get_all_asset_keys() if key.path[0] == "raw"]
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = DEFINITIONS.resolve_job_def("build_scenarios").execute_in_process(
        instance=instance,
        partition_key=first if first == last else None,
        tags={} if first == last else tags,
        asset_selection=None if whole else [dg.AssetKey("scenario_file"), dg.AssetKey("simulation_run"), *raw],
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, "ops": ops or {}},
    )
    failures = [event.step_failure_data.user_failure_data for event in result.get_step_failure_events()]
    made: dict[str, list[str]] = {}
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key is not None:
            made.setdefault(event.asset_key.to_user_string(), []).append(str(event.partition))
    return {
        "success": result.success,
        "failed": [event.step_key for event in result.get_step_failure_events()],
        "messages": [failure.description for failure in failures if failure is not None],
        "checks": {
            f"{check.check_name}:{check.partition}": check.passed
            for check in result.get_asset_check_evaluations()
            if check.partition is not None
        },
        "made": {key: sorted(names) for key, names in made.items()},
        "stored": stored(),
        "bundles": sorted(path.name for path in SETTINGS.bundles.iterdir()) if SETTINGS.bundles.exists() else [],
    }


def stale(instance: dg.DagsterInstance) -> dict[str, list[str]]:
    """Asset -> the partitions that Dagster calls stale."""
    keys = ["scenario_file", "simulation_run", "raw/payment_events", "raw/agents"]
    fresh = Freshness(instance, GRAPH)
    return {key: [name for name in NAMES if fresh.is_stale(dg.AssetKey(key.split("/")), name)] for key in keys}


def stored() -> dict[str, Any]:
    """Scenario -> the run that the warehouse holds of it."""
    if not SETTINGS.database.exists():
        return {}
    with reader(SETTINGS) as connection:
        return {
            run["scenario"]: {
                "id": run["simulation_id"],
                "seed": run["rng_seed"],
                "days": run["num_days"],
                "begun": str(run["started_at"]),
                "events": sum(overview.event_counts(connection, run["simulation_id"]).values()),
            }
            for run in overview.runs(connection)
        }


def latest(instance: dg.DagsterInstance, asset: str, partition: str) -> dict[str, Any]:
    """Data version and metadata of the latest materialisation of a partition."""
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset.split("/")), asset_partitions=[partition]), limit=1
    ).records
    event = records[0].asset_materialization
    assert event is not None
    return {
        "version": (event.tags or {}).get("dagster/data_version"),
        "metadata": {name: value.value for name, value in event.metadata.items()},
    }


def a_cent_is_missing(bundle: Bundle, connection: Any = None) -> dict[str, Finding]:
    """What the checks say, but for one of them about one of the scenarios."""
    found = check_bundle(bundle, connection)
    if bundle.directory.name == "good":
        found["money_conserved"] = Finding(False, "a cent is missing")
    return found


def load_while_replaced(connection: Any, bundle: Bundle, **options: Any) -> writer.LoadResult:
    """A load of a bundle; one of the scenarios is simulated again meanwhile, by somebody else."""
    if bundle.directory.name == "good":
        path = bundle.directory / MANIFEST
        path.write_text(path.read_text().replace(bundle.manifest.started_at, bundle.manifest.completed_at))
    return load_into(connection, bundle, **options)


def change(name: str, old: str, new: str) -> None:
    """Replace a text in a scenario file."""
    path = SETTINGS.scenarios / f"{name}.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def only_file(instance: dg.DagsterInstance, name: str) -> None:
    """Let Dagster look at a scenario file, and at nothing behind it."""
    DEFINITIONS.resolve_job_def("build_scenarios").execute_in_process(
        instance=instance, partition_key=name, asset_selection=[dg.AssetKey("scenario_file")]
    )


def failures(instance: dg.DagsterInstance, report: dict[str, Any]) -> None:
    """Scenarios that fail, at each of the steps, beside others that do not."""
    obstacle = SETTINGS.bundle("blocked") / "thesis.tex"
    obstacle.parent.mkdir(parents=True)
    obstacle.touch()
    report["one fails at first"] = build(instance, "blocked", "sound")
    report["it fails alone"] = build(instance, "blocked", "blocked")
    shutil.rmtree(obstacle.parent)
    report["healed"] = build(instance, "blocked", "blocked")
    with patch("paysim_pipeline.defs.checks.check_bundle", a_cent_is_missing):
        report["check fails"] = build(instance, "blocked", "sound")
        report["check fails alone"] = build(instance, "good", "good")
    with patch("paysim_pipeline.warehouse.writer.load_into", load_while_replaced):
        report["replaced"] = build(instance, "blocked", "sound")


def staleness(instance: dg.DagsterInstance, report: dict[str, Any]) -> None:
    """What is stale after which change."""
    report["all"] = build(instance, "blocked", "sound")
    report["latest"] = {
        f"{asset}:{name}": latest(instance, asset, name)
        for asset in ("scenario_file", "simulation_run", "raw/payment_events")
        for name in NAMES
    }
    report["stale"] = {"nothing changed": stale(instance)}
    report["again"] = build(instance, "sound", "sound")
    report["latest again"] = {
        key: latest(instance, key, "sound")["version"] for key in report["stale"]["nothing changed"]
    }
    report["stale"]["made again"] = stale(instance)
    change("sound", "simulation:", "# A remark.\nsimulation:")
    only_file(instance, "sound")
    report["stale"]["a remark"] = stale(instance)
    change("sound", "rng_seed: 1", "rng_seed: 2")
    only_file(instance, "sound")
    report["stale"]["another scenario"] = stale(instance)
    report["caught up"] = build(instance, "blocked", "sound")
    report["stale"]["caught up"] = stale(instance)


def launchpad(instance: dg.DagsterInstance, report: dict[str, Any]) -> None:
    """Configuration of a run, and a file that is no scenario."""
    report["seed"] = build(instance, "sound", "sound", {"simulation_run": {"config": {"seed": 7, "num_days": 2}}})
    report["refused"] = {
        f"{field} {value}": build(instance, "sound", "sound", {"simulation_run": {"config": {field: value}}})
        for field, value in (("seed", -1), ("num_days", 0))
    }
    (SETTINGS.scenarios / "good.yaml").write_text("simulation: {ticks_per_day: -1}\n")
    report["file broken"] = build(instance, "good", "sound")
    report["file broken alone"] = build(instance, "good", "good")


def main() -> None:
    """The whole sequence."""
    report: dict[str, Any] = {}
    with dg.DagsterInstance.get() as instance:
        failures(instance, report)
        staleness(instance, report)
        launchpad(instance, report)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
