"""From a scenario file to a run bundle.

Belongs here: the assets `scenario_file` and `simulation_run`. Does not belong here: playing scenarios
(`paysim_pipeline.simulate`, `.parallel`), the checks of a bundle (`defs.checks`), the database. No pool: simulations
run beside each other, and beside a load.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
from pydantic import Field

import paysim_engine
from paysim_pipeline.asset_events import NOTHING, Event, Metadata, PartitionReports
from paysim_pipeline.defs.resources import Places
from paysim_pipeline.engine_code import code_version, out_of_step
from paysim_pipeline.partitions import misnamed_words, scenario_files, scenario_partitions
from paysim_pipeline.settings import Settings

if TYPE_CHECKING:
    from paysim_engine.bundle import Bundle
    from paysim_pipeline.parallel import RunDigest

SCENARIOS = scenario_partitions()
OWNERS = ["team:paysim"]

ENGINE_CODE: Final = code_version()
"""Code version of all that follows from the engine: when its sources change, every partition is stale."""

FINGERPRINT: Final = "fingerprint"
"""Name of the metadata that say which scenario it was, whatever its file says by now."""


def check_engine() -> None:
    """Refuse to play with a compiled engine that is not the one of the sources, whose version the results would get.

    Raises:
        dagster.Failure: it is not.
    """
    if paysim_engine.is_compiled() and (why := out_of_step()):
        raise dg.Failure(why, allow_retries=False)


class RunConfig(dg.Config):
    """What the launchpad may change for a run.

    Attributes:
        seed: a seed other than the scenario's own.
        num_days: a number of days other than the scenario's own.
    """

    seed: int | None = Field(default=None, description="A seed other than the scenario's own, for this run.")
    num_days: int | None = Field(default=None, description="A number of days other than the scenario's own.")


def _left_out() -> dict[str, dg.MetadataValue[Any]]:
    """For the page of the asset: files beside the scenarios that look like some, and why they have no partition."""
    words = misnamed_words(Settings.from_environment().scenarios)
    return {"left_out": dg.MetadataValue.md("\n".join(f"* {each}" for each in words))} if words else {}


@dg.asset(
    dagster_type=NOTHING,
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="scenarios",
    owners=OWNERS,
    kinds={"yaml"},
    metadata=_left_out(),
)
def scenario_file(context: dg.AssetExecutionContext, places: Places) -> Iterator[Event]:
    """A scenario file that passed all checks. Its data version is the fingerprint of the resolved scenario.

    A comment or another spelling of the same values leaves the version as it is; a changed policy file changes it. A
    code version is one for all partitions, so it cannot hold the fingerprint of each: what makes the partition of a
    changed scenario stale from here on is this data version, and what makes all of them stale is a change in the
    engine's sources, from which the code version of `simulation_run` follows.
    """
    from paysim_engine.scenario import ScenarioError, load_scenario

    files = scenario_files(places.settings().scenarios)
    reports = PartitionReports(context)
    reports.begin_anew()
    versions: dict[str, str] = {}
    made: dict[str, Metadata] = {}
    failures: dict[str, str] = {}
    for name in reports.names:
        try:
            loaded = load_scenario(files[name])
        except KeyError:
            failures[name] = f"{places.settings().scenarios / name}.yaml is gone; reload the definitions"
            continue
        except ScenarioError as error:
            failures[name] = str(error)
            continue
        simulation = loaded.resolved["simulation"]
        versions[name] = loaded.fingerprint
        made[name] = {
            "path": dg.MetadataValue.path(loaded.path),
            FINGERPRINT: dg.MetadataValue.text(loaded.fingerprint),
            "agents": dg.MetadataValue.int(len(loaded.resolved["agents"])),
            "days": dg.MetadataValue.int(simulation["num_days"]),
            "ticks_per_day": dg.MetadataValue.int(simulation["ticks_per_day"]),
            "seed": dg.MetadataValue.int(simulation["rng_seed"]),
            "warnings": dg.MetadataValue.md("\n".join(f"* {warning}" for warning in loaded.warnings) or "none"),
        }
    yield from reports.materialised(scenario_file.key, made, versions)
    reports.failed(failures)


@dg.asset(
    dagster_type=NOTHING,
    deps=[scenario_file],
    partitions_def=SCENARIOS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    code_version=ENGINE_CODE,
    group_name="simulation",
    owners=OWNERS,
    kinds={"python", "parquet"},
)
def simulation_run(context: dg.AssetExecutionContext, config: RunConfig, places: Places) -> Iterator[Event]:
    """A scenario played to its end, everything that happened recorded in a bundle of Parquet files.

    Several scenarios are played in parallel, one process each. If one fails, the others go on without it.
    """
    import duckdb

    from paysim_engine.bundle import read_bundle
    from paysim_pipeline.parallel import SimulationJob, simulate_here, simulate_many
    from paysim_pipeline.sparkline import balances

    check_engine()
    settings = places.settings()
    files = scenario_files(settings.scenarios)
    reports = PartitionReports(context)
    failures = {name: "its file is gone; reload the definitions" for name in reports.names if name not in files}
    jobs = {
        name: SimulationJob(files[name], settings.bundle(name), config.seed, config.num_days)
        for name in reports.names
        if name not in failures
    }
    # A process of its own takes half a second to start: worth it for several.
    outcomes = [simulate_here(job) for job in jobs.values()] if len(jobs) == 1 else simulate_many(list(jobs.values()))
    given = ", ".join(f"{field} {value}" for field, value in config.model_dump(exclude_none=True).items())
    versions: dict[str, str] = {}
    made: dict[str, Metadata] = {}
    with duckdb.connect() as connection:
        for name, outcome in zip(jobs, outcomes, strict=True):
            if outcome.figures is None:
                error = outcome.error or "it failed without a word"
                failures[name] = f"{error}\n(The run was given {given}.)" if given else error
                continue
            bundle = read_bundle(settings.bundle(name))
            versions[name] = data_version(bundle)
            picture = dg.MetadataValue.md(balances(bundle, connection))
            made[name] = run_metadata(outcome.figures, bundle) | {"balances": picture}
    yield from reports.materialised(simulation_run.key, made, versions)
    reports.failed(failures)


def data_version(bundle: "Bundle") -> str:
    """What a run's content follows from, and what came of it: the same run twice has one data version."""
    manifest = bundle.manifest
    inputs = [
        manifest.fingerprint,
        manifest.seed,
        manifest.num_days,
        manifest.engine_version,
        manifest.events_digest,
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def run_metadata(run: "RunDigest", bundle: "Bundle") -> dict[str, dg.MetadataValue[Any]]:
    """The figures of a run."""
    summary, value = run.summary, dg.MetadataValue
    return {
        "payments": value.int(summary["total_arrivals"]),
        "settled": value.int(summary["total_settlements"]),
        "settlement_rate": value.float(round(summary["settlement_rate"], 6)),
        "settled_by_liquidity_saving": value.int(run.lsm_settlements),
        "total_cost_cents": value.int(summary["total_cost"]),
        "events": value.int(summary["events"]),
        "ticks_per_second": value.float(round(run.ticks_per_second, 1)),
        "seconds": value.float(round(run.seconds, 3)),
        "events_digest": value.text(run.events_digest),
        FINGERPRINT: value.text(run.fingerprint),
        "seed": value.int(run.seed),
        "days": value.int(run.num_days),
        "engine": value.text(f"{run.engine_version} ({'compiled' if run.compiled else 'interpreted'})"),
        "bundle": value.path(bundle.directory),
    }
