"""`paysim baseline check`, `accept` and `list`: what the scenarios gave when somebody last looked.

Belongs here: arguments, tables, exit codes. Does not belong here: measuring and comparing
(`paysim_pipeline.regression`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import completion, output
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.cli.options import AsJson, Quiet, settings_from

if TYPE_CHECKING:
    from paysim_pipeline.regression.baseline import Baseline
    from paysim_pipeline.regression.comparing import Comparison

app = typer.Typer(
    help="Compare scenarios with what they gave before, and accept what they give now.\n\n"
    "Example: paysim baseline check",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Scenarios = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SCENARIO",
        help="Names of scenarios in the scenarios folder.",
        show_default=False,
        autocompletion=completion.scenarios,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", min=1, help="How many at a time; by default one per core."),
]


@app.command("check")
def check(
    scenarios: Scenarios = None, processes: Processes = None, as_json: AsJson = False, quiet: Quiet = False
) -> None:
    """Play scenarios and compare them with their baselines.

    All that have one are played, unless some are named. Shows every metric that differs: old, new, difference,
    tolerance. The exit code is 1 if anything is not as it was accepted: a metric, the events, or the scenario itself.

    Example: paysim baseline check

    Example: paysim baseline check gridlock --json
    """
    from paysim_pipeline.regression.comparing import compare
    from paysim_pipeline.regression.measuring import measure_scenarios

    folder = settings_from().scenarios
    names = _named(scenarios) or _kept(folder)
    files = _files(folder, names)
    baselines = {name: _read(folder, name) for name in names}
    with output.progress("checking", len(names), wanted=not quiet) as advance:
        measured, failures = measure_scenarios(files, processes=processes, on_done=advance)
    comparisons = {name: compare(baselines[name], found) for name, found in measured.items()}
    if as_json:
        results = {name: _record(comparison) for name, comparison in comparisons.items()}
        output.print_json(results | {name: {"passed": False, "problems": [why]} for name, why in failures.items()})
    elif not quiet:
        _show(comparisons)
    problems = [*failures.values()]
    for comparison in comparisons.values():
        problems += comparison.problems()
    if problems:
        raise CommandError("\n        ".join(problems))


@app.command("accept")
def accept(
    scenarios: Scenarios = None,
    every: Annotated[bool, typer.Option("--all", help="All scenarios of the folder.")] = False,
    processes: Processes = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Accept what scenarios give now as their baselines.

    They are played, and what they give is written for git to show and you to commit. Tolerances that were set
    by hand in a baseline stay.

    Example: paysim baseline accept gridlock liquidity_stress
    """
    from paysim_pipeline.partitions import scenario_files
    from paysim_pipeline.regression.baseline import BaselineError, baseline_file, write_baseline
    from paysim_pipeline.regression.comparing import compare
    from paysim_pipeline.regression.measuring import measure_scenarios

    names = _named(scenarios)
    if every == bool(names):
        raise CommandError("name the scenarios to accept, or give --all; not both", BAD_USAGE)
    folder = settings_from().scenarios
    files = scenario_files(folder) if every else _files(folder, names)
    if not files:
        raise CommandError(f"{folder}: there are no scenarios; PAYSIM_SCENARIOS says where they are")
    before = {name: _replaced(folder, name) for name in files}
    with output.progress("measuring", len(files), wanted=not quiet) as advance:
        measured, failures = measure_scenarios(files, processes=processes, on_done=advance)
    accepted: list[dict[str, str]] = []
    for name, found in measured.items():
        path, old = baseline_file(folder, name), before[name]
        new = found.baseline(old)
        if old is not None and old.text() == new.text() and path.read_text(encoding="utf-8") == new.text():
            said = "unchanged"
        else:
            try:
                write_baseline(path, new)
            except BaselineError as error:
                raise CommandError(str(error)) from error
            said = "new" if old is None else _moved(compare(old, found))
        accepted.append({"scenario": name, "file": str(path), "change": said})
        if not (as_json or quiet):
            output.show(f"{path}: {said}")
    if as_json:
        output.print_json(accepted)
    if failures:
        raise CommandError("\n        ".join(failures.values()))


@app.command("list")
def list_baselines(as_json: AsJson = False) -> None:
    """Show the scenarios, and what was accepted of them.

    Example: paysim baseline list --json
    """
    from paysim_pipeline.partitions import scenario_files
    from paysim_pipeline.regression.baseline import baseline_names

    folder = settings_from().scenarios
    kept = {name: _read(folder, name) for name in baseline_names(folder)}
    without = [name for name in scenario_files(folder) if name not in kept]
    if as_json:
        records: list[dict[str, Any]] = [
            {
                "scenario": name,
                "engine_version": baseline.engine_version,
                "seed": baseline.seed,
                "num_days": baseline.num_days,
                "fingerprint": baseline.fingerprint,
                "events_digest": baseline.events_digest,
                "metrics": dict(baseline.metrics),
                "tolerances": dict(baseline.tolerances),
            }
            for name, baseline in kept.items()
        ]
        output.print_json(records + [{"scenario": name, "metrics": None} for name in without])
        return
    columns = ("scenario", "engine", "payments", "settlement rate", "total cost", "own tolerances", "digest")
    rows = [_row(name, baseline) for name, baseline in kept.items()]
    rows += [(name, "no baseline", *[""] * (len(columns) - 2)) for name in without]
    output.show(output.table(columns, rows, right=columns[2:6]))


