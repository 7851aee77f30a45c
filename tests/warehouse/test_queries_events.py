"""Event queries find exactly the events that fit, page by page."""

import itertools
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from paysim_engine.record.schema import EVENT_CODE, EVENT_TYPES
from paysim_pipeline.warehouse import queries
from paysim_pipeline.warehouse.errors import WarehouseError
from paysim_pipeline.warehouse.queries import EventFilter
from tests.support.modelled import RUNS, modelled_warehouse

Event = dict[str, Any]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect(str(modelled_warehouse()), read_only=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=sorted(RUNS))
def run_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def everything(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[Event]:
    """All events of the run in order, as the queries show them."""
    events, total = queries.search_events(connection, run_id, EventFilter(), limit=10**6)
    assert len(events) == total == queries.get_event_count(connection, run_id)
    assert [event["event_seq"] for event in events] == list(range(total))
    return events


def fits(event: Event, **filters: Any) -> bool:
    """The filters of `get_simulation_events`, in the words of their definition."""
    details = event["details"]
    tests: dict[str, Callable[[Any], bool]] = {
        "tick": lambda value: event["tick"] == value,
        "tick_min": lambda value: event["tick"] >= value,
        "tick_max": lambda value: event["tick"] <= value,
        "day": lambda value: event["day"] == value,
        "agent_id": lambda value: value in (event["agent_id"], details.get("sender_id"), details.get("receiver_id")),
        "tx_id": lambda value: event["tx_id"] == value,
        "event_type": lambda value: event["event_type"] in value.split(","),
    }
    return all(tests[name](value) for name, value in filters.items())


def test_filters_find_what_fits(connection: duckdb.DuckDBPyConnection, run_id: str, everything: list[Event]) -> None:
    rng = random.Random(run_id)
    found_any: Counter[str] = Counter()
    for _ in range(20):
        example = rng.choice(everything)
        others = rng.sample([event.name for event in EVENT_TYPES], 3)
        possible: dict[str, Any] = {
            "tick": example["tick"],
            "tick_min": max(0, example["tick"] - rng.randrange(5)),
            "tick_max": example["tick"] + rng.randrange(5),
            "day": example["day"],
            "agent_id": example["agent_id"] or "WEST",
            "tx_id": example["tx_id"] or "tx_00000001",
            "event_type": ",".join([example["event_type"], *others]),
        }
        names = rng.sample(sorted(possible), rng.randint(1, 3))
        filters = {name: possible[name] for name in names}
        expected = [event for event in everything if fits(event, **filters)]
        found = queries.get_simulation_events(connection, run_id, **filters, limit=300)
        assert found["events"] == expected[:300], filters
        assert found["total"] == len(expected)
        found_any.update({name: bool(expected) for name in names})
    assert all(found_any[name] for name in ("tick", "day", "agent_id", "tx_id", "event_type"))


def test_pages(connection: duckdb.DuckDBPyConnection, run_id: str, everything: list[Event]) -> None:
    some = everything[:150]
    last = some[-1]["tick"]
    some = [event for event in everything if event["tick"] <= last]
    for sort, expected in (("tick_asc", some), ("tick_desc", some[::-1])):
        pages = [
            queries.get_simulation_events(connection, run_id, tick_max=last, limit=40, offset=offset, sort=sort)
            for offset in range(0, len(some), 40)
        ]
        assert list(itertools.chain.from_iterable(page["events"] for page in pages)) == expected
        assert {page["total"] for page in pages} == {len(some)}


def test_limits_are_kept_within_bounds(connection: duckdb.DuckDBPyConnection) -> None:
    found = queries.get_simulation_events(connection, "stress", limit=10**9, offset=-5)
    assert (found["limit"], found["offset"], len(found["events"])) == (1000, 0, 1000)
    assert len(queries.get_simulation_events(connection, "stress", limit=0)["events"]) == 1
    assert queries.get_simulation_events(connection, "stress", offset=10**9)["events"] == []
    assert found["filters"] == {
        "tick": None, "tick_min": None, "tick_max": None, "day": None, "agent_id": None, "tx_id": None,
        "event_type": None, "sort": "tick_asc",
    }  # fmt: skip


def test_what_makes_no_sense_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="tick_min 5 is after tick_max 4"):
        queries.get_simulation_events(connection, "stress", tick_min=5, tick_max=4)
    with pytest.raises(ValueError, match="'random' is no order of events"):
        queries.get_simulation_events(connection, "stress", sort="random")


