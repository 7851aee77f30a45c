"""The budgets of the warehouse (10 §6): `python -m benchmarks.warehouse [--days 30] [--only writes,sitting,runs]`.

Belongs here: what a simulated day, a large run and many small runs cost once they are in the database. Does not belong
here: the engine, or the load as a rate (`loading`). Unlike the other figures these are seconds and gigabytes, as the
budgets are; what they were measured on stands above the table.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, circumstances, keep, show
from benchmarks.queries import slowest_queries
from benchmarks.scenarios import LIBRARY, POLICIES, everything, written
from benchmarks.unit import LOOP_STEPS, Unit
from paysim_pipeline.dbt_args import build_args
from paysim_pipeline.dbt_files import DBT_PROJECT, dbt_program

PARTS = ("writes", "sitting", "runs")
RUN = "large_run"
"""Name of the large run's scenario."""

DAILY_BUDGETS = (
    ("payments", ("transactions", "payment_events", "policy_events"), "transactions", 40_000, 100),
    ("agents' metrics, tick by tick", ("agent_ticks",), "agent_ticks", 20_000, 20),
    ("collateral movements", ("liquidity_events",), "liquidity_events", 1_000, 50),
    ("queue rows", ("queue_snapshots",), "queue_snapshots", 5_000, 30),
    ("netting events", ("netting_events",), "netting_events", 100, 20),
)
"""What is written, into which tables, which table's rows count, how many the budget is for, and its milliseconds.

The first is stricter than the budget: all that a payment leaves behind, not its row alone. 200 agents have 20 000 rows
a day, from which their metrics are computed.
"""


@dataclass(frozen=True)
class Child:
    """What a process needed.

    Attributes:
        seconds: time on the clock.
        cpu: CPU seconds of all its threads.
        peak_mb: its largest memory, in MB.
    """

    seconds: float
    cpu: float
    peak_mb: float


def run_child(command: Sequence[str | Path], database: Path, cwd: Path | None = None) -> Child:
    """Run a command on a warehouse, as a user would, in a process of its own.

    Raises:
        SystemExit: it failed; its last words are the message.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PAYSIM_DB": str(database), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment, cwd=cwd)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))} failed:\n{said.read()[-3000:]}")
    return Child(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def paysim(*arguments: str | Path) -> list[str | Path]:
    """A command line of `paysim`."""
    return [sys.executable, "-m", "paysim_pipeline.cli", *arguments]


def dbt_build(database: Path, folder: Path, scenarios: Sequence[str] = ()) -> Child:
    """`dbt build` of all models with their tests; what dbt writes besides goes into `folder`."""
    command: list[str | Path] = [
        dbt_program(),
        *build_args(scenarios),
        "--target-path",
        folder / "target",
        "--log-path",
        folder / "logs",
    ]
    return run_child(command, database, cwd=DBT_PROJECT)


class StepTimes:
    """How long the steps of a load take; the end of one is the beginning of the next."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, float, float]] = []

    def begin(self, step: str) -> None:
        """A step begins (`load_bundle`'s `on_step`)."""
        self.begun.append((step, time.perf_counter(), time.process_time()))

    def milliseconds(self) -> dict[str, tuple[float, float]]:
        """Step -> its length on the clock, and the CPU time of all threads meanwhile."""
        return {
            step: ((clock - begun) * 1e3, (cpu - begun_cpu) * 1e3)
            for (step, begun, begun_cpu), (_, clock, cpu) in pairwise(self.begun)
        }


def daily_writes(folder: Path, *, quick: bool) -> list[Figure]:
    """A day of 200 agents and 40 000 payments written into an empty warehouse, seven times: each table's best time."""
    # In a process of its own, like the others: what is imported for it would be part of their memory.
    from benchmarks.loading import empty_warehouse
    from paysim_engine.bundle import read_bundle
    from paysim_pipeline.warehouse.writer import load_bundle

    path = written(_scenario(1, quick), folder, "one_day")
    run_child(paysim("simulate", path, "--policy-dir", POLICIES, "--bundle", folder / "day", "-q"), folder / "none")
    bundle = read_bundle(folder / "day")
    best: dict[str, tuple[float, float]] = {}
    for _ in range(1 if quick else 7):
        settings = empty_warehouse(folder / "daily")
        steps = StepTimes()
        load_bundle(bundle, settings, on_step=steps.begin)
        for step, times in steps.milliseconds().items():
            best[step] = min(best.get(step, times), times)
    found = []
    for what, tables, counted, budget_rows, budget in DAILY_BUDGETS:
        clock, cpu = (sum(times) for times in zip(*(best[f"insert {table}"] for table in tables), strict=True))
        rows = bundle.manifest.files[counted].rows
        found.append(
            Figure("writes of a day", f"ms for {budget_rows:,}", clock * budget_rows / max(rows, 1), budget,
                   measured=f"{rows:,} {what} in {clock:.1f} ms (CPU {cpu:.1f} ms)",
                   details={"rows": rows, "milliseconds": clock, "cpu_milliseconds": cpu})
        )  # fmt: skip
    clock, cpu = best["commit"]
    found.append(Figure("writes of a day", "ms", clock, measured=f"commit of everything (CPU {cpu:.1f} ms)"))
    return found


