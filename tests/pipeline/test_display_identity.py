"""A run and its replay show the same: one display, two sources of state."""

import re
from collections import Counter
from pathlib import Path

import pytest

from paysim_engine.record.schema import EVENT_CODE
from paysim_engine.scenario import load_scenario
from paysim_pipeline.display.filters import EventFilter, payments_of
from paysim_pipeline.display.live import LiveSource
from paysim_pipeline.display.source import Tick
from paysim_pipeline.simulate import ScenarioRun
from tests.pipeline.shown import (
    LIBRARY,
    REFERENCE,
    SMALL,
    Kept,
    Shown,
    name_of,
    objects,
    report_of,
    shown,
    stream_of,
)

CASES = [*LIBRARY, *REFERENCE, *SMALL]

_NUMBERS = re.compile(r" {4}#(\d+)(?:-(\d+))?(?= |$)")


@pytest.fixture(scope="module", params=CASES, ids=name_of)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    path: Path = request.param
    return shown(path, tmp_path_factory.mktemp(name_of(path)))


@pytest.fixture(scope="module")
def replayed(case: Shown) -> Kept:
    """The case as the warehouse has it, read once."""
    with case.stored() as source:
        return Kept(source)


def numbers_in(lines: list[str]) -> list[int]:
    """The numbers of the events that a report shows, in its order."""
    found = [re.match(_NUMBERS, line) for line in lines]
    return [number for match in found if match for number in range(int(match[1]), int(match[2] or match[1]) + 1)]


def test_the_sources_agree(case: Shown, replayed: Kept) -> None:
    assert replayed.run == case.live.run
    assert replayed.opening_accounts() == case.live.opening_accounts()
    assert list(replayed.ticks()) == list(case.live.ticks())


def test_the_report_is_the_same_and_shows_every_event_once_in_order(case: Shown, replayed: Kept) -> None:
    live = report_of(case.live)
    assert report_of(replayed) == live
    assert numbers_in(live) == list(range(case.events))
    assert len(live) > 3


def test_the_stream_is_the_same_and_has_every_event(case: Shown, replayed: Kept) -> None:
    live = stream_of(case.live)
    assert stream_of(replayed) == live
    assert [event["event_id"] for event in objects(live)] == [f"shown:{number}" for number in range(case.events)]


def filters_for(ticks: list[Tick]) -> dict[str, EventFilter]:
    """A filter of each kind that has something to find in a run, and all of them together."""
    events = [event for tick in ticks for event in tick.events]
    kinds = Counter(event["event_type"] for event in events).most_common()
    middle = events[len(events) // 2]
    payments = Counter(payment for event in events for payment in payments_of(event))
    payment = payments.most_common(1)[0][0]
    agent = next(event["sender_id"] for event in events if event["event_type"] == "Arrival")
    return {
        "types": EventFilter(types=frozenset({kinds[0][0], kinds[-1][0]})),
        "agent": EventFilter(agent=agent),
        "payment": EventFilter(tx_id=payment),
        "range": EventFilter(first_tick=middle["tick"], last_tick=middle["tick"] + 5),
        "all": EventFilter(frozenset({kinds[0][0]}), agent, None, middle["tick"] // 2, None),
    }


@pytest.mark.parametrize("kind", ["types", "agent", "payment", "range", "all"])
def test_filters_are_the_same_and_leave_out_only_what_does_not_match(case: Shown, replayed: Kept, kind: str) -> None:
    ticks = list(case.live.ticks())
    chosen = filters_for(ticks)[kind]
    expected = [event["event_seq"] for tick in ticks for event in tick.events if chosen.matches(event)]
    live, streamed = report_of(case.live, chosen), stream_of(case.live, chosen)
    assert report_of(replayed, chosen) == live
    assert stream_of(replayed, chosen) == streamed
    assert numbers_in(live) == expected
    assert [int(event["event_id"].partition(":")[2]) for event in objects(streamed)] == expected
    assert kind == "all" or expected


def test_a_replay_from_the_middle_knows_what_went_before(case: Shown) -> None:
    last = case.live.last_tick
    first, to = last // 3, 2 * last // 3
    live = report_of(case.live, EventFilter(first_tick=first, last_tick=to))
    with case.stored(first, to) as stored:
        assert report_of(stored) == live


def test_the_small_cases_have_every_type_of_event() -> None:
    seen = set()
    for path in SMALL:
        for tick in LiveSource(ScenarioRun(load_scenario(path)), "small").ticks():
            seen |= {event["event_type"] for event in tick.events}
    assert seen == set(EVENT_CODE)
