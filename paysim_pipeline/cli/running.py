"""`paysim simulate` and `paysim run`: play a scenario, without and with the warehouse.

Belongs here: the commands. Does not belong here: playing (`paysim_pipeline.simulate`), loading
(`paysim_pipeline.warehouse`), event files (`event_files`), what is shown of a run (`paysim_pipeline.display`).
"""

import shlex
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paysim_pipeline.cli import filters, options, output, validation
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from paysim_engine.bundle_format import RunContext
    from paysim_engine.scenario import LoadedScenario
    from paysim_pipeline.display.summary import Summary
    from paysim_pipeline.simulate import RunFigures
    from paysim_pipeline.warehouse.writer import LoadResult

_ITERATION_MAX = 2**31 - 1
"""The warehouse keeps it in 32 bits."""


@dataclass(frozen=True)
class _Ways:
    """How to run and what to say."""

    seed: int | None
    days: int | None
    ticks: int | None = None
    bundle: Path | None = None
    events: str | None = None
    show_progress: bool = True
    display: filters.Display | None = None
    simulation_id: str = ""
    context: "RunContext | None" = None


def simulate(
    scenario: options.Scenario,
    events: Annotated[
        str | None,
        typer.Option(
            "--events", metavar="FILE", help="Write the event stream to FILE (.jsonl, .jsonl.gz, .parquet), or to '-'."
        ),
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="DIR", help="Write everything recorded as a bundle of Parquet files."),
    ] = None,
    ticks: Annotated[
        int | None, typer.Option("--ticks", metavar="N", min=0, help="Stop after N ticks; not with --bundle.")
    ] = None,
    days: options.Days = None,
    seed: options.Seed = None,
    policy_dirs: options.PolicyDirs = None,
    strict: options.Strict = False,
    reference_cli: options.ReferenceCli = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Run a scenario without a database.

    Example: paysim simulate gridlock

    Example: paysim simulate baseline --seed 7 --events events.jsonl.gz

    Example: paysim simulate scenarios/gridlock.yaml --ticks 5 --json
    """
    if bundle is not None and ticks is not None:
        raise CommandError("a bundle holds whole runs: leave out --ticks or --bundle", BAD_USAGE)
    if events == "-" and as_json:
        raise CommandError("--json and --events - both print to standard output: choose one", BAD_USAGE)
    loaded = options.load(scenario, policy_dirs, strict=strict, reference_cli=reference_cli)
    if not quiet:
        validation.warn(loaded)
    place = None if bundle is None else bundle.expanduser().absolute()
    figures = _play(loaded, _Ways(seed, days, ticks, place, events, not quiet))
    if not figures.summary:
        # Whoever read the events has gone, as `head` does when it has enough.
        return
    from paysim_pipeline.display import summary

    ended = summary.of_figures(loaded, figures)
    if as_json:
        output.print_json(_report(ended))
    elif not quiet:
        files = [f"events: {events}"] if events not in (None, "-") else []
        files += [f"bundle: {bundle}"] if bundle is not None else []
        summary.show(ended, files, to=sys.stderr if events == "-" else sys.stdout)


def run(
    scenario: options.Scenario,
    database: options.Database = None,
    simulation_id: Annotated[
        str | None,
        typer.Option("--simulation-id", metavar="ID", help="Keep the run under an id of your own, beside the others."),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option("--experiment-run-id", metavar="ID", help="The experiment that the run is part of; it is kept."),
    ] = None,
    iteration: Annotated[
        int | None,
        typer.Option("--experiment-iteration", metavar="N", help="The number of the run within its experiment."),
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="DIR", help="Keep the bundle that is loaded in DIR.")
    ] = None,
    days: options.Days = None,
    seed: options.Seed = None,
    verbose: filters.Verbose = False,
    event_stream: filters.EventStream = False,
    filter_event_type: filters.EventTypes = None,
    filter_agent: filters.Agent = None,
    filter_tx: filters.Payment = None,
    filter_tick_range: filters.Ticks = None,
    policy_dirs: options.PolicyDirs = None,
    strict: options.Strict = False,
    reference_cli: options.ReferenceCli = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Run a scenario and store everything in the warehouse.

    The run takes the place of the scenario's earlier one; with an id of its own, or as part of an experiment, it is
    kept beside it. What --verbose and --event-stream show goes to standard output and can be had again with
    'paysim replay'; the summary then goes to standard error.

    Example: paysim run gridlock

    Example: paysim run gridlock --seed 7 --simulation-id gridlock-7

    Example: paysim run gridlock --verbose --filter-agent NORTH

    Example: paysim run gridlock --event-stream > events.jsonl
    """
    from paysim_pipeline.warehouse.connection import writer
    from paysim_pipeline.warehouse.writer import load_bundle

    display = filters.display_of(
        verbose, event_stream, filter_event_type, filter_agent, filter_tx, filter_tick_range, as_json=as_json
    )
    settings = options.settings_from(database)
    context = _context(simulation_id, experiment, iteration)
    loaded = options.load(scenario, policy_dirs, strict=strict, reference_cli=reference_cli)
    check_name(loaded)
    filters.check_agent(display.chosen, [agent["id"] for agent in loaded.resolved["agents"]])
    if not quiet:
        validation.warn(loaded)
    # A warehouse that cannot be written is better found out before a long run than after it.
    with writer(settings):
        pass
    with ExitStack() as stack:
        if bundle is None:
            scratch = tempfile.TemporaryDirectory(prefix=".run-", dir=settings.database.parent)
            place = Path(stack.enter_context(scratch)) / loaded.name
        else:
            place = bundle.expanduser().absolute()
        known = simulation_id or _own_id(loaded, seed, days, context)
        ways = _Ways(
            seed,
            days,
            bundle=place,
            show_progress=not quiet,
            display=display,
            simulation_id=known,
            context=context,
        )
        figures = _play(loaded, ways)
        if figures.bundle is None:
            raise AssertionError("a completed run with a bundle directory has a bundle")
        with output.working("storing", wanted=not quiet):
            stored = load_bundle(figures.bundle, settings, simulation_id=simulation_id)
    if stored.simulation_id != known:
        raise AssertionError(f"the run was shown as {known} and stored as {stored.simulation_id}")
    from paysim_pipeline.display import summary

    ended = summary.of_figures(loaded, figures)
    if as_json:
        output.print_json(_report(ended, stored, settings))
    elif not quiet:
        to = sys.stderr if display.wanted else sys.stdout
        summary.show(ended, _next_steps(stored, loaded, settings), to=to)