def sitting(folder: Path, days: int, *, quick: bool) -> list[Figure]:
    """A large run from its scenario to built models, step by step, and then every query."""
    database = folder / "large" / "paysim.duckdb"
    path = written(_scenario(days, quick), folder, RUN)
    bundle = folder / "large_bundle"
    steps = {
        "simulate": run_child(paysim("simulate", path, "--policy-dir", POLICIES, "--bundle", bundle, "-q"), database),
        "load": run_child([sys.executable, "-c", _LOAD, bundle], database),
    }
    raw = database.stat().st_size
    steps["dbt build"] = dbt_build(database, folder, [RUN])
    name = f"{200 if not quick else 20} agents × {days} days"
    found = [
        Figure(name, f"s {step}", child.seconds, measured=f"CPU {child.cpu:.1f} s, {child.peak_mb:,.0f} MB",
               details={"seconds": child.seconds, "cpu_seconds": child.cpu, "peak_mb": child.peak_mb})
        for step, child in steps.items()
    ]  # fmt: skip
    size = database.stat().st_size
    peak = max(child.peak_mb for child in steps.values())
    return [
        *found,
        Figure(name, "s in all", sum(child.seconds for child in steps.values())),
        Figure(name, "GB memory at most", peak / 1024, 4),
        Figure(name, "GB file", size / 1e9, 2, measured=f"{raw / 1e9:.2f} GB of it raw", details={"raw": raw}),
        *slowest_queries(database, name, quick=quick),
    ]


def many_runs(folder: Path) -> list[Figure]:
    """The scenarios of the library, loaded and built: the size of a database with 200 such runs."""
    database = folder / "library" / "paysim.duckdb"
    paths = sorted(LIBRARY.glob("*.yaml"))
    for path in paths:
        run_child(paysim("run", path, "-q"), database)
    build = dbt_build(database, folder)
    size = database.stat().st_size
    return [
        Figure("200 ordinary runs", "GB file", size / len(paths) * 200 / 1e9, 10,
               measured=f"{len(paths)} scenarios of the library: {size / 1e6:.0f} MB, built in {build.seconds:.0f} s",
               details={"bytes": size, "runs": len(paths)})
    ]  # fmt: skip


def figures(days: int = 30, *, quick: bool = False, parts: Sequence[str] = PARTS) -> list[Figure]:
    """All budgets.

    Args:
        days: length of the large run.
        quick: a tenth of the agents, once: shows that everything runs.
        parts: which of `PARTS`.
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name)
        if "sitting" in parts:
            found += sitting(folder, days, quick=quick)
        if "runs" in parts:
            found += many_runs(folder)
        if "writes" in parts:
            found += daily_writes(folder, quick=quick)
    return found


_LOAD = (
    "import sys\n"
    "from pathlib import Path\n"
    "from paysim_engine.bundle import read_bundle\n"
    "from paysim_pipeline.settings import Settings\n"
    "from paysim_pipeline.warehouse.writer import load_bundle\n"
    "load_bundle(read_bundle(Path(sys.argv[1])), Settings.from_environment())\n"
)


def _scenario(days: int, quick: bool) -> dict[str, object]:
    return everything(20 if quick else 200, 2.0, days=days)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.warehouse", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30, help="days of the large run (30)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the agents, once: shows that everything runs")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}, separated by commas")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    given = parser.parse_args(arguments)
    parts = given.only.split(",")
    if given.days < 1 or not set(parts) <= set(PARTS):
        parser.error(f"--days takes a positive number, --only some of {', '.join(PARTS)}")
    found = figures(given.days, quick=given.quick, parts=parts)
    loop = Unit(1000 if given.quick else LOOP_STEPS).speed()
    about = circumstances(loop)
    console = Console(width=140)
    kind = "compiled" if about["compiled"] else "INTERPRETED"
    console.print(
        f"L = {loop / 1e6:.1f} M steps/s\n"
        f"engine {about['engine']} {kind}, commit {about['commit'] or 'unknown'}, {about['machine']}",
        highlight=False,
    )
    show(found, console, judged=not given.quick)
    if given.json is not None:
        keep(found, loop, given.json)


if __name__ == "__main__":
    main()
