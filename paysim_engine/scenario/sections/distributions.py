"""Distributions of amounts and priorities (06 §§9.3, 9.4; formulae in 02 §2)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from paysim_engine.scenario.fields import Amount, Cents, Moment, Money, Multiplier, Priority, Weight, broken
from paysim_engine.scenario.sections.base import Section


class UniformAmount(Section):
    """Whole cents from `min` to `max`, both included."""

    type: Literal["Uniform"]
    min: Cents
    max: Cents

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.max <= self.min:
            raise broken("must be greater than min", key="max")
        return self


class NormalAmount(Section):
    """Cents, at least 1."""

    type: Literal["Normal"]
    mean: Money
    std_dev: Amount


class LogNormalAmount(Section):
    """`mean` and `std_dev` are those of the amount itself in cents, not of its logarithm."""

    type: Literal["LogNormal"]
    mean: Moment
    std_dev: Moment


class ExponentialAmount(Section):
    """The mean amount is 1 / `lambda` cents."""

    type: Literal["Exponential"]
    rate: Multiplier = Field(alias="lambda")


AmountDistribution = Annotated[
    UniformAmount | NormalAmount | LogNormalAmount | ExponentialAmount, Field(discriminator="type")
]


class FixedPriority(Section):
    """Always the same priority."""

    type: Literal["Fixed"]
    value: Priority


class CategoricalPriority(Section):
    """One of `values`, drawn with `weights`."""

    type: Literal["Categorical"]
    values: list[Priority]
    weights: list[Weight]

    @model_validator(mode="after")
    def _matching(self) -> Self:
        if len(self.values) != len(self.weights):
            raise broken(f"must have as many entries as values ({len(self.values)})", key="weights")
        if not sum(self.weights) > 0:
            raise broken("must sum to a positive value", key="weights")
        return self


class UniformPriority(Section):
    """Whole numbers from `min` to `max`, both included."""

    type: Literal["Uniform"]
    min: Priority
    max: Priority

    @model_validator(mode="after")
    def _window(self) -> Self:
        if self.max < self.min:
            raise broken("must be at least min", key="max")
        return self


PriorityDistribution = Annotated[FixedPriority | CategoricalPriority | UniformPriority, Field(discriminator="type")]
