"""The command `paysim`: its groups put together, and the one place where errors become messages and exit codes.

What belongs here: the application and its way out. What does not: any command.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from paysim_pipeline.cli import (
    baselines,
    comparing,
    databases,
    events,
    policies,
    replaying,
    reporting,
    resuming,
    running,
    runs,
    validation,
)
from paysim_pipeline.cli.errors import BAD_USAGE, FAILED, INTERRUPTED, CommandError, message_of

app = typer.Typer(
    name="paysim",
    help="A payment-system laboratory: check and run scenarios, look at stored runs.",
    epilog="Start with: paysim validate scenarios/*.yaml",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: drawing boxes costs as much as everything else that `--help` does.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("validate")(validation.validate)
app.command("simulate")(running.simulate)
app.command("run")(running.run)
app.command("replay")(replaying.replay)
app.command("resume")(resuming.resume)
app.command("list")(runs.list_runs)
app.command("show")(runs.show)
app.command("compare")(comparing.compare)
app.command("costs")(comparing.costs)
app.command("events")(events.events)
app.command("report")(reporting.report)
app.add_typer(baselines.app, name="baseline")
app.add_typer(databases.app, name="db")
app.add_typer(policies.app, name="policy")


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


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; errors are reported on standard error.

    Args:
        arguments: what follows `paysim`; the process's own by default.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="paysim")
        sys.stdout.flush()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else FAILED if leave.code else 0
        if code == INTERRUPTED:
            _say("interrupted")
        return code
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except CommandError as error:
        _say(message_of(error))
        if error.exit_code == BAD_USAGE:
            _say("'paysim COMMAND --help' shows how it is used")
        return error.exit_code
    except Exception as error:
        _say(message_of(error))
        return FAILED
    return 0


def _say(message: str) -> None:
    print(f"paysim: {message}", file=sys.stderr)


def main() -> None:
    """The entry point of the command `paysim`."""
    sys.exit(execute())
