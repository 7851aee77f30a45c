"""The command `paysim` put together: which commands there are.

What belongs here: the list of commands. What does not: any command, and the way in and out (`main`).
"""

from typing import Annotated, Final

import typer

from paysim_pipeline.cli.lazy import LazyCommand, lazy_group

_CLI = "paysim_pipeline.cli"
COMMANDS: Final = (
    LazyCommand("validate", f"{_CLI}.validation:validate", "Check scenario files and report every problem at once."),
    LazyCommand("simulate", f"{_CLI}.running:simulate", "Run a scenario without a database."),
    LazyCommand("run", f"{_CLI}.running:run", "Run a scenario and store everything in the warehouse."),
    LazyCommand("replay", f"{_CLI}.replaying:replay", "Show a stored run again, as 'paysim run' showed it."),
    LazyCommand("resume", f"{_CLI}.resuming:resume", "Go on with a stored run from the end of one of its days."),
    LazyCommand("list", f"{_CLI}.runs:list_runs", "List the runs in the warehouse."),
    LazyCommand("show", f"{_CLI}.runs:show", "Show one run: its settings, results, agents and events."),
    LazyCommand("compare", f"{_CLI}.comparing:compare", "Compare two runs, in total and bank by bank."),
    LazyCommand("costs", f"{_CLI}.comparing:costs", "Show what a run cost, by bank and by day."),
    LazyCommand("events", f"{_CLI}.events:events", "Show events of a run."),
    LazyCommand("report", f"{_CLI}.reporting:report", "Write the report of a run, or the comparison of several."),
    LazyCommand("baseline", f"{_CLI}.baselines:app", "Compare scenarios with what they gave before."),
    LazyCommand("db", f"{_CLI}.databases:app", "Look after the warehouse."),
    LazyCommand("bench", f"{_CLI}.benchmarking:bench", "Measure the engine, as ratios to a bare loop."),
    LazyCommand("policy", f"{_CLI}.policies:app", "Check and explain policy documents."),
)
"""All commands, in the order in which the help lists them."""

app = typer.Typer(
    name="paysim",
    cls=lazy_group(COMMANDS),
    help="A payment-system laboratory: check and run scenarios, look at stored runs.",
    epilog="\b\n"
    "Examples:\n"
    "  paysim validate scenarios/*.yaml\n"
    "  paysim run gridlock\n"
    "  paysim replay gridlock --verbose\n"
    "\n"
    "Each command has more: paysim COMMAND --help. Exit codes: 0 done, 1 the work failed, 2 bad usage, 130 "
    "interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: drawing boxes costs as much as everything else that `--help` does.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        import paysim_engine

        kind = "compiled" if paysim_engine.is_compiled() else "interpreted"
        typer.echo(f"paysim {paysim_engine.__version__} (engine {kind})")
        raise typer.Exit


@app.callback()
def paysim(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and whether the engine is compiled."
        ),
    ] = False,
) -> None:
    """A payment-system laboratory: check and run scenarios, look at stored runs."""
