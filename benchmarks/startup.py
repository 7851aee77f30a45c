"""Start-up: what is spent before the first tick, against what cannot be avoided.

Belongs here: loading a large scenario, and whole commands, each against the libraries it needs at least.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from benchmarks.cases import Bench, Case
from benchmarks.figures import Figure
from benchmarks.scenarios import LIBRARY, ROOT, banks
from benchmarks.unit import cpu_seconds
from paysim_engine.scenario import load_scenario

PAYSIM = "from paysim_pipeline.cli.main import main; main()"
"""What the command `paysim` runs."""


def cpu_of(command: Sequence[str | Path]) -> float:
    """CPU seconds of a process, from its start to its end."""
    # Where this is set, a process compiles every module that it imports, which is not what is to be measured.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=environment, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(part) for part in command])
    return usage.ru_utime + usage.ru_stime


def against(bench: Bench, first: Sequence[str | Path], second: Sequence[str | Path]) -> tuple[float, float, float]:
    """Two commands in turns: the median of the ratios of their CPU times, and the medians of both."""
    pairs = []
    for run in range(bench.times() + 1):
        pair = cpu_of(first), cpu_of(second)
        # The first of all also reads files that are not in memory yet.
        if run or bench.quick:
            pairs.append(pair)
    ratio = statistics.median(one / other for one, other in pairs)
    return ratio, statistics.median(one for one, _ in pairs), statistics.median(other for _, other in pairs)


def _command(name: str, arguments: Sequence[str | Path], baseline: str, target: float) -> Case:
    def measure(case: Case, bench: Bench) -> list[Figure]:
        ours = [sys.executable, "-c", PAYSIM, *arguments]
        ratio, seconds, other = against(bench, ours, [sys.executable, "-c", baseline])
        return [
            Figure(case.name, f"× python -c '{baseline}'", ratio, target,
                   measured=f"{seconds * 1e3:.0f} ms against {other * 1e3:.0f} ms",
                   details={"seconds": seconds, "baseline_seconds": other})
        ]  # fmt: skip

    return Case(name, measure)


def _loading(case: Case, bench: Bench) -> list[Figure]:
    """200 banks with 199 weights each, as a YAML file, against PyYAML's parser written in C."""
    path = bench.folder / "weights.yaml"
    text = yaml.dump(banks(20 if bench.quick else 200, 1.0), Dumper=yaml.CSafeDumper)
    path.write_text(text, encoding="utf-8")
    load_scenario(path)
    pairs = [
        (
            cpu_seconds(lambda: load_scenario(path).engine_config()),
            cpu_seconds(lambda: yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)),
        )
        for _ in range(bench.times())
    ]
    ours, parser = (statistics.median(times) for times in zip(*pairs, strict=True))
    return [
        Figure(case.name, "× yaml.CSafeLoader alone", statistics.median(one / other for one, other in pairs), 1.2,
               measured=f"{len(text) / 1e6:.1f} MB in {ours * 1e3:.0f} ms against {parser * 1e3:.0f} ms",
               details={"seconds": ours, "baseline_seconds": parser})
    ]  # fmt: skip


CASES = (
    Case("loading 200 banks with full weights", _loading),
    _command("paysim simulate gridlock", ["simulate", LIBRARY / "gridlock.yaml"], "import pydantic, yaml", 3),
    _command("paysim --help", ["--help"], "import typer", 1.5),
)
