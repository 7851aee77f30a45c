"""The recorder: what goes in comes out, whenever it is drained, and has the names of the catalogue."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from paysim_engine.digest import EventsDigest
from paysim_engine.record.flat import flat_events
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import EVENT_TYPES, FAMILIES, RECORDS, family_columns
from paysim_engine.record.table import FIRST_CHUNK, LAST_CHUNK, Table
from paysim_engine.simulation import Simulation
from tests.golden.recorded import SELECTION, cases_under
from tests.support.draws import SeededDraw
from tests.support.random_scenarios import random_scenario
from tests.support.runs import Event, config_of, flat, items, rows_of

TABLES = [record.name for record in RECORDS]


def fill(table: Table, begin: int, end: int) -> None:
    """Write rows that say their own number in every column."""
    for number in range(begin, end):
        n = table.next_row()
        table.c0[n] = number
        table.c1[n] = -number
        table.f0[n] = number / 4
        table.add_list(n, 0, vec[i64](range(number % 4)), number % 5 != 0)


def read(table: Table) -> list[tuple[int, int, float, list[int], int]]:
    """All rows of a table, drained."""
    rows = []
    for batch in table.drain():
        columns: dict[str, Any] = batch.columns
        flat_items = memoryview(columns["l"]).tolist()
        offsets = memoryview(columns["l.offsets"]).tolist()
        for i in range(batch.length):
            rows.append(
                (
                    items(batch, "a")[i],
                    items(batch, "b")[i],
                    items(batch, "x")[i],
                    flat_items[offsets[i] : offsets[i + 1]],
                    items(batch, "l.null")[i],
                )
            )
    return rows


def rows_from(begin: int, end: int) -> list[tuple[int, int, float, list[int], int]]:
    return [(n, -n, n / 4, list(range(n % 4)), int(n % 5 == 0)) for n in range(begin, end)]


@pytest.mark.parametrize("rows", [0, 1, FIRST_CHUNK, FIRST_CHUNK + 1, 5 * FIRST_CHUNK, 21 * FIRST_CHUNK + 3])
def test_a_table_rolls_and_loses_nothing(rows: int) -> None:
    table = Table("t", ["a", "b"], ["x"], ["l"])
    fill(table, 0, rows)
    assert read(table) == rows_from(0, rows)


def test_chunks_grow_and_stay_bounded() -> None:
    table = Table("t", ["a"], [], [])
    rows = 3 * LAST_CHUNK
    for number in range(rows):
        n = table.next_row()
        table.c0[n] = number
    batches = table.drain()
    lengths = [batch.length for batch in batches]
    assert sum(lengths) == rows
    assert lengths[0] == FIRST_CHUNK
    assert max(lengths) == LAST_CHUNK
    assert [n for batch in batches for n in items(batch, "a")] == list(range(rows))


@given(st.lists(st.integers(0, 400), max_size=6))
@settings(max_examples=30)
def test_a_table_drained_in_pieces(sizes: list[int]) -> None:
    table = Table("t", ["a", "b"], ["x"], ["l"])
    rows: list[tuple[int, int, float, list[int], int]] = []
    written = 0
    for size in sizes:
        fill(table, written, written + size)
        written += size
        rows += read(table)
    assert rows == rows_from(0, written)


def test_what_was_handed_out_is_not_written_to_again() -> None:
    table = Table("t", ["a", "b"], ["x"], ["l"])
    fill(table, 0, 10)
    first = table.drain()
    fill(table, 10, 200)
    assert items(first[0], "a") == list(range(10))


def test_looking_takes_nothing_away() -> None:
    table = Table("t", ["a", "b"], ["x"], ["l"])
    fill(table, 0, 100)
    seen = [n for batch in table.peek() for n in items(batch, "a")]
    assert seen == list(range(100))
    fill(table, 100, 150)
    assert read(table) == rows_from(0, 150)


# ---- a run's recorder ----


def drained(simulation: Simulation, every: int) -> tuple[list[Event], dict[str, list[Any]], str]:
    """A run, drained after so many ticks each time: events, other rows, digest."""
    events: list[Event] = []
    rows: dict[str, list[Any]] = {table: [] for table in TABLES}
    digest = EventsDigest(simulation.agent_ids)

    def take() -> None:
        batches = simulation.recorder.drain()
        events.extend(flat(batches, simulation))
        for table in TABLES:
            rows[table] += rows_of(batches, table)
        for batch in batches:
            digest.update(batch, simulation.recorder.texts)

    end = simulation.config.num_days * simulation.config.ticks_per_day
    for tick in range(end):
        simulation.step()
        if tick % every == every - 1:
            take()
    simulation.finish()
    take()
    return events, rows, digest.hexdigest()


@pytest.mark.parametrize("seed", range(8))
def test_drained_in_pieces_or_at_the_end(seed: int) -> None:
    config = config_of(random_scenario(SeededDraw(seed)))
    at_the_end = drained(Simulation(config), 10**9)
    assert at_the_end[0]
    assert [event["event_seq"] for event in at_the_end[0]] == list(range(len(at_the_end[0])))
    for every in (1, 3):
        assert drained(Simulation(config), every) == at_the_end


@pytest.mark.parametrize("seed", range(4))
def test_looking_at_the_events_leaves_them_in_the_recorder(seed: int) -> None:
    simulation = Simulation(config_of(random_scenario(SeededDraw(seed))))
    simulation.run()
    looked = simulation.events()
    assert looked == simulation.events()
    assert flat(simulation.columns(), simulation) == flat(simulation.recorder.drain(), simulation) == looked


# ---- names ----


def test_columns_are_those_of_the_catalogue() -> None:
    recorder = Recorder()
    names = {batch.name: batch for batch in recorder.tables()}
    for event in EVENT_TYPES:
        table = names[event.name]
        stored = [field.column for field in event.stored]
        assert ["event_seq", "tick", *stored] == _in_order(table, ["event_seq", "tick", *stored])
    for record in RECORDS:
        stored = [field.column for field in record.stored]
        assert stored == _in_order(names[record.name], stored)
    assert len(names) == len(EVENT_TYPES) + len(RECORDS)


def _in_order(table: Table, names: list[str]) -> list[str]:
    """The columns of a table, in the order of `names` as far as they are in it."""
    present = {*table.integers, *table.floats, *table.lists}
    return [name for name in names if name in present] + sorted(present - {*names})


def test_types_of_a_family_share_columns_of_one_kind_only() -> None:
    for family in FAMILIES:
        kinds = family_columns(family)
        for event in EVENT_TYPES:
            if event.family == family:
                assert {field.column: field.kind for field in event.stored}.items() <= kinds.items()


def recorded_keys() -> dict[str, set[str]]:
    """The names that the recorded streams use, by event type."""
    keys: dict[str, set[str]] = {}
    for case in cases_under(SELECTION):
        for event in case.events():
            keys.setdefault(event["event_type"], set()).update(event)
    return keys


COMPLETENESS = {
    "Arrival": {"origin", "parent_tx_id", "split_index", "eligible_tick"},
    "PolicySplit": {"eligible_ticks"},
    "CollateralPost": {"withdraw_at_tick"},
    "PolicyHold": {"priority"},
}
"""The fields of D43, which the recorded streams do not have."""


def test_the_flat_form_has_the_recorded_names_and_those_of_d43() -> None:
    for event_type, keys in recorded_keys().items():
        assert _flat_names(event_type) == keys | COMPLETENESS.get(event_type, set()), event_type


def _flat_names(event_type: str) -> set[str]:
    """The names in the flat form of a made-up event."""
    recorder = Recorder()
    event = next(event for event in EVENT_TYPES if event.name == event_type)
    number = recorder.text("{}")
    assert number == 0
    arguments: list[Any] = []
    for field in event.stored:
        if field.kind == "text_list":
            arguments += [vec[i64](), True]
        elif field.kind.endswith("_list"):
            arguments.append(vec[i64]())
        else:
            arguments.append(0.0 if field.kind == "float" else 0)
    getattr(recorder, event.method)(*arguments)
    (flat_event,) = flat_events(recorder.drain(), recorder.texts, ["A"])
    return set(flat_event)


def test_event_types_are_counted_by_their_tables() -> None:
    simulation = Simulation(config_of(random_scenario(SeededDraw(3))))
    simulation.run()
    batches = simulation.recorder.drain()
    by_table: Counter[str] = Counter()
    for batch in batches:
        if batch.table not in TABLES:
            by_table[batch.table] += batch.length
    assert by_table == Counter(event["event_type"] for event in flat(batches, simulation))
