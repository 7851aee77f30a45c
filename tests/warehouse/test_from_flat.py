"""Flat events read back into packed columns: nothing lost, nothing accepted that is not an event."""

from typing import Any

import pytest

from paysim_engine.digest import EventsDigest
from paysim_engine.record.flat import flat_events
from paysim_pipeline.warehouse.from_flat import FlatEventError, FlatReader, payment_number
from tests.support.runs import finished
from tests.support.scenarios import bank, payment, policy, tree, when, world
from tests.warehouse.sample import AGENTS, events


def read(*stream: dict[str, Any]) -> FlatReader:
    reader = FlatReader(AGENTS)
    reader.read(stream)
    return reader


def shown(reader: FlatReader) -> list[dict[str, Any]]:
    return list(flat_events(reader.recorder.drain(), reader.recorder.texts, reader.agent_ids))


def visible(stream: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events without what the flat form does not show, absent agents spelled as it spells them."""
    found = []
    for event in stream:
        event = dict(event)
        if event["event_type"] == "EntryDispositionOffset":
            del event["tx_amounts"]
        if "max_net_outflow_agent" in event:
            event["max_net_outflow_agent"] = event["max_net_outflow_agent"] or ""
        found.append(event)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_events_come_back_as_they_were(seed: int) -> None:
    stream = events(seed)
    assert shown(read(*stream)) == visible(stream)


def columns(reader: FlatReader, table: str) -> dict[str, Any]:
    batch = next(batch for batch in reader.recorder.drain() if batch.table == table)
    return {name: memoryview(column)[: batch.length].tolist() for name, column in batch.columns.items()}  # type: ignore[arg-type]


SPLIT: dict[str, Any] = {
    "event_seq": 0, "tick": 10, "event_type": "PolicySplit", "agent_id": "BETA", "tx_id": "tx_00000005",
    "num_splits": 3, "child_ids": ["tx_00000006", "tx_00000007", "tx_00000008"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("eligible", "immediate", "gap"),
    [
        ([None, None, None], 3, 0),
        ([None, 14, 18], 1, 4),
        ([11, 11, 11], 0, 0),
        ([None, None, 13], 2, 3),
    ],
)
def test_children_of_a_split_are_worked_out(eligible: list[int | None], immediate: int, gap: int) -> None:
    found = columns(read({**SPLIT, "eligible_ticks": eligible}), "PolicySplit")
    assert (found["first_child_tx_no"], found["num_immediate"], found["stagger_gap_ticks"]) == ([6], [immediate], [gap])


def test_hidden_fields_are_taken_where_they_are_given() -> None:
    given = {**SPLIT, "eligible_ticks": [None, None, 11], "stagger_gap_ticks": 0}
    assert columns(read(given), "PolicySplit")["stagger_gap_ticks"] == [0]


def test_amounts_of_an_entry_offset_are_those_of_the_arrivals() -> None:
    arrival = {
        "event_type": "Arrival", "tick": 0, "sender_id": "ALPHA", "receiver_id": "BETA", "deadline": 3, "priority": 5,
        "is_divisible": False, "origin": "generated",
    }  # fmt: skip
    offset = {
        "event_seq": 2, "tick": 1, "event_type": "EntryDispositionOffset", "agent_a": "BETA", "agent_b": "ALPHA",
        "incoming_tx_id": "tx_00000002", "queued_tx_id": "tx_00000001", "queued_tx_ids": ["tx_00000001", "tx_00000000"],
        "offset_amount": 30, "incoming_amount": 30, "queued_amount": 50,
    }  # fmt: skip
    reader = read(
        {**arrival, "event_seq": 0, "tx_id": "tx_00000000", "amount": 20},
        {**arrival, "event_seq": 1, "tx_id": "tx_00000001", "amount": 30},
        offset,
    )
    batches = {batch.table: batch for batch in reader.recorder.drain()}
    amounts: Any = batches["EntryDispositionOffset"].columns["tx_amounts"]
    assert list(amounts) == [30, 20]
    with pytest.raises(FlatEventError, match="tx_amounts is missing"):
        read(offset)


HOLD: dict[str, Any] = {
    "event_seq": 7, "tick": 3, "event_type": "PolicyHold", "agent_id": "BETA", "tx_id": "tx_00000001", "reason": "Wait",
    "priority": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event_type": "PolicyHolt"}, "event 7: unknown event type 'PolicyHolt'"),
        ({"event_type": None}, "unknown event type None"),
        ({"agent_id": "OMEGA"}, r"event 7 \(PolicyHold, tick 3\): agent_id: unknown agent 'OMEGA'"),
        ({"agent_id": 3}, "agent_id: unknown agent 3"),
        ({"tx_id": "tx_1"}, "tx_id: 'tx_1' is not the id of a payment"),
        ({"reason": None}, "reason: None is not a text"),
        ({"priority": 5.0}, "priority: 5.0 is not an integer"),
        ({"priority": True}, "priority: True is not an integer"),
        ({"priority": 2**63}, "priority: 9223372036854775808 does not fit 64 bits"),
        ({"priority": -(2**63)}, "does not fit 64 bits"),
    ],
)
def test_what_is_no_event_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FlatEventError, match=message):
        read({**HOLD, **change})


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(FlatEventError, match="the field reason is missing"):
        read({name: value for name, value in HOLD.items() if name != "reason"})
    with pytest.raises(FlatEventError, match=r"event None .*: the field event_seq is missing"):
        read({name: value for name, value in HOLD.items() if name != "event_seq"})


def test_a_contradiction_is_refused() -> None:
    settled = {
        "event_seq": 0, "tick": 0, "event_type": "RtgsImmediateSettlement", "tx_id": "tx_00000000", "sender": "ALPHA",
        "receiver": "BETA", "amount": 100, "sender_balance_before": 500, "sender_balance_after": 401,
    }  # fmt: skip
    with pytest.raises(FlatEventError, match="sender_balance_after is 401, but balance_before - amount is 400"):
        read(settled)


@pytest.mark.parametrize(
    ("tx_id", "number"), [("tx_00000000", 0), ("tx_00001234", 1234), ("tx_123456789", 123_456_789)]
)
def test_numbers_of_payments(tx_id: str, number: int) -> None:
    assert payment_number(tx_id) == number


@pytest.mark.parametrize(
    "tx_id", ["", "tx_", "00000001", "tx_0000001", "tx_-0000001", "tx_٠٠٠٠٠٠٠١", "tx_000000001", None]
)
def test_other_ids_are_refused(tx_id: object) -> None:
    with pytest.raises(ValueError, match="is not the id of a payment"):
        payment_number(tx_id)


@pytest.mark.parametrize("num_splits", [2, 3, 5])
@pytest.mark.parametrize("first_now", [0, 1, 2])
@pytest.mark.parametrize("gap", [0, 1, 2, 2**62, 2**63 - 1])
def test_a_staggered_split_of_the_engine_comes_back_as_it_was(num_splits: int, first_now: int, gap: int) -> None:
    """The gap is recorded as its eligible ticks tell it, whatever the policy said."""
    stagger = tree(
        "StaggerSplit",
        num_splits=num_splits,
        stagger_first_now=min(first_now, num_splits),
        stagger_gap_ticks=gap,
        priority_boost_children=0,
    )
    splitter = policy(when("is_split", "==", 1, tree("Hold"), stagger))
    data = world([bank("A", 100, policy=splitter), bank("B")], [payment("A", "B", 90, 1)], ticks=4)
    simulation = finished(data)
    batches = simulation.recorder.drain()
    events = list(flat_events(batches, simulation.recorder.texts, simulation.agent_ids))
    assert sum(event["event_type"] == "PolicySplit" for event in events) == 1
    reader = FlatReader(simulation.agent_ids)
    reader.read(events)
    own, again = EventsDigest(simulation.agent_ids), EventsDigest(simulation.agent_ids)
    for batch in batches:
        own.update(batch, simulation.recorder.texts)
    for batch in reader.recorder.drain():
        again.update(batch, reader.recorder.texts)
    assert own.hexdigest() == again.hexdigest()
