"""`paysim bench`: how fast the engine is on this machine.

Belongs here: starting the benchmarks. Does not belong here: any of them (`benchmarks`), which are part of a checkout
and not of the installed package.
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from paysim_pipeline.cli.errors import FAILED, INTERRUPTED, CommandError
from paysim_pipeline.settings import PROJECT_ROOT


def bench(
    cases: Annotated[
        list[str] | None,
        typer.Option("--case", metavar="TEXT", help="Only cases whose name contains TEXT; may be given several times."),
    ] = None,
    names: Annotated[bool, typer.Option("--list", help="Print the names of the cases and leave.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Everything small and once: shows that the cases run.")
    ] = False,
    growth: Annotated[
        bool, typer.Option("--growth", help="Also the growth series, up to 10 million payments.")
    ] = False,
    warehouse: Annotated[bool, typer.Option("--warehouse", help="Also the budgets of the warehouse.")] = False,
    repeats: Annotated[int, typer.Option("--repeats", metavar="N", min=1, help="Measurements of each case.")] = 5,
    figures: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures to FILE, for programs.")
    ] = None,
) -> None:
    """Measure the engine, as ratios to a bare loop.

    All cases take about three minutes on an idle machine; --growth and --warehouse add to that.

    Example: paysim bench --list

    Example: paysim bench --case gridlock --quick
    """
    if not (PROJECT_ROOT / "benchmarks" / "run.py").is_file():
        raise CommandError(
            f"{PROJECT_ROOT / 'benchmarks'}: there are no benchmarks; they come with a checkout of paysim"
        )
    flags = {"--list": names, "--quick": quick, "--growth": growth, "--warehouse": warehouse}
    arguments = [flag for flag, wanted in flags.items() if wanted]
    for case in cases or []:
        arguments += ["--case", case]
    if figures is not None:
        arguments += ["--json", str(figures.expanduser().absolute())]
    # A process of its own, in which nothing has been set for short commands.
    command = [sys.executable, "-m", "benchmarks.run", "--repeats", str(repeats), *arguments]
    # What went wrong, it has said itself. A list passes through here, where a pipe may be closed before its end.
    done = subprocess.run(command, cwd=PROJECT_ROOT, check=False, stdout=subprocess.PIPE if names else None, text=True)
    if names:
        print(done.stdout, end="")
    code = done.returncode
    raise typer.Exit(code if code in (0, INTERRUPTED) else FAILED)