def test_an_event_has_its_fields(connection: duckdb.DuckDBPyConnection) -> None:
    (event,) = queries.get_simulation_events(connection, "gridlock", event_type="Arrival", limit=1)["events"]
    run = queries.list_simulations(connection).filter(simulation_id="gridlock")
    assert event == {
        "event_id": "gridlock:0", "simulation_id": "gridlock", "tick": 1, "day": 0, "event_seq": 0,
        "event_timestamp": run["started_at"].item().isoformat(), "event_type": "Arrival",
        "details": event["details"], "agent_id": "NORTH", "tx_id": "tx_00000000",
        "created_at": run["completed_at"].item().isoformat(), "sender_id": "NORTH", "receiver_id": "EAST",
        "amount": 100000, "deadline": 9, "priority": 5,
    }  # fmt: skip
    assert event["details"]["origin"] == "scenario"


def test_exact_filters(connection: duckdb.DuckDBPyConnection, run_id: str, everything: list[Event]) -> None:
    example = next(event for event in everything if event["tx_id"] and event["tick"] > 0)
    filters = {name: example[name] for name in ("tick", "agent_id", "tx_id", "event_type", "day")}
    for name, value in filters.items():
        expected = [event for event in everything if event[name] == value]
        found = queries.get_events(connection, run_id, **{name: value})
        assert (found["total_count"], found["events"]) == (len(expected), expected[:1000])
    assert queries.get_events(connection, run_id, **filters)["total_count"] >= 1
    assert queries.get_events(connection, run_id, event_type="Arrival,EndOfDay")["total_count"] == 0


def test_the_summary_counts(connection: duckdb.DuckDBPyConnection, run_id: str, everything: list[Event]) -> None:
    summary = queries.get_simulation_event_summary(connection, run_id)
    assert summary["total_events"] == len(everything)
    assert summary["total_ticks"] == max(event["tick"] for event in everything)
    assert summary["total_days"] == max(event["day"] for event in everything)
    assert summary["event_type_counts"] == Counter(event["event_type"] for event in everything)
    assert list(summary["event_type_counts"].values()) == sorted(summary["event_type_counts"].values(), reverse=True)
    assert summary["agents"] == sorted({event["agent_id"] for event in everything if event["agent_id"]})


def mentions(value: Any, name: str) -> bool:
    """Whether a name stands anywhere in the details."""
    if isinstance(value, dict):
        return any(mentions(item, name) for item in value.values())
    if isinstance(value, list):
        return any(mentions(item, name) for item in value)
    return bool(value == name)


def test_any_part_in_an_event(connection: duckdb.DuckDBPyConnection, run_id: str, everything: list[Event]) -> None:
    agents = sorted({event["agent_id"] for event in everything if event["agent_id"]})
    for agent in agents[1::2]:
        found, total = queries.search_events(connection, run_id, EventFilter(party=agent), limit=10**6)
        # A budget may name banks that are not part of the event.
        expected = [
            event
            for event in everything
            if event["agent_id"] == agent
            or (event["event_type"] != "BankBudgetSet" and mentions(event["details"], agent))
        ]
        assert found == expected
        assert total == len(expected)
    payments = sorted({event["tx_id"] for event in everything if event["tx_id"]})
    for payment in payments[:: max(1, len(payments) // 8)]:
        found, _ = queries.search_events(connection, run_id, EventFilter(payment=payment), limit=10**6)
        assert found == [event for event in everything if mentions(event["details"], payment)]


def test_clearing(tmp_path: Path) -> None:
    database = tmp_path / "paysim.duckdb"
    shutil.copy(modelled_warehouse(), database)
    with duckdb.connect(str(database)) as opened:
        number = queries.get_event_count(opened, "stress")
        others = queries.get_event_count(opened, "gridlock")
        assert queries.clear_simulation_events(opened, "stress") == number > 0
        assert queries.get_event_count(opened, "stress") == 0
        assert queries.get_event_count(opened, "gridlock") == others
        assert queries.get_simulation_event_summary(opened, "stress") == {
            "total_events": 0, "total_ticks": None, "total_days": None, "event_type_counts": {}, "agents": [],
        }  # fmt: skip
        assert queries.clear_simulation_events(opened, "stress") == 0


def test_clearing_takes_a_writer(connection: duckdb.DuckDBPyConnection) -> None:
    before = queries.get_event_count(connection, "stress")
    with pytest.raises(WarehouseError, match="open for reading only"):
        queries.clear_simulation_events(connection, "stress")
    assert queries.get_event_count(connection, "stress") == before


def test_every_type_is_found_by_its_name(connection: duckdb.DuckDBPyConnection) -> None:
    counts = queries.get_simulation_event_summary(connection, "policies")["event_type_counts"]
    for name in EVENT_CODE:
        found = queries.get_simulation_events(connection, "policies", event_type=f" {name} ,X", limit=1)
        assert found["total"] == counts.get(name, 0)
