"""Run the benchmarks and print a table: `python -m benchmarks.run [--quick] [--growth] [--warehouse] [--case TEXT]`.

Every figure is a ratio to the unit loop or to another program, measured in the same run: machines are shared and their
speed drifts. See README.md for the cases and how to read them.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

import paysim_engine
from benchmarks.cases import Bench, Case, cases
from benchmarks.figures import Figure, circumstances, keep, show
from benchmarks.unit import INTERPRETED_STEPS, LOOP_STEPS, Unit


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="everything small and once: shows that the cases run")
    parser.add_argument("--growth", action="store_true", help="also the growth series up to 10 million payments")
    parser.add_argument("--warehouse", action="store_true", help="also the budgets of the warehouse (minutes)")
    parser.add_argument("--days", type=int, default=30, help="days of the large run of --warehouse (30)")
    parser.add_argument(
        "--case", action="append", default=[], metavar="TEXT", help="only cases whose name contains this; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="print the names of the cases and leave")
    parser.add_argument("--repeats", type=int, default=5, help="measurements of each case (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    chosen = parser.parse_args(arguments)
    if chosen.repeats < 1 or chosen.days < 1:
        parser.error("--repeats and --days take positive numbers")
    return chosen


def chosen_cases(arguments: argparse.Namespace) -> list[Case]:
    """The cases that were asked for: by name, or all but those that take minutes.

    Raises:
        SystemExit: a given text is in no name.
    """
    known = cases()
    for text in arguments.case:
        if not any(text in case.name for case in known):
            raise SystemExit(f"benchmarks: no case has {text!r} in its name; --list shows all")
    if arguments.case:
        return [case for case in known if any(text in case.name for text in arguments.case)]
    wanted = {"growth": arguments.growth}
    return [case for case in known if not case.on_request or wanted.get(case.name, False)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print.

    Args:
        arguments: the command line; the process's own by default.
    """
    given = parsed(arguments)
    if given.list:
        print(*(case.name for case in cases()), sep="\n")
        return
    console = Console(width=140)
    compiled = paysim_engine.is_compiled()
    unit = Unit(LOOP_STEPS if compiled and not given.quick else INTERPRETED_STEPS)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        for case in chosen_cases(given):
            console.print(f"{case.name} …", style="dim", highlight=False)
            place = Path(folder) / f"{len(found)}"
            place.mkdir()
            found += case.measure(case, Bench(unit, given.quick, given.repeats, place))
    if given.warehouse:
        from benchmarks.warehouse import figures as warehouse_figures

        found += warehouse_figures(days=given.days, quick=given.quick)
    if not unit.speeds:
        unit.speed()
    about = circumstances(unit.median)
    kind = "compiled" if compiled else "INTERPRETED: figures mean nothing"
    slowest, fastest = min(unit.speeds) / 1e6, max(unit.speeds) / 1e6
    console.print(
        f"L = {unit.median / 1e6:.1f} M steps/s ({slowest:.1f} to {fastest:.1f} during the run)\n"
        f"engine {about['engine']} {kind}, commit {about['commit'] or 'unknown'}, {about['machine']}",
        highlight=False,
    )
    show(found, console, judged=not given.quick)
    if given.quick:
        console.print("quick: the figures say only that everything runs")
    if given.json is not None:
        keep(found, unit.median, given.json)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
