"""Choosing events (07 §6.5), the same way for a run and for its replay.

Belongs here: when an event matches. Does not belong here: reading the options of a command (`cli.filters`).

Where the reference's filter finds less than a person means, this one finds more: a payment is found in netting events
and in the records of its split, an agent in scenario events and in every kind of netting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from paysim_pipeline.display.source import Event

_AGENTS: Final = ("agent_id", "sender_id", "sender", "agent_a", "agent_b")
_SCENARIO_AGENTS: Final = ("agent", "from_agent", "to_agent")
_RECEIVERS: Final = ("receiver", "receiver_id")
_RECEIVED: Final = frozenset({"RtgsImmediateSettlement", "Queue2LiquidityRelease", "OverdueTransactionSettled"})
"""Where the receiver is concerned too: its account is credited."""

_PAYMENTS: Final = ("tx_id", "parent_tx_id", "incoming_tx_id", "queued_tx_id")
_PAYMENT_LISTS: Final = ("tx_ids", "queued_tx_ids", "child_ids", "source_transactions")


@dataclass(frozen=True)
class EventFilter:
    """What an event must fulfil, all of it.

    Attributes:
        types: it is of one of these types; none means any.
        agent: it concerns this agent.
        tx_id: it concerns this payment.
        first_tick: it happened in this tick or later.
        last_tick: it happened in this tick or earlier.
    """

    types: frozenset[str] = frozenset()
    agent: str | None = None
    tx_id: str | None = None
    first_tick: int | None = None
    last_tick: int | None = None

    @property
    def everything(self) -> bool:
        """Whether no event of a tick in the range is left out."""
        return not self.types and self.agent is None and self.tx_id is None

    @property
    def picks_events(self) -> bool:
        """Whether single events are asked for, rather than all that concerns somebody."""
        return bool(self.types) or self.tx_id is not None

    def covers(self, tick: int) -> bool:
        """Whether the tick is in the range."""
        return (self.first_tick is None or tick >= self.first_tick) and (
            self.last_tick is None or tick <= self.last_tick
        )

    def matches(self, event: Event) -> bool:
        """Whether the event fulfils everything."""
        if self.everything:
            return self.covers(event["tick"])
        return (
            (not self.types or event["event_type"] in self.types)
            and (self.agent is None or self.agent in agents_of(event))
            and (self.tx_id is None or self.tx_id in payments_of(event))
            and self.covers(event["tick"])
        )


def agents_of(event: Event) -> set[Any]:
    """The agents that an event concerns: who acts and pays, all who are netted, and who is paid when money arrives."""
    found = {event[key] for key in _AGENTS if key in event}
    found.update(event.get("agents", ()))
    if event["event_type"] in _RECEIVED:
        found.update(event[key] for key in _RECEIVERS if key in event)
    if event["event_type"] == "ScenarioEventExecuted":
        found.update(event["details"].get(key) for key in _SCENARIO_AGENTS)
    return found


def payments_of(event: Event) -> set[Any]:
    """The payments that an event concerns: its own, the parent, the children, all that are netted."""
    return set(_payments(event))


def _payments(event: Event) -> Iterator[Any]:
    for key in _PAYMENTS:
        if key in event:
            yield event[key]
    for key in _PAYMENT_LISTS:
        yield from event.get(key, ())
    if event["event_type"] == "ScenarioEventExecuted":
        yield event["details"].get("tx_id")
