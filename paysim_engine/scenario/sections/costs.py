"""`cost_rates` (06 §7, 04 §1)."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from paysim_engine.scenario.fields import Cents, Rate, broken
from paysim_engine.scenario.sections.base import Section


class FixedPenalty(Section):
    """So many cents, whatever the payment's amount."""

    mode: Literal["fixed"]
    amount: Cents


class RatePenalty(Section):
    """Basis points of the payment's amount."""

    mode: Literal["rate"]
    bps_per_event: Rate


def _long_form(value: Any) -> Any:
    """A bare whole number is the short form of a fixed penalty; only an integer will do (06 §1)."""
    if isinstance(value, dict):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return {"mode": "fixed", "amount": value}
    raise broken(
        "must be a whole number of cents, {mode: fixed, amount: <cents>} or {mode: rate, bps_per_event: <number>}"
    )


Penalty = Annotated[FixedPenalty | RatePenalty, Field(discriminator="mode"), BeforeValidator(_long_form)]


OlderPenalty = Annotated[
    Annotated[FixedPenalty | RatePenalty, Field(discriminator="mode")] | None, BeforeValidator(_long_form)
]
"""May be left out, but null is not a penalty (06 §1)."""


class DelayMultipliers(Section):
    """Factors on the delay cost by priority band: 8 to 10, 4 to 7, 0 to 3."""

    urgent_multiplier: Rate = 1.0
    normal_multiplier: Rate = 1.0
    low_multiplier: Rate = 1.0


class Costs(Section):
    """What waiting, borrowing and being late cost. The defaults are not zero."""

    overdraft_bps_per_tick: Rate = 0.001
    delay_cost_per_tick_per_cent: Rate = 0.0001
    collateral_cost_per_tick_bps: Rate = 0.0002
    liquidity_cost_per_tick_bps: Rate = 0.0
    deadline_penalty: Penalty = Field(default_factory=lambda: FixedPenalty(mode="fixed", amount=50_000))
    eod_penalty: Penalty = Field(default_factory=lambda: FixedPenalty(mode="fixed", amount=10_000))
    eod_penalty_per_transaction: OlderPenalty = None
    """Older name of `eod_penalty`."""
    split_friction_cost: Cents = 1_000
    overdue_delay_multiplier: Rate = 5.0
    priority_delay_multipliers: DelayMultipliers | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if {"eod_penalty", "eod_penalty_per_transaction"} <= self.model_fields_set:
            raise broken('is the older name of "eod_penalty": give only one', key="eod_penalty_per_transaction")
        return self

    @property
    def end_of_day(self) -> FixedPenalty | RatePenalty:
        """The end-of-day penalty, under whichever name it was given."""
        return self.eod_penalty if self.eod_penalty_per_transaction is None else self.eod_penalty_per_transaction
