"""`arrival_config` and `arrival_bands`: payments that come up by themselves (06 §§9.1, 9.2)."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from paysim_engine.scenario.fields import Priority, Rate, Text, Ticks, Weight, broken, given
from paysim_engine.scenario.sections.base import Section
from paysim_engine.scenario.sections.distributions import AmountDistribution, PriorityDistribution

Weights = dict[Text, Weight]
"""Agent id to weight; an agent that is not in a non-empty map has weight 0 (D5)."""


def _not_empty(weights: Weights) -> Weights:
    if not weights:
        raise broken("counterparty_weights cannot be empty")
    return weights


def _pair(value: Any) -> Any:
    if isinstance(value, list) and len(value) != 2:
        raise broken("must be a list of two numbers, [min, max]")
    return value


def _window(value: list[int]) -> list[int]:
    if value[1] < value[0]:
        raise broken("deadline range max must be >= min")
    return value


DeadlineRange = Annotated[list[Ticks], BeforeValidator(_pair), AfterValidator(_window)]


class Arrivals(Section):
    """One stream of generated payments."""

    rate_per_tick: Rate
    amount_distribution: AmountDistribution
    counterparty_weights: Annotated[Weights, AfterValidator(_not_empty)]
    deadline_range: DeadlineRange
    priority: Priority = 5
    priority_distribution: PriorityDistribution | None = None
    """Wins over `priority` if both are given."""
    divisible: bool = False


class Band(Section):
    """The stream of one priority band."""

    rate_per_tick: Rate
    amount_distribution: AmountDistribution
    deadline_offset_min: Ticks
    deadline_offset_max: Ticks
    counterparty_weights: Weights = Field(default_factory=dict)
    """Empty for a uniform choice among all other agents."""
    divisible: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.deadline_offset_max < self.deadline_offset_min:
            raise broken("must be at least deadline_offset_min", key="deadline_offset_max")
        return self


OptionalBand = Annotated[Band | None, given("must be a mapping")]


class Bands(Section):
    """Up to three streams, with priorities 8 to 10, 4 to 7 and 0 to 3."""

    urgent: OptionalBand = None
    normal: OptionalBand = None
    low: OptionalBand = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.given:
            raise broken("At least one arrival band must be configured: urgent, normal or low")
        return self

    @property
    def given(self) -> list[tuple[str, Band]]:
        """Name and band of those that are present, in the fixed order urgent, normal, low."""
        bands = (("urgent", self.urgent), ("normal", self.normal), ("low", self.low))
        return [(name, band) for name, band in bands if band is not None]
