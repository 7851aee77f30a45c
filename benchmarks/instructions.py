"""Instruction counts of whole runs: `python -m benchmarks.instructions`. Repeatable where seconds are not.

Needs valgrind and the compiled engine. Only `Simulation.run` is counted, not start-up; the same binary and scenario
give the same count however busy the machine is, so a change of a per cent is a change of the code. Two things are not
in it: page faults (a quarter of the time of a first large run), and that valgrind counts every round of the one
instruction that fills or copies memory.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import paysim_engine
from benchmarks.scenarios import ALL, PRESERVER, PRIORITY_AWARE, TIGHT, banks

RUN = "CPyDef_simulation___Simulation___run"
DECIDE = "CPyDef_queue1___Queue1___decide"
LOOP = "CPyDef_yardstick___run_loop"
LOOP_STEPS = 100_000
SCENARIOS = {
    "50 banks, Fifo, ample, 5 000 payments": banks(50, 1.0),
    "50 banks, Fifo, tight, 5 000 payments": banks(50, 1.0, balance=TIGHT),
    "50 banks, all netting, tight, 5 000 payments": banks(50, 1.0, balance=TIGHT, lsm=ALL),
}
POLICIES = {"cautious_liquidity_preserver": PRESERVER, "target2_priority_aware": PRIORITY_AWARE}
POLICY_DIR = Path(__file__).resolve().parent.parent / "tests" / "golden" / "reference" / "policies"
PROGRAM = (
    "import pathlib, sys\n"
    "from paysim_engine.scenario import load_scenario\n"
    "from paysim_engine.simulation import Simulation\n"
    "simulation = Simulation(load_scenario(sys.argv[1], policy_dirs=[pathlib.Path(sys.argv[2])]).engine_config())\n"
    "simulation.run()\n"
    "print(simulation.summary()['total_arrivals'])\n"
)
LOOP_PROGRAM = f"from paysim_engine.yardstick import run_loop\nrun_loop({LOOP_STEPS})\nprint({LOOP_STEPS})\n"


def count(function: str, program: str, *arguments: str) -> tuple[int, int]:
    """Instructions spent in a function of the engine and in all that it calls, and what the program prints."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--toggle-collect={function}"]
    run = subprocess.run(
        [*command, sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # the order in which sets of names are walked
    )
    found = re.search(r"Collected\s*:\s*(\d+)", run.stderr)
    if run.returncode != 0 or found is None or int(found.group(1)) == 0:
        raise SystemExit(f"valgrind counted nothing in {function}:\n{run.stderr[-2000:]}")
    return int(found.group(1)), int(run.stdout)


def main() -> None:
    """Count and print."""
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed (Debian: apt-get install valgrind)")
    if not paysim_engine.is_compiled():
        raise SystemExit("the engine is not compiled: run `make build`")
    instructions, steps = count(LOOP, LOOP_PROGRAM)
    print(f"{'unit loop':<50} {instructions:>15,} instructions {instructions / steps:>10,.0f} per step")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.json"
        for name, scenario in SCENARIOS.items():
            path.write_text(json.dumps(scenario), encoding="utf-8")
            instructions, payments = count(RUN, PROGRAM, str(path), str(POLICY_DIR))
            print(f"{name:<50} {instructions:>15,} instructions {instructions / payments:>10,.0f} per payment")
        for name, policy in POLICIES.items():
            # With ample liquidity every payment is judged once.
            path.write_text(json.dumps(banks(50, 1.0, policy=policy)), encoding="utf-8")
            instructions, payments = count(DECIDE, PROGRAM, str(path), str(POLICY_DIR))
            print(f"{name:<50} {instructions:>15,} instructions {instructions / payments:>10,.0f} per evaluation")


if __name__ == "__main__":
    main()
