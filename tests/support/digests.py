"""One digest per random scenario: what another process, or another build of the engine, must agree on.

Runs as a program: `python -m tests.support.digests FIRST COUNT` prints whether the engine is compiled, and the digests
of that range of seeds, as JSON.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from paysim_engine import is_compiled
from paysim_engine.digest import EventsDigest
from paysim_engine.record.batch import Batch
from paysim_engine.record.schema import RECORDS
from paysim_engine.simulation import Simulation
from tests.support.draws import SeededDraw
from tests.support.random_policies import random_policy
from tests.support.random_scenarios import random_scenario
from tests.support.runs import config_of, rows_of


def digest_of(simulation: Simulation, batches: Sequence[Batch]) -> str:
    """A digest of everything a finished run recorded: its events, and the rows of all other tables."""
    events = EventsDigest(simulation.agent_ids)
    for batch in batches:
        events.update(batch, simulation.recorder.texts)
    rows: dict[str, Any] = {record.name: rows_of(batches, record.name) for record in RECORDS}
    rows["transactions"].sort(key=lambda row: int(row["tx_no"]))
    words = json.dumps([events.hexdigest(), rows, simulation.summary()], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def digest_of_seed(seed: int) -> str:
    """The digest of the random scenario of a seed."""
    simulation = Simulation(config_of(random_scenario(SeededDraw(seed), random_policy)))
    simulation.run()
    return digest_of(simulation, simulation.recorder.drain())


if __name__ == "__main__":
    first, count = int(sys.argv[1]), int(sys.argv[2])
    answer = {"compiled": is_compiled(), "digests": [digest_of_seed(seed) for seed in range(first, first + count)]}
    print(json.dumps(answer))
