"""Differential fuzzing: random scenarios, played by the engine and by an independent interpreter of the same rules.

A script, not a test: it needs that interpreter (the package `oracle`, in the folder given by `--oracle`), and looks for
new cases for as long as it is told to.

    python -m tests.properties.fuzz_oracle --oracle FOLDER --first 0 --count 1000 [--fifo] [--pieces] [--keep FOLDER]

With `--pieces` the engine goes on from a checkpoint every few ticks, in a new simulation. Every scenario that the two
play differently goes to the `--keep` folder. Exit status: 0 if there was none, else 1.
"""

import argparse
import importlib
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from paysim_engine.core.config import EngineConfig
from paysim_engine.scenario import ScenarioError
from paysim_engine.simulation import Simulation
from tests.support.draws import Draw, SeededDraw
from tests.support.random_policies import random_policy
from tests.support.random_scenarios import random_scenario
from tests.support.runs import flat
from tests.support.streams import first_difference


class Oracle:
    """The independent interpreter."""

    def __init__(self, folder: Path, policies: Path) -> None:
        sys.path.insert(0, str(folder))
        self.policies = policies
        self.load: Any = importlib.import_module("oracle.loader").load
        self.engine: Any = importlib.import_module("oracle.engine").Engine
        self.records: Any = importlib.import_module("oracle.schema").records

    def events(self, path: Path) -> list[dict[str, Any]]:
        """The events of a scenario file."""
        engine = self.engine(self.load(str(path), str(self.policies)))
        engine.run()
        events = list(self.records(engine.ev, [agent.name for agent in engine.agents]))
        for event in events:
            # Fields of the flat form of old, which the engine's has not.
            event.pop("details_json", None)
            if event["event_type"] == "LsmBilateralOffset":
                del event["amount"]
            event.pop("cycle_value", None)
            if event["event_type"] == "CollateralTimerWithdrawn":
                # It is the `original_reason`; recorded streams do not have it twice.
                del event["reason"]
        return events


def played(config: EngineConfig, pieces: Draw | None) -> list[dict[str, Any]]:
    """The engine's events; `pieces` says after how many ticks each it goes on from a checkpoint."""
    simulation = Simulation(config)
    simulation.run(ticks=-1 if pieces is None else pieces.integer(0, 4))
    events = flat(simulation.recorder.drain(), simulation)
    while pieces is not None and not simulation.finished:
        simulation = Simulation.restore(config, json.loads(json.dumps(simulation.checkpoint())))
        simulation.run(ticks=pieces.integer(0, 4))
        events += flat(simulation.recorder.drain(), simulation)
    return events


def difference(path: Path, oracle: Oracle, pieces: Draw | None) -> str | None:
    """What the two make of a scenario file differently."""
    from paysim_engine.scenario import load_scenario

    try:
        ours = played(load_scenario(path).engine_config(), pieces)
    except ScenarioError as error:
        return f"refused: {error}"
    except Exception:
        return traceback.format_exc()
    return first_difference(oracle.events(path), ours)


def main() -> int:
    """Play the scenarios of a range of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oracle", type=Path, required=True, help="folder that holds the package `oracle`")
    parser.add_argument("--policies", type=Path, help="its policy documents; by default ../../reference/policies of it")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--count", type=int, default=100, help="number of scenarios")
    parser.add_argument("--fifo", action="store_true", help="without policies")
    parser.add_argument("--pieces", action="store_true", help="go on from a checkpoint every few ticks")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="where scenarios that differ go")
    options = parser.parse_args()
    oracle = Oracle(options.oracle, options.policies or options.oracle.parents[1] / "reference" / "policies")
    options.keep.mkdir(parents=True, exist_ok=True)
    failed = 0
    for seed in range(options.first, options.first + options.count):
        path = options.keep / f"seed_{seed}.json"
        scenario = random_scenario(SeededDraw(seed), None if options.fifo else random_policy)
        path.write_text(json.dumps(scenario, ensure_ascii=False, indent=1), encoding="utf-8")
        found = difference(path, oracle, SeededDraw(seed) if options.pieces else None)
        if found is None:
            path.unlink()
        else:
            failed += 1
            print(f"=== seed {seed}: {path}\n{found}\n", flush=True)
    print(f"{options.count} scenarios, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
