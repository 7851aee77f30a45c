"""Questions about events: the stream with filters, counts, one payment's story.

Belongs here: reading events as the mart `simulation_events` has them. Does not belong here: how they are found
(`event_index`).
"""

import json
from typing import Any

import duckdb

from paysim_engine.record.schema import EVENT_TYPES, FAMILIES
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.queries.event_index import EventFilter, count_events, find_events
from paysim_pipeline.warehouse.queries_base import Record, modelled_run, records, rows, stored_run
from paysim_pipeline.warehouse.transaction import transaction

MOST_EVENTS = 1000
"""A page of `get_simulation_events` has at most so many."""

_SORTS = ("tick_asc", "tick_desc")
_COPIES = ("sender_id", "receiver_id", "amount", "deadline", "priority")


def get_simulation_events(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    tick: int | None = None,
    tick_min: int | None = None,
    tick_max: int | None = None,
    day: int | None = None,
    agent_id: str | None = None,
    tx_id: str | None = None,
    event_type: str | None = None,
    limit: int = 100,
    offset: int = 0,
    sort: str = "tick_asc",
) -> Record:
    """A page of a run's events (07 §5.2); all filters must hold.

    Args:
        connection: the open warehouse.
        simulation_id: the run.
        tick: exactly this tick.
        tick_min: from this tick on.
        tick_max: up to this tick.
        day: this day.
        agent_id: the agent that the event is about (the payer of a payment), or the `receiver_id` in its details.
            Events of netting are about several; `search_events` finds them too.
        tx_id: the payment that the event is about.
        event_type: a type, or several with commas between.
        limit: how many at most, 1 to 1000.
        offset: how many to skip.
        sort: `tick_asc` or `tick_desc`; within a tick in, or against, the order of emission.

    Returns:
        `events`, `total` before paging, `limit`, `offset`, `filters`. Each event: `event_id`, `simulation_id`, `tick`,
        `day`, `event_seq`, `event_timestamp` and `created_at` (ISO; when the run began and ended, since events have no
        clock of their own), `event_type`, `details`, `agent_id`, `tx_id`, and `sender_id`, `receiver_id`, `amount`,
        `deadline`, `priority` where the details have them.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.
        ValueError: an unknown sort, or `tick_min` after `tick_max`.

    Example:
        >>> found = get_simulation_events(connection, "gridlock", event_type="LsmCycleSettlement", limit=1)
        >>> found["total"], found["events"][0]["details"]["agents"]
        (2, ['EAST', 'SOUTH', 'WEST', 'NORTH'])
    """
    if sort not in _SORTS:
        raise ValueError(f"{sort!r} is no order of events; there are {' and '.join(_SORTS)}")
    if tick_min is not None and tick_max is not None and tick_min > tick_max:
        raise ValueError(f"tick_min {tick_min} is after tick_max {tick_max}")
    limit, offset = min(max(limit, 1), MOST_EVENTS), max(offset, 0)
    wanted = EventFilter(
        tick=tick,
        tick_min=tick_min,
        tick_max=tick_max,
        day=day,
        types=_types(event_type),
        owner_or_receiver=agent_id,
        tx=tx_id,
    )
    events, total = search_events(
        connection, simulation_id, wanted, limit=limit, offset=offset, latest_first=sort == "tick_desc"
    )
    filters = {
        "tick": tick,
        "tick_min": tick_min,
        "tick_max": tick_max,
        "day": day,
        "agent_id": agent_id,
        "tx_id": tx_id,
        "event_type": event_type,
        "sort": sort,
    }
    return {"events": events, "total": total, "limit": limit, "offset": offset, "filters": filters}


def get_events(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    tick: int | None = None,
    agent_id: str | None = None,
    tx_id: str | None = None,
    event_type: str | None = None,
    day: int | None = None,
    limit: int = 1000,
    offset: int = 0,
) -> Record:
    """A page of a run's events, with filters that compare columns exactly (07 §5.2).

    Returns:
        `events` (as in `get_simulation_events`), `total_count` before paging, `limit`, `offset`.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> get_events(connection, "gridlock", tick=1, event_type="Arrival")["total_count"]
        4
    """
    limit, offset = max(limit, 0), max(offset, 0)
    types = None if event_type is None else [event_type]
    wanted = EventFilter(tick=tick, day=day, types=types, owner=agent_id, tx=tx_id)
    events, total = search_events(connection, simulation_id, wanted, limit=limit, offset=offset)
    return {"events": events, "total_count": total, "limit": limit, "offset": offset}


def search_events(
    connection: duckdb.DuckDBPyConnection,
    simulation_id: str,
    wanted: EventFilter,
    *,
    limit: int = 100,
    offset: int = 0,
    latest_first: bool = False,
) -> tuple[list[Record], int]:
    """Events with the filters that `EventFilter` has, such as an agent or a payment in any role.

    Returns:
        The page in order (events as in `get_simulation_events`), and how many fit before paging.

    Raises:
        UnknownSimulationError: there is no such run.
        ModelsNotBuiltError: its models are not built.

    Example:
        >>> story, total = search_events(connection, "gridlock", EventFilter(payment="tx_00000000"))
        >>> [event["event_type"] for event in story]
        ['Arrival', 'ScenarioEventExecuted', 'RtgsSubmission', 'PolicySubmit', 'QueuedRtgs', 'LsmCycleSettlement']
    """
    run = modelled_run(connection, simulation_id)
    ticks_per_day = run["ticks_per_day"]
    total = count_events(connection, simulation_id, ticks_per_day, wanted)
    numbers = find_events(
        connection, simulation_id, ticks_per_day, wanted, limit=limit, offset=offset, latest_first=latest_first
    )
    return _read(connection, run, numbers), total


