"""`paysim simulate` and `paysim run`: play a scenario, without and with the warehouse.

Belongs here: the commands and their summary. Does not belong here: playing (`paysim_pipeline.simulate`), loading
(`paysim_pipeline.warehouse`), event files (`event_files`).
"""

import shlex
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paysim_pipeline.cli import options, output, validation
from paysim_pipeline.cli.errors import BAD_USAGE, CommandError
from paysim_pipeline.settings import PROJECT_ROOT, Settings

if TYPE_CHECKING:
    from paysim_engine.scenario import LoadedScenario
    from paysim_pipeline.simulate import RunFigures
    from paysim_pipeline.warehouse.writer import LoadResult

_AGENTS_SHOWN = 12


@dataclass(frozen=True)
class _Ways:
    """How to run and what to say."""

    seed: int | None
    days: int | None
    ticks: int | None = None
    bundle: Path | None = None
    events: str | None = None
    show_progress: bool = True


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

    Example: paysim simulate baseline --events events.jsonl.gz
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
    if as_json:
        output.print_json(_report(loaded, figures))
    elif not quiet:
        import sys

        files = [f"events: {events}"] if events not in (None, "-") else []
        files += [f"bundle: {bundle}"] if bundle is not None else []
        _print_summary(loaded, figures, files, to=sys.stderr if events == "-" else sys.stdout)


def run(
    scenario: options.Scenario,
    database: options.Database = None,
    simulation_id: Annotated[
        str | None,
        typer.Option("--simulation-id", metavar="ID", help="Keep the run under an id of your own, beside the others."),
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="DIR", help="Keep the bundle that is loaded in DIR.")
    ] = None,
    days: options.Days = None,
    seed: options.Seed = None,
    policy_dirs: options.PolicyDirs = None,
    strict: options.Strict = False,
    reference_cli: options.ReferenceCli = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Run a scenario and store everything in the warehouse.

    The run takes the place of the scenario's earlier one; with an id of its own it is kept beside it.
    Example: paysim run gridlock --seed 7 --simulation-id gridlock-7
    """
    from paysim_pipeline.identity import check_simulation_id
    from paysim_pipeline.warehouse.connection import writer
    from paysim_pipeline.warehouse.writer import load_bundle

    settings = options.settings_from(database)
    if simulation_id is not None:
        try:
            check_simulation_id(simulation_id)
        except ValueError as error:
            raise CommandError(f"--simulation-id: {error}", BAD_USAGE) from error
    loaded = options.load(scenario, policy_dirs, strict=strict, reference_cli=reference_cli)
    check_name(loaded)
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
        figures = _play(loaded, _Ways(seed, days, bundle=place, show_progress=not quiet))
        if figures.bundle is None:
            raise AssertionError("a completed run with a bundle directory has a bundle")
        stored = load_bundle(figures.bundle, settings, simulation_id=simulation_id)
    if as_json:
        output.print_json(_report(loaded, figures, stored, settings))
    elif not quiet:
        _print_summary(loaded, figures, _next_steps(stored, loaded, settings))


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
    ticks = (ways.days or loaded.resolved["simulation"]["num_days"]) * loaded.resolved["simulation"]["ticks_per_day"]
    with output.progress(loaded.name, min(ticks, ways.ticks or ticks), wanted=ways.show_progress) as advance:
        scenario_run = ScenarioRun(
            loaded,
            seed=ways.seed,
            num_days=ways.days,
            ticks=ways.ticks,
            bundle=ways.bundle,
            on_tick=lambda _: advance(),
        )
        if ways.events is None:
            scenario_run.play()
        else:
            EventStream(scenario_run).write(ways.events)
    return scenario_run.figures


# ------------------------------------------------------------------------------------------------ what is shown


def _report(
    loaded: "LoadedScenario",
    figures: "RunFigures",
    stored: "LoadResult | None" = None,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """The summary for programs, in the shape of 07 §6.4."""
    import paysim_engine

    summary, config = figures.summary, figures.config
    return {
        "simulation": {
            "scenario": loaded.name,
            "config_file": str(loaded.path),
            "fingerprint": loaded.fingerprint,
            "seed": config.rng_seed,
            "num_days": int(config.num_days),
            "ticks_per_day": int(config.ticks_per_day),
            "ticks_executed": summary["ticks"],
            "duration_seconds": figures.seconds,
            "ticks_per_second": figures.ticks_per_second,
            "engine_version": paysim_engine.__version__,
            "compiled": paysim_engine.is_compiled(),
            "events_digest": figures.bundle.manifest.events_digest if figures.bundle else None,
            "simulation_id": stored.simulation_id if stored else None,
            "database": str(settings.database) if settings else None,
        },
        "metrics": {
            "total_events": summary["events"],
            "total_arrivals": summary["total_arrivals"],
            "total_settlements": summary["total_settlements"],
            "total_lsm_releases": figures.lsm_settlements,
            "settlement_rate": summary["settlement_rate"],
            "clamped_draws": summary["clamped_draws"],
        },
        "costs": {"total_cost": summary["total_cost"]},
        "agents": [
            {"id": agent["id"], "final_balance": agent["balance"]}
            | {key: value for key, value in agent.items() if key not in ("id", "balance")}
            for agent in summary["agents"]
        ],
        "performance": {"ticks_per_second": figures.ticks_per_second},
        "rows": stored.rows if stored else None,
    }


def _print_summary(loaded: "LoadedScenario", figures: "RunFigures", last: list[str], to: Any = None) -> None:
    import paysim_engine

    summary = figures.summary
    kind = "compiled" if paysim_engine.is_compiled() else "interpreted"
    lines = [
        f"{loaded.name}: {output.count(summary['ticks'])} ticks in {figures.seconds:.2f} s "
        f"({output.count(round(figures.ticks_per_second))} per second), seed {figures.config.rng_seed}, "
        f"engine {paysim_engine.__version__} ({kind})",
        f"  payments    {output.count(summary['total_arrivals'])}, settled "
        f"{output.count(summary['total_settlements'])} ({output.percent(summary['settlement_rate'])}), "
        f"by liquidity saving {output.count(figures.lsm_settlements)}",
        f"  total cost  {output.money(summary['total_cost'])}",
        f"  events      {output.count(summary['events'])}",
    ]
    if summary["clamped_draws"]:
        lines.append(f"  {output.count(summary['clamped_draws'])} drawn amounts were cut to the largest one allowed")
    agents = summary["agents"]
    rows = [
        (
            agent["id"],
            output.money(agent["balance"]),
            output.count(agent["queue1_size"]),
            output.count(agent["queue2_size"]),
            output.money(agent["total_cost"]),
        )
        for agent in agents[:_AGENTS_SHOWN]
    ]
    columns = ("agent", "final balance", "queue 1", "queue 2", "total cost")
    output.show(*lines, output.table(columns, rows, right=columns[1:]), stream=to)
    if len(agents) > _AGENTS_SHOWN:
        last = [f"and {len(agents) - _AGENTS_SHOWN} more agents (--json has them all)", *last]
    output.show(*last, stream=to)


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
