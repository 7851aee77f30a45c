"""Events for programs: one JSON object per line (07 §6.4).

Belongs here: what a line says. Does not belong here: which events there are.

A line is a row of the warehouse's `simulation_events`: who and which payment an event is about, and under `details` all
fields that are not absent. There are no moments of the wall clock in it, nothing is left out but by filters, and the
last line says that the stream is complete, with the only figures that differ from one time to another.
"""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

from paysim_engine.record.schema import EVENT_TYPES
from paysim_pipeline.display.filters import EventFilter
from paysim_pipeline.display.source import Event, Source

_HEAD: Final = frozenset({"event_seq", "event_type", "tick"})
_OWNED: Final = {"payment": ("tx_id", "agent_id"), "policy": ("tx_id", "agent_id"), "liquidity": ("agent_id",)} | {
    "cost": ("agent_id",)
}
"""Family -> what its events are about; netting and system events are about several agents and payments, or none."""

_FAMILY: Final = {event.name: event.family for event in EVENT_TYPES}


def event_object(event: Event, simulation_id: str, day: int) -> dict[str, Any]:
    """An event as one object of the stream."""
    kind = event["event_type"]
    shown: dict[str, Any] = {
        "simulation_id": simulation_id,
        "tick": event["tick"],
        "day": day,
        "event_type": kind,
        "event_id": f"{simulation_id}:{event['event_seq']}",
        "details": {key: value for key, value in event.items() if key not in _HEAD and value is not None},
    }
    owned = _OWNED.get(_FAMILY[kind], ())
    if "tx_id" in owned:
        shown["tx_id"] = event["tx_id"]
    if "agent_id" in owned:
        shown["agent_id"] = next(event[key] for key in ("agent_id", "sender_id", "sender") if key in event)
    return shown


def stream(source: Source, chosen: EventFilter) -> Iterator[str]:
    """The lines of the stream, without line ends.

    Args:
        source: the run.
        chosen: which events.
    """
    clock = time.perf_counter()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
    run = source.run
    count = 0
    for tick in source.ticks():
        count += 1
        for event in tick.events:
            if chosen.matches(event):
                yield encode(event_object(event, run.simulation_id, tick.day))
    seconds = time.perf_counter() - clock
    yield encode(
        {
            "_metadata": True,
            "replay_complete": True,
            "simulation_id": run.simulation_id,
            "from_tick": source.first_tick,
            "to_tick": source.last_tick,
            "duration_seconds": seconds,
            "ticks_per_second": count / seconds if seconds else 0.0,
        }
    )