def get_simulation_event_summary(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> Record:
    """How many events a run has, of which types and about which agents (07 §5.2).

    Returns:
        `total_events`, `total_ticks` (the highest tick with an event), `total_days` (the highest day), null without
        events; `event_type_counts` (most frequent first), `agents` (those that events are about, sorted).

    Raises:
        UnknownSimulationError: there is no such run.

    Example:
        >>> summary = get_simulation_event_summary(connection, "gridlock")
        >>> summary["agents"], summary["event_type_counts"]["Arrival"]
        (['EAST', 'NORTH', 'SOUTH', 'WEST'], 9)
    """
    run = stored_run(connection, simulation_id)
    owned = {"payment", "policy", "liquidity", "cost"}
    families = " union all ".join(
        f"select event_type, {'agent_no' if family in owned else 'null::integer'} as agent_no, "
        f"count(*) as number, max(tick) as last_tick from raw.{family}_events where simulation_id = $run group by 1, 2"
        for family in FAMILIES
    )
    counted = rows(
        connection,
        f"""
        select counts.event_type, agents.agent_id, counts.number, counts.last_tick
        from ({families}) as counts
        left join raw.agents as agents on agents.simulation_id = $run and counts.agent_no = agents.agent_no
        """,
        {"run": simulation_id},
    )
    types: dict[str, int] = {}
    for code, _, number, _ in counted:
        name = EVENT_TYPES[code].name
        types[name] = types.get(name, 0) + number
    last = max((row[3] for row in counted), default=None)
    return {
        "total_events": sum(types.values()),
        "total_ticks": last,
        "total_days": None if last is None else last // run["ticks_per_day"],
        "event_type_counts": dict(sorted(types.items(), key=lambda entry: (-entry[1], entry[0]))),
        "agents": sorted({row[1] for row in counted if row[1] is not None}),
    }


def get_event_count(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> int:
    """How many events a run has (07 §5.2).

    Raises:
        UnknownSimulationError: there is no such run.

    Example:
        >>> get_event_count(connection, "gridlock")
        49
    """
    run = stored_run(connection, simulation_id)
    return count_events(connection, simulation_id, run["ticks_per_day"], EventFilter())


def clear_simulation_events(connection: duckdb.DuckDBPyConnection, simulation_id: str) -> int:
    """Delete the events of a run from the raw tables, all or none (07 §5.2).

    The run stays with its payments and samples, but what follows from events is gone for good: models must be built
    anew, and it can be neither replayed nor reconstructed. Simulating the scenario again brings them back.

    Args:
        connection: the warehouse, open for writing (`connection.writer`).
        simulation_id: the run.

    Returns:
        How many were deleted.

    Raises:
        UnknownSimulationError: there is no such run.
        WarehouseError: the warehouse is open for reading only; nothing was deleted.

    Example:
        >>> clear_simulation_events(connection, "gridlock")
        Traceback (most recent call last):
        ...
        paysim_pipeline.warehouse.errors.WarehouseError: gridlock: ...
    """
    stored_run(connection, simulation_id)
    deleted = 0
    try:
        with transaction(connection):
            for family in FAMILIES:
                result = connection.execute(
                    f"delete from raw.{family}_events where simulation_id = $run", {"run": simulation_id}
                ).fetchone()
                deleted += int(result[0]) if result else 0
    except duckdb.InvalidInputException as error:
        raise WarehouseError(
            f"{simulation_id}: its events were not deleted, since the warehouse is open for reading only; open it with "
            f"warehouse.connection.writer ({str(error).splitlines()[0]})"
        ) from error
    return deleted


def _types(given: str | None) -> list[str] | None:
    return None if given is None else [name.strip() for name in given.split(",")]


def _read(connection: duckdb.DuckDBPyConnection, run: Record, numbers: list[int]) -> list[Record]:
    """The events with these numbers, in this order."""
    if not numbers:
        return []
    # The range lets the scan skip whole row groups, which a list alone would not.
    found = records(
        connection,
        """
        select event_id, simulation_id, tick, day, event_seq, event_type, details, agent_id, tx_id
        from main.simulation_events
        where
            simulation_id = $run
            and event_seq between $first and $last
            and event_seq in (select unnest($numbers::bigint[]))
        """,
        {"run": run["simulation_id"], "first": min(numbers), "last": max(numbers), "numbers": numbers},
    )
    by_number = {event["event_seq"]: event for event in found}
    began, ended = _moment(run["started_at"]), _moment(run["completed_at"])
    return [_shown(by_number[number], began, ended) for number in numbers]


def _shown(event: Record, began: str | None, ended: str | None) -> Record:
    details: dict[str, Any] = json.loads(event["details"])
    head = ("event_id", "simulation_id", "tick", "day", "event_seq")
    return {
        **{name: event[name] for name in head},
        "event_timestamp": began,
        "event_type": event["event_type"],
        "details": details,
        "agent_id": event["agent_id"],
        "tx_id": event["tx_id"],
        "created_at": ended,
        **{name: details[name] for name in _COPIES if name in details},
    }


def _moment(stored: Any) -> str | None:
    return None if stored is None else str(stored.isoformat())