def _context(simulation_id: str | None, experiment: str | None, iteration: int | None) -> "RunContext":
    """What the run is made for, once the ids have been found fit to be some."""
    from paysim_engine.bundle_format import RunContext
    from paysim_pipeline.identity import check_simulation_id

    if simulation_id is not None:
        try:
            check_simulation_id(simulation_id)
        except ValueError as error:
            raise CommandError(f"--simulation-id: {error}", BAD_USAGE) from error
    if iteration is not None and experiment is None:
        raise CommandError("--experiment-iteration needs --experiment-run-id, which says of what", BAD_USAGE)
    if iteration is not None and not 0 <= iteration <= _ITERATION_MAX:
        raise CommandError(f"--experiment-iteration: {iteration} is not a number from 0 to {_ITERATION_MAX}", BAD_USAGE)
    try:
        return RunContext(experiment, iteration)
    except ValueError as error:
        raise CommandError(f"--experiment-run-id: {error}", BAD_USAGE) from error


def _own_id(loaded: "LoadedScenario", seed: int | None, days: int | None, context: "RunContext") -> str:
    """The id that follows from the inputs of a run (10 §1), before it has been played."""
    import paysim_engine
    from paysim_pipeline.identity import simulation_id

    simulation = loaded.resolved["simulation"]
    return simulation_id(
        loaded.name,
        loaded.fingerprint,
        simulation["rng_seed"] if seed is None else seed,
        simulation["num_days"] if days is None else days,
        paysim_engine.__version__,
        experiment_run_id=context.experiment_run_id,
        experiment_iteration=context.experiment_iteration,
    )


def check_name(loaded: "LoadedScenario") -> None:
    """Refuse a scenario whose file name cannot be the name of a scenario in the warehouse.

    Raises:
        CommandError: it is not of the form [a-z][a-z0-9_]*.
    """
    from paysim_pipeline.partitions import SCENARIO_NAME

    if not SCENARIO_NAME.fullmatch(loaded.name):
        raise CommandError(
            f"{loaded.path}: the file's name is the scenario's name in the warehouse; it must be lower-case letters, "
            f"digits and '_', the first a letter, not {loaded.name!r}. Rename the file"
        )


def _play(loaded: "LoadedScenario", ways: _Ways) -> "RunFigures":
    if ways.events is None:
        from paysim_pipeline.simulate import ScenarioRun
    else:
        from paysim_pipeline.cli.event_files import EventStream, check_target
        from paysim_pipeline.simulate import ScenarioRun

        check_target(ways.events)
    shown = ways.display is not None and ways.display.wanted
    # On a terminal the lines themselves are the progress.
    wanted = ways.show_progress and not (shown and sys.stdout.isatty())
    ticks = (ways.days or loaded.resolved["simulation"]["num_days"]) * loaded.resolved["simulation"]["ticks_per_day"]
    with output.progress(loaded.name, min(ticks, ways.ticks or ticks), wanted=wanted) as advance:
        scenario_run = ScenarioRun(
            loaded,
            seed=ways.seed,
            num_days=ways.days,
            ticks=ways.ticks,
            bundle=ways.bundle,
            on_tick=lambda _: advance(),
            context=ways.context,
        )
        if ways.display is not None and ways.display.wanted:
            from paysim_pipeline.display.live import LiveSource

            if not filters.show(LiveSource(scenario_run, ways.simulation_id), ways.display):
                output.note("paysim: nobody reads on; the run went on to its end, to be stored")
        elif ways.events is None:
            scenario_run.play()
        else:
            EventStream(scenario_run, must_end=ways.bundle is not None).write(ways.events)
    return scenario_run.figures


# ------------------------------------------------------------------------------------------------ what is shown


def _report(
    ended: "Summary", stored: "LoadResult | None" = None, settings: Settings | None = None
) -> dict[str, object]:
    """The summary for programs, with where the run is stored."""
    shown = ended.as_json()
    shown["simulation"] |= {
        "simulation_id": stored.simulation_id if stored else None,
        "database": str(settings.database) if settings else None,
    }
    return shown | {"rows": stored.rows if stored else None}


def _next_steps(stored: "LoadResult", loaded: "LoadedScenario", settings: Settings) -> list[str]:
    replaced = [run for run in stored.replaced if run != stored.simulation_id]
    lines = [f"stored as {stored.simulation_id} in {settings.database}"]
    if replaced:
        lines.append(f"it took the place of {', '.join(replaced)}")
    database = (
        ""
        if settings.database == PROJECT_ROOT / "data/paysim.duckdb"
        else f"PAYSIM_DB={shlex.quote(str(settings.database))} "
    )
    variables = f"{{scenario_ids: [{loaded.name}]}}"
    lines += [
        f"models: cd {shlex.quote(str(PROJECT_ROOT / 'dbt_project'))} && {database}dbt build --vars '{variables}'",
        f"look at it: paysim show {stored.simulation_id}",
    ]
    return lines
