"""`make demo`: every scenario from its file to its report, through Dagster, and what came out.

Belongs here: one run of the job `build_scenarios` over the partitions that are not up to date, one of
`publish_results`, a table, and what to try next. Does not belong here: any work of its own (the Dagster UI does what
the demo does, and shows these very runs), or finding out what is up to date (`freshness`).
"""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from filelock import FileLock, Timeout

from paysim_pipeline.cli import output
from paysim_pipeline.cli.errors import message_of
from paysim_pipeline.overview import Record
from paysim_pipeline.partitions import misnamed_words, scenario_files
from paysim_pipeline.report_files import report_file
from paysim_pipeline.run_failures import first_error
from paysim_pipeline.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    import dagster as dg

    from paysim_engine.scenario import LoadedScenario
    from paysim_pipeline.freshness import Freshness

_DEMO: Final = {"paysim/demo": "true"}
"""Tag of the runs that a demo makes."""


@dataclass
class Outcome:
    """What became of the scenarios.

    Attributes:
        built: those whose models were built.
        failures: what went wrong, one message each; empty if everything went well.
    """

    built: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def stretches(wanted: Sequence[str], keys: Sequence[str]) -> list[tuple[str, str]]:
    """The wanted keys as ranges of partitions (first, last), since a run takes a range and not a set.

    >>> stretches(["a", "b", "d"], ["a", "b", "c", "d"])
    [('a', 'b'), ('d', 'd')]
    """
    ranges: list[tuple[str, str]] = []
    before: str | None = None
    for key in keys:
        if key in wanted:
            ranges.append((key, key) if before is None else (ranges.pop()[0], key))
        before = key if key in wanted else None
    return ranges


def sound_scenarios(settings: Settings) -> "tuple[list[LoadedScenario], list[str]]":
    """The scenarios that pass all checks, and the reports on the others: those are not even begun."""
    from paysim_engine.scenario import ScenarioError, load_scenario

    sound, reports = [], []
    for path in scenario_files(settings.scenarios).values():
        try:
            sound.append(load_scenario(path))
        except ScenarioError as error:
            reports.append(str(error))
    return sound, reports


def what_to_build(scenarios: "Sequence[LoadedScenario]", settings: Settings) -> dict[str, str]:
    """The scenarios that are not up to date, each with the reason."""
    import dagster as dg

    from paysim_pipeline.definitions import defs
    from paysim_pipeline.freshness import Freshness, out_of_date

    with dg.DagsterInstance.get() as instance:
        _bury(instance)
        freshness = Freshness(instance, defs().resolve_asset_graph())
        return out_of_date(freshness, settings, scenarios, _run_ids(scenarios))


def materialise(names: Sequence[str], settings: Settings) -> Outcome:
    """Build scenarios, in one run if they are neighbours, then compare and publish if that is not up to date."""
    import dagster as dg

    from paysim_pipeline.asset_events import COMPLETE, set_aside
    from paysim_pipeline.definitions import defs
    from paysim_pipeline.freshness import Freshness

    definitions = defs()
    job = definitions.resolve_job_def("build_scenarios")
    keys = [] if job.partitions_def is None else list(job.partitions_def.get_partition_keys())
    outcome = Outcome()
    with dg.DagsterInstance.get() as instance:
        for first, last in stretches(names, keys):
            tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
            # A run of one partition is tagged with it, so that the UI shows it as such.
            single = first == last
            result = _run(job, instance, partition=first if single else None, tags={} if single else tags)
            if not result.success:
                outcome.failures.append(first_error(result.get_step_failure_events(), None))
            if result.success or {event.step_key for event in result.get_step_failure_events()} == {COMPLETE}:
                finished = instance.get_run_by_id(result.run_id)
                failed = {} if finished is None else set_aside(finished)
                outcome.built += [key for key in keys[keys.index(first) : keys.index(last) + 1] if key not in failed]
        freshness = Freshness(instance, definitions.resolve_asset_graph())
        if settings.database.exists() and _must_publish(freshness, settings):
            result = _run(definitions.resolve_job_def("publish_results"), instance)
            if not result.success:
                outcome.failures.append(first_error(result.get_step_failure_events(), None))
    return outcome


def _run_ids(scenarios: "Sequence[LoadedScenario]") -> dict[str, str]:
    """The id of the ordinary run of each scenario, as its file asks for it."""
    import paysim_engine
    from paysim_pipeline.identity import simulation_id

    ids = {}
    for scenario in scenarios:
        simulation = scenario.resolved["simulation"]
        ids[scenario.name] = simulation_id(
            scenario.name,
            scenario.fingerprint,
            simulation["rng_seed"],
            simulation["num_days"],
            paysim_engine.__version__,
        )
    return ids


