"""`scenario_events[]`: what happens at given ticks (06 §11, 02 §3)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from paysim_engine.scenario.fields import Amount, Fraction, Money, Multiplier, Priority, Text, Tick, Ticks, broken
from paysim_engine.scenario.sections.base import Section


class OneTime(Section):
    """Fires at one tick, counted from 0 over the whole run."""

    type: Literal["OneTime"]
    tick: Tick

    @property
    def first(self) -> int:
        """The tick at which it fires."""
        return self.tick


class Repeating(Section):
    """Fires at `start_tick` and every `interval` ticks from there to the end of the run."""

    type: Literal["Repeating"]
    start_tick: Tick
    interval: Ticks

    @property
    def first(self) -> int:
        """The tick at which it fires first."""
        return self.start_tick


Schedule = Annotated[OneTime | Repeating, Field(discriminator="type")]


class _Event(Section):
    schedule: Schedule


class DirectTransfer(_Event):
    """Moves money without a payment; the source may go below any limit."""

    type: Literal["DirectTransfer"]
    from_agent: Text
    to_agent: Text
    amount: Amount


class CustomTransactionArrival(_Event):
    """A payment arrives. `deadline` counts from the arrival; if absent it is max(5, ticks_per_day // 10)."""

    type: Literal["CustomTransactionArrival"]
    from_agent: Text
    to_agent: Text
    amount: Amount
    priority: Priority | None = None
    deadline: Ticks | None = None
    is_divisible: bool | None = None


class ScheduledSettlement(_Event):
    """A payment that settles at once or not at all (D9)."""

    type: Literal["ScheduledSettlement"]
    from_agent: Text
    to_agent: Text
    amount: Amount


class CollateralAdjustment(_Event):
    """Changes the unsecured cap, despite its name."""

    type: Literal["CollateralAdjustment"]
    agent: Text
    delta: Money


class GlobalArrivalRateChange(_Event):
    """Multiplies the configured rates of all agents; 1.0 resets."""

    type: Literal["GlobalArrivalRateChange"]
    multiplier: Multiplier


class AgentArrivalRateChange(_Event):
    """Multiplies the current rate of one agent; repeats compound."""

    type: Literal["AgentArrivalRateChange"]
    agent: Text
    multiplier: Multiplier


class CounterpartyWeightChange(_Event):
    """Sets one weight of one agent (D7, D8)."""

    type: Literal["CounterpartyWeightChange"]
    agent: Text
    counterparty: Text
    new_weight: Fraction
    auto_balance_others: bool = False


class DeadlineWindowChange(_Event):
    """Stretches or shrinks all deadline windows; repeats compound."""

    type: Literal["DeadlineWindowChange"]
    min_ticks_multiplier: Multiplier | None = None
    max_ticks_multiplier: Multiplier | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.min_ticks_multiplier is None and self.max_ticks_multiplier is None:
            raise broken("At least one of min_ticks_multiplier or max_ticks_multiplier must be provided")
        return self


AnyEvent = (
    DirectTransfer
    | CustomTransactionArrival
    | ScheduledSettlement
    | CollateralAdjustment
    | GlobalArrivalRateChange
    | AgentArrivalRateChange
    | CounterpartyWeightChange
    | DeadlineWindowChange
)
Event = Annotated[AnyEvent, Field(discriminator="type")]
