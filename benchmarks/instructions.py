"""Instruction counts of whole runs: `python -m benchmarks.instructions`. Repeatable where seconds are not.

Needs valgrind and the compiled engine. Only `Simulation.run` is counted, not start-up; the same binary and scenario
give the same count however busy the machine is, so a change of a few per cent is a change of the code.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.scenarios import ALL, TIGHT, banks

COUNTED = "CPyDef_simulation___Simulation___run"
SCENARIOS = {
    "50 banks, Fifo, ample, 5 000 payments": banks(50, 1.0),
    "50 banks, Fifo, tight, 5 000 payments": banks(50, 1.0, balance=TIGHT),
    "50 banks, all netting, tight, 5 000 payments": banks(50, 1.0, balance=TIGHT, lsm=ALL),
}
PROGRAM = (
    "import sys\n"
    "from paysim_engine.scenario import load_scenario\n"
    "from paysim_engine.simulation import Simulation\n"
    "simulation = Simulation(load_scenario(sys.argv[1]).engine_config())\n"
    "simulation.run()\n"
    "print(simulation.summary()['total_arrivals'])\n"
)


def count(path: Path) -> tuple[int, int]:
    """Instructions of one run of the scenario file, and its payments."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--toggle-collect={COUNTED}"]
    run = subprocess.run(
        [*command, sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True
    )
    found = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    if found is None:
        raise SystemExit(f"valgrind reported no count:\n{run.stderr[-2000:]}")
    return int(found.group(1)), int(run.stdout)


def main() -> None:
    """Count and print."""
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed (Debian: apt-get install valgrind)")
    with tempfile.TemporaryDirectory() as folder:
        for name, scenario in SCENARIOS.items():
            path = Path(folder) / "scenario.json"
            path.write_text(json.dumps(scenario), encoding="utf-8")
            instructions, payments = count(path)
            print(f"{name:<50} {instructions:>15,} instructions {instructions / payments:>10,.0f} per payment")


if __name__ == "__main__":
    main()