def _must_publish(freshness: "Freshness", settings: Settings) -> bool:
    """Whether the comparison of the runs or the published copy is not up to date, or gone."""
    from paysim_pipeline.defs.models import comparison_keys
    from paysim_pipeline.defs.reports import published
    from paysim_pipeline.freshness import missing_tables
    from paysim_pipeline.warehouse.connection import reader

    keys = comparison_keys()
    if not settings.published.exists() or any(freshness.is_stale(key) for key in [*keys, published.key]):
        return True
    with reader(settings) as connection:
        return bool(missing_tables(connection, keys))


def _bury(instance: "dg.DagsterInstance") -> None:
    """End what a killed demo left behind: a run that nobody works at, and its turn at the warehouse.

    Only one demo is under way at a time (`main` sees to that), so whatever looks like one is dead. Runs of the queue
    are looked after by Dagster's daemon.
    """
    import dagster as dg

    statuses = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(dg.RunsFilter(tags=_DEMO, statuses=statuses)):
        instance.report_run_failed(run, "The process of this run was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _run(
    job: "dg.JobDefinition",
    instance: "dg.DagsterInstance",
    partition: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> "dg.ExecuteInProcessResult":
    return job.execute_in_process(
        instance=instance,
        partition_key=partition,
        tags=_DEMO | dict(tags or {}),
        run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        raise_on_error=False,
    )


def _table(results: list[Record], settings: Settings) -> None:
    columns = ("scenario", "payments", "settled", "rate", "cost", "delay in ticks", "report")
    rows = [
        (
            result["scenario"],
            output.count(result["total_arrivals"]),
            output.count(result["total_settlements"]),
            output.percent(result["settlement_rate"]),
            output.money(result["total_cost_cents"]),
            "–" if result["mean_delay_ticks"] is None else f"{result['mean_delay_ticks']:.2f}",
            os.path.relpath(report_file(settings, result["scenario"])),
        )
        for result in results
    ]
    output.show(output.table(columns, rows, right=columns[1:-1]))


def _next_steps(settings: Settings, results: list[Record]) -> None:
    programs = os.path.relpath(Path(sys.executable).parent)
    shown = results[0]["scenario"] if results else "SCENARIO"
    steps = {
        "make dev": "the Dagster UI: the graph, these runs, their checks and pictures",
        f"{programs}/paysim show {shown}": "one run on the command line; 'paysim --help' has more",
        f"{programs}/paysim compare --help": "two runs side by side",
        f"cd dbt_project && ../{programs}/dbt build": "the models and their tests, by hand",
    }
    print(f"The warehouse is {settings.database}; people read the copy {settings.published}.")
    if results:
        print(f"A report opens in any browser, for instance {report_file(settings, shown)}.")
    print("What to try next:")
    width = max(map(len, steps))
    for command, what in steps.items():
        print(f"  {command:<{width}}  {what}")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / "demo.lock", timeout=0):
            yield
    except Timeout:
        raise OSError(f"{home}: another demo is under way; wait for it to end and run it again") from None


@contextmanager
def _into(log: TextIO) -> Iterator[None]:
    """Dagster and dbt report every step; here the results matter."""
    with redirect_stdout(log), redirect_stderr(log):
        yield


def main() -> int:
    """Run the demo; 0 if every scenario is up to date in the end."""
    import paysim_engine

    began = time.perf_counter()
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT / "dagster_home"))
    settings = Settings.from_environment()
    kind = "compiled" if paysim_engine.is_compiled() else "interpreted"
    scenarios, failures = sound_scenarios(settings)
    print(f"paysim {paysim_engine.__version__}, engine {kind}")
    print("Through Dagster: simulate, check, load, model, report, publish what is not up to date.", flush=True)
    log = settings.database.with_name("demo.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with _alone(Path(os.environ["DAGSTER_HOME"])), log.open("w", encoding="utf-8") as file:
        with output.working("looking what is up to date"), _into(file):
            reasons = what_to_build(scenarios, settings)
        for scenario in scenarios:
            why = reasons.get(scenario.name)
            print(f"  {scenario.name}: {f'to be built, since {why}' if why else 'up to date'}", flush=True)
        with output.working("building"), _into(file):
            outcome = materialise(list(reasons), settings)
    failures += outcome.failures
    fresh = [scenario.name for scenario in scenarios if scenario.name not in reasons]
    results = [result for result in _results(settings) if result["scenario"] in {*fresh, *outcome.built}]
    if results:
        _table(results, settings)
    for passed_over in misnamed_words(settings.scenarios):
        print(f"passed over: {passed_over}", file=sys.stderr)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    if failures:
        print(f"{log} has the whole story.", file=sys.stderr)
    seconds = time.perf_counter() - began
    print(f"{len(outcome.built)} scenarios built, {len(fresh)} up to date already, in {seconds:.1f} s.\n")
    _next_steps(settings, results)
    return 1 if failures else 0


def _results(settings: Settings) -> list[Record]:
    from paysim_pipeline.overview import results
    from paysim_pipeline.warehouse.connection import reader

    if not settings.database.exists():
        return []
    with reader(settings) as connection:
        return results(connection)


if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        print(f"paysim: {message_of(error)}", file=sys.stderr)
        code = 1
    sys.exit(code)