def _row(name: str, baseline: "Baseline") -> tuple[str, ...]:
    from paysim_pipeline.regression.comparing import spelled

    metrics = baseline.metrics
    rate, cost = metrics.get("settlement_rate"), metrics.get("total_cost")
    return (
        name,
        baseline.engine_version,
        spelled(metrics.get("payments")),
        output.percent(rate),
        output.money(cost) if isinstance(cost, int) else "–",
        str(len(baseline.tolerances)),
        baseline.events_digest[:12],
    )


def _named(given: list[str] | None) -> list[str]:
    """The scenarios that were named, each once; a file of the folder stands for its name."""
    return list(dict.fromkeys(Path(name).stem if name.endswith(".yaml") else name for name in given or ()))


def _kept(folder: Path) -> list[str]:
    """The scenarios that have a baseline.

    Raises:
        CommandError: none has, or one of them is gone; its file would be passed over.
    """
    from paysim_pipeline.partitions import scenario_files
    from paysim_pipeline.regression.baseline import baseline_file, baseline_folder, baseline_names

    names = baseline_names(folder)
    known = scenario_files(folder)
    if gone := next((name for name in names if name not in known), None):
        raise CommandError(
            f"{baseline_file(folder, gone)}: its scenario is not in {folder} any more; remove this file too, or take "
            f"{gone}.yaml from git again"
        )
    if not names:
        raise CommandError(
            f"{baseline_folder(folder)}: there are no baselines; 'paysim baseline accept --all' makes them"
        )
    return names


def _files(folder: Path, names: list[str]) -> dict[str, Path]:
    from paysim_engine.wording import nearest
    from paysim_pipeline.partitions import scenario_files

    known = scenario_files(folder)
    for name in names:
        if name not in known:
            meant = nearest(name, known)
            hint = f'did you mean "{meant}"?' if meant else f"there are {', '.join(known) or 'none'}"
            raise CommandError(f"{name}: there is no such scenario in {folder}; {hint}")
    return {name: known[name] for name in names}


def _read(folder: Path, name: str) -> "Baseline":
    from paysim_pipeline.regression.baseline import BaselineError, baseline_file, read_baseline

    try:
        return read_baseline(baseline_file(folder, name))
    except BaselineError as error:
        raise CommandError(str(error)) from error


def _replaced(folder: Path, name: str) -> "Baseline | None":
    """The baseline that is there, for its tolerances; None if there is none, or none that can be read."""
    from paysim_pipeline.regression.baseline import BaselineError, baseline_file, read_baseline

    path = baseline_file(folder, name)
    try:
        return read_baseline(path) if path.exists() else None
    except BaselineError as error:
        output.note(f"{error}; it is replaced, and tolerances that were set in it are lost")
        return None


def _record(comparison: "Comparison") -> dict[str, Any]:
    return {
        "passed": comparison.passed,
        "scenario_changed": comparison.scenario_changed,
        "events_differ": comparison.events_differ,
        "problems": comparison.problems(),
        "metrics": {
            each.metric: {
                "unit": each.unit,
                "old": each.old,
                "new": each.new,
                "difference": each.difference,
                "tolerance": each.tolerance,
                "drifted": each.drifted,
            }
            for each in comparison.differences
        },
    }


def _moved(comparison: "Comparison") -> str:
    """What accepting changes in a baseline."""
    parts = [each.words() for each in comparison.differences if each.drifted or each.old != each.new]
    if comparison.events_differ:
        parts.insert(0, "other events")
    if comparison.scenario_changed:
        parts.insert(0, "another scenario")
    return "; ".join(parts) or "the same results, written anew"


def _show(comparisons: "dict[str, Comparison]") -> None:
    from paysim_pipeline.regression.comparing import signed, spelled

    columns = ("scenario", "metric", "unit", "old", "new", "difference", "tolerance", "")
    rows = [
        (
            name,
            each.metric,
            each.unit,
            spelled(each.old),
            spelled(each.new),
            signed(each.difference),
            str(each.tolerance),
            "drift" if each.drifted else "tolerated",
        )
        for name, comparison in comparisons.items()
        for each in comparison.differences
        if each.drifted or each.old != each.new
    ]
    if rows:
        output.show(output.table(columns, rows, right=columns[3:7]))
    for name, comparison in comparisons.items():
        if comparison.passed:
            output.show(f"{name}: as accepted, {len(comparison.differences)} metrics and the events")
