"""The events digest: equal for equal events however they come, different for any other."""

from typing import Any

import pytest

from paysim_engine.digest import EventsDigest
from paysim_engine.record.recorder import Recorder
from paysim_engine.record.schema import EVENT_TYPES, EventType, Field
from paysim_pipeline.warehouse.from_flat import FlatReader
from tests.warehouse.sample import AGENTS, events

Event = dict[str, Any]

HAND_MADE: list[Event] = [
    {
        "event_seq": 0, "tick": 0, "event_type": "Arrival", "tx_id": "tx_00000000", "sender_id": "A",
        "receiver_id": "B", "amount": 1_000, "deadline": 7, "priority": 5, "is_divisible": False,
        "origin": "generated", "parent_tx_id": None, "split_index": None, "eligible_tick": None,
    },
    {
        "event_seq": 1, "tick": 3, "event_type": "PolicyHold", "agent_id": "A", "tx_id": "tx_00000000",
        "reason": "Wait", "priority": 5,
    },
    {
        "event_seq": 2, "tick": 4, "event_type": "LsmBilateralOffset", "agent_a": "A", "agent_b": "B",
        "amount_a": 1_000, "amount_b": 900, "tx_ids": ["tx_00000000", "tx_00000001"], "tx_amounts": [1_000, 900],
    },
]  # fmt: skip


def digest(
    stream: list[Event], agents: list[str] = AGENTS, cuts: tuple[int, ...] = (), texts: tuple[str, ...] = ()
) -> str:
    """The digest of a stream, drained after the events numbered in `cuts`, with `texts` numbered before."""
    reader = FlatReader(agents)
    for text in texts:
        reader.recorder.text(text)
    result = EventsDigest(reader.agent_ids)
    for number, event in enumerate(stream):
        reader.read([event])
        if number in cuts:
            add(result, reader.recorder)
    add(result, reader.recorder)
    return result.hexdigest()


def add(result: EventsDigest, recorder: Recorder) -> None:
    for batch in recorder.drain():
        result.update(batch, recorder.texts)


def test_published_digests_stay_comparable() -> None:
    """If this fails on purpose, raise DIGEST_FORMAT: baselines made before do not compare any more."""
    assert digest(HAND_MADE, ["A", "B"]) == "8bf1503e1e8a14e0a8fd70f3308f6ace782d181d52e914fb920e30ee92811ff4"


@pytest.mark.parametrize("cuts", [(0,), (10, 11, 12, 300), tuple(range(0, 500, 7)), tuple(range(500))])
def test_batches_make_no_difference(cuts: tuple[int, ...]) -> None:
    stream = events(seed=3)
    assert digest(stream, cuts=cuts) == digest(stream)


def test_numbers_of_texts_make_no_difference() -> None:
    stream = events(seed=4)
    assert digest(stream, texts=("never used", "LowPriority", "another")) == digest(stream)


def test_order_of_agents_in_the_scenario_makes_no_difference() -> None:
    stream = events(seed=4)
    assert digest(stream, sorted(AGENTS)) == digest(stream, AGENTS)


def test_names_of_agents_count() -> None:
    renamed = [{**event, "agent_id": "Z"} if event.get("agent_id") == "A" else event for event in HAND_MADE]
    assert digest(HAND_MADE, ["A", "B"]) != digest(HAND_MADE, ["A", "B", "C"])
    assert digest(HAND_MADE, ["A", "B", "Z"]) != digest(renamed, ["A", "B", "Z"])


def test_no_events_have_a_digest() -> None:
    assert digest([]) == digest([], cuts=(0,))


STORED = [(kind, field) for kind in EVENT_TYPES for field in kind.stored]


@pytest.mark.parametrize(("kind", "field"), STORED, ids=lambda part: part.name)
def test_every_stored_field_counts(kind: EventType, field: Field) -> None:
    stream = events(seed=5, ticks=2)
    assert with_another_value(stream, kind, field) != digest(stream)


def with_another_value(stream: list[Event], kind: EventType, field: Field) -> str:
    """The digest of a stream with another value in one field of one event."""
    reader = FlatReader(AGENTS)
    reader.read(stream)
    result = EventsDigest(reader.agent_ids)
    for batch in reader.recorder.drain():
        if batch.table == kind.name:
            values: Any = batch.columns[field.column]
            if field.kind.endswith("_list"):
                # An item more or less at the end of the first list: the same items, other lists.
                ends: Any = batch.columns[field.column + ".offsets"]
                ends[1] += 1 if ends[1] == 0 else -1
            elif field.kind in ("text", "json"):
                values[0] = reader.recorder.text("quite another text")
            else:
                values[0] = 0.125 if field.kind == "float" else values[0] + 1
        result.update(batch, reader.recorder.texts)
    return result.hexdigest()


def test_an_absent_list_is_not_an_empty_one() -> None:
    budget = {
        "event_seq": 0, "tick": 0, "event_type": "BankBudgetSet", "agent_id": "ALPHA", "max_value": 5,
        "focus_counterparties": None, "max_per_counterparty": None,
    }  # fmt: skip
    assert digest([budget]) != digest([{**budget, "focus_counterparties": []}])


def test_an_absent_number_is_not_zero() -> None:
    arrival = {**HAND_MADE[0], "split_index": 0}
    assert digest([arrival], ["A", "B"]) != digest(HAND_MADE[:1], ["A", "B"])
