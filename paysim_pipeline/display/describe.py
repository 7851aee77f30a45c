"""From events to described rows.

Belongs here: finding the words for an event, and saying several events in one line where they say one thing. Does not
belong here: the words (`payment_words`, `bank_words`, `netting_words`), or the layout (`report`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from paysim_pipeline.cli.output import money, plural
from paysim_pipeline.display.bank_words import BANK_WORDS
from paysim_pipeline.display.netting_words import NETTING_WORDS
from paysim_pipeline.display.payment_words import HOLDS, PAYMENT_WORDS
from paysim_pipeline.display.rows import Describe, Payments, Row, name
from paysim_pipeline.display.source import Event
from paysim_pipeline.display.tables import GAP

WORDS: Final[dict[str, Describe]] = PAYMENT_WORDS | BANK_WORDS | NETTING_WORDS
"""Event type -> how it is described; every type of the catalogue has an entry."""

_TOGETHER: Final = 4
"""From how many payments on held payments share a line."""

_PER_LINE: Final = 6


def describe(events: Sequence[Event], payments: Payments) -> list[Row]:
    """The rows of events that belong to one section, in their order; every event is in exactly one.

    A submission and the decision that caused it share a row, an arrival and the scenario event that says no more than
    it, and payments that a bank holds one after the other for the same reason, if there are many.
    """
    rows: list[Row] = []
    at = 0
    while at < len(events):
        end = _last_of_holds(events, at)
        if end - at >= _TOGETHER:
            rows.append(_held_together(events[at:end], payments))
            at = end
            continue
        event = events[at]
        row = WORDS[event["event_type"]](event, payments)
        if _same_again(events, at):
            at += 1
            row = replace(row, event_seqs=(row.event_seqs[0], events[at]["event_seq"]))
        rows.append(row)
        at += 1
    return rows


def _same_again(events: Sequence[Event], at: int) -> bool:
    """Whether the next event is nothing but the record of why this one happened."""
    if at + 1 == len(events):
        return False
    event, following = events[at], events[at + 1]
    if event["event_type"] == "RtgsSubmission":
        return bool(following["event_type"] == "PolicySubmit" and following["tx_id"] == event["tx_id"])
    if event["event_type"] == "Arrival" and following["event_type"] == "ScenarioEventExecuted":
        details = following["details"]
        same = ("tx_id", "priority", "is_divisible", "deadline", "amount")
        return all(details.get(key) == event[key] for key in same)
    return False


def _last_of_holds(events: Sequence[Event], at: int) -> int:
    """Where the holds end that begin at `at`: of one bank, for one reason, without an event between them."""
    first = events[at]
    end = at
    while (
        end < len(events)
        and events[end]["event_type"] == "PolicyHold"
        and events[end]["agent_id"] == first["agent_id"]
        and events[end]["reason"] == first["reason"]
        and events[end]["event_seq"] == first["event_seq"] + end - at
    ):
        end += 1
    return end


def _held_together(events: Sequence[Event], payments: Payments) -> Row:
    first, last = events[0], events[-1]
    words = [f"{event['tx_id']} ({event['priority']})" for event in events]
    value = sum(payments[event["tx_id"]].amount for event in events if event["tx_id"] in payments)
    return Row(
        (first["event_seq"], last["event_seq"]),
        HOLDS,
        plural(len(events), "payment"),
        name(first["agent_id"]),
        money(value),
        f"{name(first['reason'])}; with their priorities:",
        value,
        number=len(events),
        more=tuple(GAP.join(words[i : i + _PER_LINE]) for i in range(0, len(words), _PER_LINE)),
    )
