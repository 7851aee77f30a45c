"""Running scenarios that a test writes as a mapping.

Belongs here: from a mapping to a finished simulation and its events. Does not belong here: any scenario.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from paysim_engine.core.codes import NULL
from paysim_engine.core.config import EngineConfig
from paysim_engine.record.batch import Batch
from paysim_engine.record.flat import flat_events
from paysim_engine.record.schema import CODES, RECORDS
from paysim_engine.scenario import load_scenario
from paysim_engine.simulation import Simulation

Data = dict[str, Any]
Event = dict[str, Any]
Row = dict[str, Any]


def config_of(scenario: Data) -> EngineConfig:
    """The engine's form of a scenario, through the same door as a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.json"
        path.write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8")
        return load_scenario(path).engine_config()


def start(scenario: Data) -> Simulation:
    """A simulation that has not played a tick yet."""
    return Simulation(config_of(scenario))


def finished(scenario: Data) -> Simulation:
    """A simulation that has run to its end; everything it recorded is still in its recorder."""
    simulation = start(scenario)
    simulation.run()
    return simulation


def flat(batches: Iterable[Batch], simulation: Simulation) -> list[Event]:
    """The events in batches of a simulation, in order."""
    return list(flat_events(batches, simulation.recorder.texts, simulation.agent_ids))


def events_of(scenario: Data) -> list[Event]:
    """All events of a run."""
    simulation = finished(scenario)
    return flat(simulation.recorder.drain(), simulation)


def rows_of(batches: Iterable[Batch], table: str) -> list[Row]:
    """The rows of one of the tables beside the events, by column; codes as words, absent values as None."""
    record = next(record for record in RECORDS if record.name == table)
    rows: list[Row] = []
    for batch in batches:
        if batch.table == table:
            columns = {field.column: items(batch, field.column) for field in record.stored}
            for i in range(batch.length):
                row: Row = {}
                for field in record.stored:
                    value = columns[field.column][i]
                    if field.null and value == NULL:
                        value = None
                    row[field.column] = CODES[field.kind][value] if field.kind in CODES else value
                rows.append(row)
    return rows


def items(batch: Batch, column: str) -> list[Any]:
    """The items of a column, as Python numbers."""
    buffer: Any = batch.columns[column]
    return memoryview(buffer)[: batch.length].tolist()


def of_type(events: Iterable[Event], *types: str) -> list[Event]:
    """The events of the given types."""
    return [event for event in events if event["event_type"] in types]
