"""`make demo`: every scenario from its file to its results, through Dagster, and what came out.

Belongs here: one run of the job `build_scenarios` over all partitions, a table, and what to try next. Does not belong
here: any work of its own; what the demo does, the Dagster UI does too, and shows these very runs.
"""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from paysim_pipeline.cli import output
from paysim_pipeline.cli.errors import message_of
from paysim_pipeline.overview import Record
from paysim_pipeline.partitions import scenario_files
from paysim_pipeline.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    import dagster as dg

_BEFORE_THE_LOAD = ("scenario_file", "simulation_run", "bundle_checks")


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


def sound_scenarios(settings: Settings) -> tuple[list[str], list[str]]:
    """The scenarios that pass all checks, and the reports on the others: those are not even begun."""
    from paysim_engine.scenario import ScenarioError, load_scenario

    sound, reports = [], []
    for name, path in scenario_files(settings.scenarios).items():
        try:
            load_scenario(path)
            sound.append(name)
        except ScenarioError as error:
            reports.append(str(error))
    return sound, reports


def materialise(names: Sequence[str]) -> Outcome:
    """Build scenarios through Dagster: all in one run, or one by one if one of them stands in the others' way."""
    import dagster as dg

    from paysim_pipeline.definitions import defs

    job = defs().resolve_job_def("build_scenarios")
    keys = [] if job.partitions_def is None else list(job.partitions_def.get_partition_keys())
    outcome = Outcome()
    with dg.DagsterInstance.get() as instance:
        for first, last in stretches(names, keys):
            part = keys[keys.index(first) : keys.index(last) + 1]
            result = _run(job, instance, first, last)
            if result.success:
                outcome.built += part
            elif len(part) > 1 and _failed_steps(result) & set(_BEFORE_THE_LOAD):
                for name in part:
                    single = _run(job, instance, name, name)
                    if single.success:
                        outcome.built.append(name)
                    else:
                        outcome.failures.append(f"{name}: {_why(single)}")
            else:
                outcome.failures.append(f"{', '.join(part)}: {_why(result)}")
    return outcome


def _run(job: "dg.JobDefinition", instance: "dg.DagsterInstance", first: str, last: str) -> "dg.ExecuteInProcessResult":
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    return job.execute_in_process(
        instance=instance,
        # A run of one partition is tagged with it, so that the UI shows it as such.
        partition_key=first if first == last else None,
        tags={} if first == last else tags,
        run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        raise_on_error=False,
    )


def _failed_steps(result: "dg.ExecuteInProcessResult") -> set[str]:
    return {event.step_key for event in result.get_step_failure_events() if event.step_key is not None}


def _why(result: "dg.ExecuteInProcessResult") -> str:
    """The first failure of a run in plain words."""
    for event in result.get_step_failure_events():
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return data.user_failure_data.description
        if data.error is not None:
            # The cause is what a person wrote; what stands around it says where Dagster was at the time.
            error = data.error.cause or data.error
            return f"{event.step_key}: {error.message.strip()}"
    return "the run failed without a failed step"


def _table(results: list[Record]) -> None:
    columns = ("scenario", "payments", "settled", "settlement\nrate", "total\ncost", "mean delay\nin ticks", "seconds")
    rows = [
        (
            result["scenario"],
            output.count(result["total_arrivals"]),
            output.count(result["total_settlements"]),
            output.percent(result["settlement_rate"]),
            output.money(result["total_cost_cents"]),
            "–" if result["mean_delay_ticks"] is None else f"{result['mean_delay_ticks']:.2f}",
            f"{result['duration_seconds']:.2f}",
        )
        for result in results
    ]
    output.show(output.table(columns, rows, right=columns[1:]))


def _next_steps(settings: Settings, results: list[Record]) -> None:
    programs = os.path.relpath(Path(sys.executable).parent)
    shown = results[0]["scenario"] if results else "SCENARIO"
    steps = {
        "make dev": "the Dagster UI: the graph, these runs and their checks",
        f"{programs}/paysim show {shown}": "one run on the command line; 'paysim --help' has more",
        f"cd dbt_project && ../{programs}/dbt build": "the models and their tests, by hand",
    }
    print(f"The warehouse is {settings.database}. What to try next:")
    width = max(map(len, steps))
    for command, what in steps.items():
        print(f"  {command:<{width}}  {what}")


def main() -> int:
    """Run the demo; 0 if every scenario was built."""
    import paysim_engine

    began = time.perf_counter()
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT_ROOT / "dagster_home"))
    settings = Settings.from_environment()
    kind = "compiled" if paysim_engine.is_compiled() else "interpreted"
    names, failures = sound_scenarios(settings)
    print(f"paysim {paysim_engine.__version__}, engine {kind}")
    print(f"Building {len(names)} scenarios through Dagster ({', '.join(names)}): simulate, check, load, model ...")
    log = settings.database.with_name("demo.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    # Dagster and dbt report every step; here the results matter.
    with (
        output.working("working"),
        log.open("w", encoding="utf-8") as file,
        redirect_stdout(file),
        redirect_stderr(file),
    ):
        outcome = materialise(names)
    failures += outcome.failures
    results = [result for result in _results(settings) if result["scenario"] in outcome.built]
    if results:
        _table(results)
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    if failures:
        print(f"{log} has the whole story.", file=sys.stderr)
    print(f"{len(outcome.built)} scenarios in {time.perf_counter() - began:.1f} s.\n")
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
